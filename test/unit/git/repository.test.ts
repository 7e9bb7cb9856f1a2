import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { git, importCommit } from '../../fixtures/git-repositories';
import { commit, makeWorkbench, never, type Workbench } from './workbench';

let bench: Workbench;
beforeEach(async () => {
	bench = await makeWorkbench();
});
afterEach(async () => await bench.remove());

describe('a worktree', () => {
	it('holds the base branch, on a branch of its own', async () => {
		const { worktree } = await bench.worktree();
		expect(worktree).toEqual({
			path: join(bench.dataDir, 'worktrees/acme/shop/7'),
			branch: 'maestro/7-fix',
			baseBranch: 'main',
			baseSha: bench.baseSha,
			headSha: bench.baseSha,
			created: true,
		});
		expect(await readFile(join(worktree.path, 'README.md'), 'utf8')).toBe('# Shop\n');
		expect(await git(worktree.path, 'status', '--porcelain')).toBe('');
		expect(await git(worktree.path, 'symbolic-ref', 'HEAD')).toBe('refs/heads/maestro/7-fix');
		expect(await git(worktree.path, 'remote')).toBe('');
		expect(await git(worktree.path, 'rev-parse', 'origin/main')).toBe(bench.baseSha);
		await git(worktree.path, 'fsck', '--strict');
	});

	it('is taken up again with what is in it', async () => {
		const { repository, worktree } = await bench.worktree();
		const headSha = await commit(worktree.path, { 'a.txt': 'a\n' });
		await writeFile(join(worktree.path, '.git/index.lock'), '');
		const again = await repository.worktree(bench.request(), never);
		expect(again).toEqual({ ...worktree, headSha, created: false });
		await commit(worktree.path, { 'b.txt': 'b\n' });
	});

	it('starts at the remote branch of its name, where there is one from before', async () => {
		await git(bench.remote, 'branch', 'maestro/7-fix', 'main');
		await importCommit(bench.remote, 'maestro/7-fix', 'Earlier work', [{ path: 'earlier.txt', content: 'x\n' }]);
		await importCommit(bench.remote, 'main', 'Meanwhile', [{ path: 'meanwhile.txt', content: 'x\n' }]);
		const { worktree } = await bench.worktree();
		expect(worktree.baseSha).toBe(bench.baseSha);
		expect(worktree.headSha).toBe(await git(bench.remote, 'rev-parse', 'maestro/7-fix'));
		expect(await readFile(join(worktree.path, 'earlier.txt'), 'utf8')).toBe('x\n');
	});
});

describe('from the agent to the remote', () => {
	it('takes over the commits, reads the change and pushes it', async () => {
		const { repository, worktree } = await bench.worktree();
		const headSha = await commit(worktree.path, { 'src/cart.ts': 'export const cart = [1];\n', 'src/new.ts': 'x\ny\n' }, 'Fill the cart');
		await writeFile(join(worktree.path, 'left.txt'), 'x');
		await writeFile(join(worktree.path, 'README.md'), 'changed');
		expect(await repository.adopt(worktree, never)).toEqual({ headSha, uncommitted: ['left.txt', 'README.md'] });
		const change = await repository.inspect({ baseSha: worktree.baseSha, headSha }, [], never);
		expect(change).toEqual({
			baseSha: worktree.baseSha,
			headSha,
			commits: [{ sha: headSha, subject: 'Fill the cart' }],
			files: [
				{ path: 'src/cart.ts', status: 'modified', type: 'file', additions: 1, deletions: 1, binary: false },
				{ path: 'src/new.ts', status: 'added', type: 'file', additions: 2, deletions: 0, binary: false },
			],
			additions: 3,
			deletions: 1,
			secrets: [],
		});
		expect(await repository.push(worktree.branch, headSha, never)).toEqual({ kind: 'pushed', sha: headSha });
		expect(await repository.push(worktree.branch, headSha, never)).toEqual({ kind: 'up_to_date', sha: headSha });
		expect(await repository.remoteHead(worktree.branch, never)).toBe(headSha);
	});

	it('says that the branch has diverged, and never forces it', async () => {
		const { repository, worktree } = await bench.worktree();
		await git(bench.remote, 'branch', worktree.branch, 'main');
		await importCommit(bench.remote, worktree.branch, 'By a person', [{ path: 'theirs.txt', content: 'x\n' }]);
		const remoteSha = await git(bench.remote, 'rev-parse', worktree.branch);
		const headSha = await commit(worktree.path, { 'ours.txt': 'x\n' });
		await repository.adopt(worktree, never);
		expect(await repository.push(worktree.branch, headSha, never)).toEqual({ kind: 'diverged', remoteSha });
		expect(await git(bench.remote, 'rev-parse', worktree.branch)).toBe(remoteSha);
	});
});
