import type { ICredentialsDecrypted, ICredentialTestFunctions, INodeCredentialTestResult } from 'n8n-workflow';

/** n8n's credential dialog: asks the CLI for one word, which proves its path, its version and the token. */
export async function testClaudeCredential(this: ICredentialTestFunctions, credential: ICredentialsDecrypted): Promise<INodeCredentialTestResult> {
	const { tryClaude } = await import('./try-claude.js');
	return await tryClaude(credential.data ?? {});
}
