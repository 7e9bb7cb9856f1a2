import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Has the CLI kept this conversation? It stands at `projects/<some folder>/<session id>.jsonl` in the session's configuration directory. */
export async function hasConversation(configDir: string, agentSessionId: string): Promise<boolean> {
	const projects = join(configDir, 'projects');
	const names = async (path: string): Promise<string[]> => await readdir(path).catch((): string[] => []);
	for (const folder of await names(projects)) {
		const files = await names(join(projects, folder));
		if (files.includes(`${agentSessionId}.jsonl`)) return true;
	}
	return false;
}
