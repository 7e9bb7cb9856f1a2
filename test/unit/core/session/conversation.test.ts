import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasConversation } from '../../../../core/session/conversation';

const ID = '8a4d2c0e-6f1b-4a52-9c39-1f2e3d4c5b6a';

describe('whether the CLI has kept a conversation', () => {
	let configDir: string;
	beforeEach(async () => {
		configDir = await mkdtemp(join(tmpdir(), 'maestro-conversation-'));
	});
	afterEach(async () => await rm(configDir, { recursive: true }));

	const keep = async (folder: string, name: string): Promise<void> => {
		await mkdir(join(configDir, folder), { recursive: true });
		await writeFile(join(configDir, folder, name), '{}\n');
	};

	it('is found in whatever folder the CLI named after the workspace', async () => {
		await keep('projects/-work-a', 'another.jsonl');
		await keep('projects/-work-b', `${ID}.jsonl`);
		expect(await hasConversation(configDir, ID)).toBe(true);
	});

	it.each([
		['of another session', 'projects/-work-a', `${ID.replace('8a', '9b')}.jsonl`],
		['that is no transcript', 'projects/-work-a', `${ID}.json`],
		['elsewhere than among the projects', 'todos/-work-a', `${ID}.jsonl`],
		['that lies deeper', 'projects/-work-a/subagents', `${ID}.jsonl`],
	])('is not taken from a file %s', async (_, folder, name) => {
		await keep(folder, name);
		expect(await hasConversation(configDir, ID)).toBe(false);
	});

	it('is answered with no where the folder is gone, or a file stands in its place', async () => {
		expect(await hasConversation(join(configDir, 'nothing'), ID)).toBe(false);
		await writeFile(join(configDir, 'projects'), '');
		expect(await hasConversation(configDir, ID)).toBe(false);
	});
});
