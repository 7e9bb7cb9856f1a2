import { homedir } from 'node:os';
import { join } from 'node:path';

/** `MAESTRO_DATA_DIR`, else `maestro` in n8n's user folder. */
export function dataDirectory(env: NodeJS.ProcessEnv = process.env): string {
	return env.MAESTRO_DATA_DIR ?? join(env.N8N_USER_FOLDER ?? homedir(), '.n8n', 'maestro');
}
