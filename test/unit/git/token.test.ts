import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { basicPassword, startGitServer, type GitAccess, type GitServer } from '../../fixtures/git-http';
import { commit, makeWorkbench, never, type Workbench } from './workbench';

const TOKEN = 'ghp_0123456789abcdefghijklmnopqrstuvwxyz';
let bench: Workbench;
let server: GitServer;
let grants: Record<string, GitAccess>;
beforeEach(async () => {
	bench = await makeWorkbench();
	grants = { [TOKEN]: 'write', reader: 'read' };
	server = await startGitServer({ root: join(bench.root, 'remotes'), authorize: (request) => grants[basicPassword(request) ?? ''] ?? 'none' });
});
afterEach(async () => {
	await server.close();
	await bench.remove();
});

const open = (token: string): ReturnType<Workbench['open']> => bench.open({ cloneUrl: `${server.url}/acme/shop.git`, token });

async function filesWith(folder: string, needles: readonly string[]): Promise<string[]> {
	const entries = await readdir(folder, { recursive: true, withFileTypes: true });
	const found: string[] = [];
	for (const entry of entries) {
		if (!entry.isFile()) continue;
		const content = await readFile(join(entry.parentPath, entry.name), 'latin1');
		if (needles.some((needle) => content.includes(needle))) found.push(join(entry.parentPath, entry.name));
	}
	return found;
}

it('clones and pushes with the token, and leaves it nowhere on the disk', async () => {
	const repository = open(TOKEN);
	await repository.fetch(never);
	const worktree = await repository.worktree(bench.request({ setupScript: 'env > env.txt' }), never);
	const headSha = await commit(worktree.path, { 'a.txt': 'a\n' });
	await repository.adopt(worktree, never);
	expect(await repository.push(worktree.branch, headSha, never)).toEqual({ kind: 'pushed', sha: headSha });
	const encoded = Buffer.from(`x-access-token:${TOKEN}`).toString('base64');
	expect(await filesWith(bench.dataDir, [TOKEN, encoded, encoded.slice(0, 24)])).toEqual([]);
});

it.each([
	['none', ''],
	['a wrong one', 'ghp_wrong'],
])('says which token to mend when there is %s', async (_what, token) => {
	await expect(open(token).fetch(never)).rejects.toMatchObject({ code: 'git_auth', advice: expect.stringMatching(/Access Token.*`repo`.*Contents: Read and write/s) });
});

it('says which scope is missing when the token may only read', async () => {
	const repository = open('reader');
	await repository.fetch(never);
	const worktree = await repository.worktree(bench.request(), never);
	const headSha = await commit(worktree.path, { 'a.txt': 'a\n' });
	await repository.adopt(worktree, never);
	await expect(repository.push(worktree.branch, headSha, never)).rejects.toMatchObject({ code: 'git_auth' });
});

it('says that a repository may be hidden from the token when it is not found', async () => {
	const repository = bench.open({ cloneUrl: `${server.url}/acme/none.git`, token: TOKEN });
	await expect(repository.fetch(never)).rejects.toMatchObject({ code: 'git_auth', message: expect.stringContaining('not found') });
});

it('keeps the token out of what it says', async () => {
	grants = {};
	const error: unknown = await open(TOKEN).fetch(never).catch((thrown: unknown) => thrown);
	expect(JSON.stringify([error, String(error)])).not.toContain(TOKEN);
});

it('ends when it is cancelled', async () => {
	const abort = new AbortController();
	abort.abort();
	await expect(open(TOKEN).fetch(abort.signal)).rejects.toMatchObject({ code: 'cancelled' });
});
