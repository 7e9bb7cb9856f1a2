import type { ICredentialsDecrypted, ICredentialTestFunctions, INodeCredentialTestResult } from 'n8n-workflow';

export { testClaudeCredential } from '../shared/agent/credential-test';

const TIMEOUT_MS = 30_000;

/** n8n's credential dialog: connects and logs in, and sends nothing. */
export async function testSmtpCredential(this: ICredentialTestFunctions, credential: ICredentialsDecrypted): Promise<INodeCredentialTestResult> {
	// n8n loads this file when it starts: what it needs comes when it is asked.
	const { trySmtp } = await import('./try-mail.js');
	return await trySmtp(credential.data ?? {}, AbortSignal.timeout(TIMEOUT_MS));
}

/** As above: connects and logs in, and changes nothing. */
export async function testImapCredential(this: ICredentialTestFunctions, credential: ICredentialsDecrypted): Promise<INodeCredentialTestResult> {
	const { tryImap } = await import('./try-mail.js');
	return await tryImap(credential.data ?? {}, AbortSignal.timeout(TIMEOUT_MS));
}
