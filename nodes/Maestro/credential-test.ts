import type { ICredentialsDecrypted, ICredentialTestFunctions, INodeCredentialTestResult } from 'n8n-workflow';

export { testClaudeCredential } from '../shared/agent/credential-test';

const TIMEOUT_MS = 30_000;

/** n8n's credential dialog: connects and logs in, and sends nothing. */
export async function testSmtpCredential(this: ICredentialTestFunctions, credential: ICredentialsDecrypted): Promise<INodeCredentialTestResult> {
	// n8n loads this file when it starts: what it needs comes when it is asked.
	const { tryMailServer } = await import('./try-smtp.js');
	return await tryMailServer(credential.data ?? {}, AbortSignal.timeout(TIMEOUT_MS));
}
