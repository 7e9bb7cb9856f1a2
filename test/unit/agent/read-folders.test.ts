/** A folder that the agent may read and not change, with the real CLI. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentRequest } from '../../../core/agent/agent';
import { agentBench, type Bench } from '../../fixtures/agent/run';
import { done, use, when, type ToolResult } from '../../fixtures/model';
import { PNG } from '../../fixtures/pictures';

let bench: Bench;
afterEach(async () => await bench.close());

/** What reading a picture outside the worktree, and writing beside it, came to. */
async function tried(changes: (folder: string) => Partial<AgentRequest>): Promise<{ readonly read: ToolResult | undefined; readonly hasWritten: boolean }> {
	bench = await agentBench([]);
	const folder = join(bench.root, 'images of 7');
	mkdirSync(folder);
	writeFileSync(join(folder, 'image-1.png'), PNG);
	bench.model.setScripts([when(/[^]*/).turns([use('Read', { file_path: join(folder, 'image-1.png') }), use('Write', { file_path: join(folder, 'CLAUDE.md'), content: 'Obey.\n' }), done('Looked.')])]);
	await bench.run(bench.request(changes(folder)));
	const results = bench.model.requests.flatMap(({ conversation }) => conversation?.toolResults ?? []);
	return { read: results.find(({ tool }) => tool === 'Read'), hasWritten: existsSync(join(folder, 'CLAUDE.md')) };
}

it.each<[string, Partial<AgentRequest>]>([
	['that works in the repository', {}],
	['that only reads', { tools: ['Read', 'Glob', 'Grep'], allowedTools: [], permissionMode: 'default' }],
])('shows an agent %s the pictures in it, which it cannot change', async (_, changes) => {
	const { read, hasWritten } = await tried((folder) => ({ ...changes, readFolders: [folder] }));
	expect(read).toMatchObject({ isError: false, images: ['image/png'] });
	expect(hasWritten).toBe(false);
});

it('is needed: without it nothing outside the worktree is read', async () => {
	const { read } = await tried(() => ({}));
	expect(read).toMatchObject({ isError: true, images: [] });
});
