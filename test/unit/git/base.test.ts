import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { git, importCommit } from '../../fixtures/git-repositories';
import { commit, makeWorkbench, never, type Workbench } from './workbench';

let bench: Workbench;
beforeEach(async () => {
	bench = await makeWorkbench();
});
afterEach(async () => await bench.remove());

/** A worktree with work of its own, and a base branch that went on meanwhile. */
async function apart(): ReturnType<Workbench['worktree']> {
	const made = await bench.worktree();
	await commit(made.worktree.path, { 'ours.txt': 'ours\n' });
	await importCommit(bench.remote, 'main', 'By others', [{ path: '.github/workflows/ci.yml', content: 'on: push\n' }]);
	await made.repository.fetch(never);
	expect(await made.repository.updateWorktree(made.worktree, never)).toBe('unchanged');
	return made;
}

const paths = async ({ repository, worktree }: Awaited<ReturnType<typeof apart>>): Promise<string[]> => {
	const { headSha } = await repository.adopt(worktree, never);
	const change = await repository.inspect({ baseSha: worktree.baseSha, headSha, baseBranch: worktree.baseBranch }, [], never);
	return change.files.map(({ path }) => path);
};

describe('a base branch that went on', () => {
	it('can be merged in the worktree, and what came with it is no part of the change', async () => {
		const made = await apart();
		expect(await git(made.worktree.path, 'rev-parse', 'origin/main')).toBe(await git(bench.remote, 'rev-parse', 'main'));
		await git(made.worktree.path, 'merge', '--quiet', '--no-edit', 'origin/main');
		expect(await paths(made)).toEqual(['ours.txt']);
	});

	it('can be rebased upon', async () => {
		const made = await apart();
		await git(made.worktree.path, 'rebase', '--quiet', 'origin/main');
		expect(await paths(made)).toEqual(['ours.txt']);
	});

	it('changes nothing for a branch that did not take it in', async () => {
		expect(await paths(await apart())).toEqual(['ours.txt']);
	});

	it('is held against a commit that was taken over before, in a worktree that was lost and made anew', async () => {
		const { repository, worktree } = await bench.worktree();
		const old = await commit(worktree.path, { 'ours.txt': 'ours\n' });
		await repository.adopt(worktree, never);
		await repository.push(worktree.branch, old, never);
		// A person rebases the branch.
		await importCommit(bench.remote, 'main', 'By others', [{ path: 'theirs.txt', content: 'theirs\n' }]);
		await git(bench.remote, 'update-ref', `refs/heads/${worktree.branch}`, 'main');
		await importCommit(bench.remote, worktree.branch, 'Rebased', [{ path: 'ours.txt', content: 'ours\n' }]);
		await rm(worktree.path, { recursive: true });
		await repository.fetch(never);
		const again = await repository.worktree(bench.request(), never);
		expect(again.baseSha).toBe(await git(bench.remote, 'rev-parse', 'main'));
		await git(again.path, 'reset', '--quiet', '--hard', old);
		await expect(repository.adopt(again, never)).rejects.toMatchObject({ code: 'git_unsafe_tree' });
		await git(again.path, 'reset', '--quiet', '--hard', again.headSha);
		expect((await repository.adopt(again, never)).headSha).toBe(again.headSha);
		await repository.removeWorktree(7, { force: true }, never);
		expect(await git(join(bench.dataDir, 'mirrors/acme/shop.git'), 'for-each-ref', 'refs/maestro/tasks', 'refs/maestro/bases')).toBe('');
	});

	it('leaves the start where it was when it was rewritten', async () => {
		const made = await bench.worktree();
		await commit(made.worktree.path, { 'ours.txt': 'ours\n' });
		await git(bench.remote, 'update-ref', '-d', 'refs/heads/main');
		await importCommit(bench.remote, 'main', 'Begin anew', [{ path: 'README.md', content: 'anew\n' }]);
		await made.repository.fetch(never);
		expect(await paths(made)).toEqual(['ours.txt']);
	});

	it('is not written through a link that an agent planted', async () => {
		const { repository, worktree } = await bench.worktree();
		const outside = await mkdtemp(join(bench.root, 'outside-'));
		await rm(join(worktree.path, '.git/refs/remotes'), { recursive: true });
		await mkdir(join(outside, 'origin'));
		await symlink(outside, join(worktree.path, '.git/refs/remotes'));
		await expect(repository.updateWorktree(worktree, never)).rejects.toMatchObject({ code: 'git_unsafe_tree' });
		expect(await readdir(join(outside, 'origin'))).toEqual([]);
	});
});
