import type { ICredentialsDecrypted, ICredentialTestFunctions, INodeCredentialTestResult } from 'n8n-workflow';

/** What else Sentry gives out, and people paste. */
const OTHERS: readonly (readonly [RegExp, string])[] = [
	[/^https?:\/\//i, 'That is an address, such as a DSN'],
	[/^sntry[aisu]_/, 'That is an auth token of Sentry'],
	[/^[\da-f]{8}-[\da-f]{4}-/i, 'That is an ID'],
	[/\s/, 'There is a space or a line end in it'],
];

/** n8n's credential dialog. Sentry has no request that a client secret alone could try, so that this sees only what it surely is not. */
export async function testSentryCredential(this: ICredentialTestFunctions, credential: ICredentialsDecrypted): Promise<INodeCredentialTestResult> {
	const given = credential.data?.clientSecret;
	const secret = typeof given === 'string' ? given.trim() : '';
	const wrong = secret === '' ? 'It is empty' : OTHERS.find(([pattern]) => pattern.test(secret))?.[1];
	if (wrong !== undefined) return await Promise.resolve({ status: 'Error', message: `${wrong}. Paste the client secret, which stands below "Credentials" of the internal integration.` });
	return { status: 'OK', message: 'It looks like one. Sentry has no way to try it: let an alert send a test notification, and look whether it is answered with 401.' };
}
