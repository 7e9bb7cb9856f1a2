import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { diskFailure, gitFailure } from '../../../core/git/failure';
import { basicPassword, startGitServer } from '../../fixtures/git-http';
import { git, importCommit, manyFiles } from '../../fixtures/git-repositories';
import { commit, makeWorkbench, never, type Workbench } from './workbench';

/** In the same process, so that killing it kills no compiler beside it. */
const TSX = join(__dirname, '../../../node_modules/tsx/dist/cjs/index.cjs');
const CHILD = join(__dirname, '../../fixtures/make-worktree.ts');
let bench: Workbench;
beforeEach(async () => {
	bench = await makeWorkbench();
});
afterEach(async () => await bench.remove());

/** The command lines of this host's processes that hold a text. */
async function commandsWith(text: string): Promise<string[]> {
	const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
	const lines = await Promise.all(pids.map(async (pid) => await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
	return lines.filter((line) => line.includes(text));
}

async function until(what: () => Promise<boolean>): Promise<void> {
	for (let round = 0; round < 400; round++) {
		if (await what()) return;
		await new Promise((resolve) => setTimeout(resolve, 25));
	}
	throw new Error('It did not come to pass.');
}

it('ends git and what git started when it is cancelled in the middle of a fetch', async () => {
	const server = createServer(() => undefined);
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const address = server.address();
	const port = typeof address === 'object' ? address?.port : undefined;
	try {
		const abort = new AbortController();
		const repository = bench.open({ cloneUrl: `http://127.0.0.1:${port}/acme/shop.git` });
		const fetching = repository.fetch(abort.signal);
		await once(server, 'request');
		expect(await commandsWith(`127.0.0.1:${port}/`)).not.toEqual([]);
		abort.abort();
		await expect(fetching).rejects.toMatchObject({ code: 'cancelled' });
		expect(await commandsWith(`127.0.0.1:${port}/`)).toEqual([]);
		// The lock is free: the next one does not wait.
		await bench.open().fetch(never);
	} finally {
		server.closeAllConnections();
		server.close();
	}
});

it('takes up a worktree whose making was killed in the middle, git still writing', async () => {
	await importCommit(bench.remote, 'main', 'Many', manyFiles(8_000));
	const repository = bench.open();
	await repository.fetch(never);
	const worktrees = join(bench.dataDir, 'worktrees/acme/shop');
	const child = spawn(process.execPath, ['--require', TSX, CHILD, bench.dataDir, pathToFileURL(bench.remote).href], { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, NODE_OPTIONS: '' } });
	let draft = '';
	await until(async () => {
		draft = (await readdir(worktrees).catch(() => [])).find((name) => name.endsWith('.draft')) ?? '';
		return draft !== '' && (await stat(join(worktrees, draft, 'src')).then(() => true, () => false));
	});
	child.kill('SIGKILL');
	const worktree = await repository.worktree(bench.request(), never);
	expect(worktree.created).toBe(true);
	expect(await git(worktree.path, 'status', '--porcelain')).toBe('');
	expect(await readdir(worktrees)).toEqual(['7']);
	await commit(worktree.path, { 'a.txt': 'a\n' });
});

it('ends a setup script that takes too long, with all that it started', async () => {
	const setupScript = 'sleep 61.0625 & echo waiting; sleep 61.0625';
	await expect(bench.worktree({ setupScript, setupTimeoutMs: 500 })).rejects.toMatchObject({ code: 'setup_failed', message: expect.stringMatching(/ended after.*waiting/s) });
	expect(await commandsWith('61.0625')).toEqual([]);
});

it('says what GitHub said when a rule of the repository refuses the push', async () => {
	const hook = join(bench.remote, 'hooks/pre-receive');
	await writeFile(hook, '#!/bin/sh\necho "error: GH006: Protected branch update failed for refs/heads/maestro/7-fix." >&2\nexit 1\n');
	await chmod(hook, 0o755);
	const server = await startGitServer({ root: join(bench.root, 'remotes'), authorize: (request) => (basicPassword(request) === 'writer' ? 'write' : 'none') });
	try {
		const repository = bench.open({ cloneUrl: `${server.url}/acme/shop.git`, token: 'writer' });
		await repository.fetch(never);
		const worktree = await repository.worktree(bench.request(), never);
		const headSha = await commit(worktree.path, { 'a.txt': 'a\n' });
		await repository.adopt(worktree, never);
		await expect(repository.push(worktree.branch, headSha, never)).rejects.toMatchObject({ code: 'git_rejected', message: expect.stringContaining('GH006'), advice: expect.stringContaining('rule of the repository') });
	} finally {
		await server.close();
	}
});

describe('a full disk', () => {
	it('is named where a file cannot be written', async () => {
		const error: unknown = await writeFile('/dev/full', 'x').catch((thrown: unknown) => thrown);
		expect(diskFailure('Making the mirror', error)).toMatchObject({ code: 'disk', advice: expect.stringContaining('MAESTRO_DATA_DIR') });
	});

	it('is named where git cannot write', async () => {
		const stderr = await git(bench.remote, 'archive', '--output=/dev/full', 'main').then(() => '', String);
		expect(gitFailure('fetching acme/shop', { exitCode: 128, stdout: '', stderr })).toMatchObject({ code: 'disk', advice: expect.stringContaining('Free space') });
	});
});

it('rolls packs up when a task ends, and keeps what worktrees borrow', async () => {
	const { repository } = await bench.worktree();
	const packs = async (): Promise<number> => (await readdir(join(bench.dataDir, 'mirrors/acme/shop.git/objects/pack'))).filter((name) => name.endsWith('.pack')).length;
	const other = await repository.worktree(bench.request({ taskId: 8, branch: 'maestro/8-other' }), never);
	for (let number = 0; number < 21; number++) {
		await importCommit(bench.remote, 'main', `Number ${number}`, [{ path: `${number}.txt`, content: `${number}\n` }]);
		await repository.fetch(never);
	}
	// What the worktrees stand on is on no branch any more.
	await git(bench.remote, 'update-ref', '-d', 'refs/heads/main');
	await importCommit(bench.remote, 'main', 'Begin anew', [{ path: 'README.md', content: 'anew\n' }]);
	await repository.fetch(never);
	expect(await packs()).toBeGreaterThan(20);
	expect(await repository.removeWorktree(7, { force: false }, never)).toBe('removed');
	expect(await packs()).toBeLessThan(5);
	await git(other.path, 'fsck', '--strict');
	await commit(other.path, { 'a.txt': 'a\n' });
}, 120_000);

it('keeps the token out of the log of whoever debugs simple-git', async () => {
	const child = spawn(process.execPath, ['--require', TSX, CHILD, bench.dataDir, 'http://127.0.0.1:9/', 'ghp_never_in_a_log'], { env: { ...process.env, NODE_OPTIONS: '', DEBUG: 'simple-git*,other' }, stdio: ['ignore', 'pipe', 'pipe'] });
	let said = '';
	child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
	child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
	await once(child, 'close');
	// It did reach for the network with the token.
	expect(said).toContain('GitHub could not be reached');
	expect(said).not.toContain('ghp_never_in_a_log');
	expect(said).not.toContain(Buffer.from('x-access-token:ghp_never_in_a_log').toString('base64'));
});
