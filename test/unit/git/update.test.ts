import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { git, importCommit } from '../../fixtures/git-repositories';
import { commit, makeWorkbench, never, type Workbench } from './workbench';

let bench: Workbench;
beforeEach(async () => {
	bench = await makeWorkbench();
});
afterEach(async () => await bench.remove());

describe('commits that people pushed to the branch', () => {
	const pushed = async (): ReturnType<Workbench['worktree']> => {
		const made = await bench.worktree();
		const headSha = await commit(made.worktree.path, { 'a.txt': 'a\n' });
		await made.repository.adopt(made.worktree, never);
		await made.repository.push(made.worktree.branch, headSha, never);
		await importCommit(bench.remote, made.worktree.branch, 'By a person', [{ path: 'theirs.txt', content: 'x\n' }]);
		await made.repository.fetch(never);
		return made;
	};

	it('come into a clean worktree', async () => {
		const { repository, worktree } = await pushed();
		expect(await repository.updateWorktree(worktree, never)).toBe('updated');
		expect(await readFile(join(worktree.path, 'theirs.txt'), 'utf8')).toBe('x\n');
		expect(await git(worktree.path, 'status', '--porcelain')).toBe('');
		expect(await git(worktree.path, 'rev-parse', 'HEAD')).toBe(await git(bench.remote, 'rev-parse', worktree.branch));
		expect(await repository.updateWorktree(worktree, never)).toBe('unchanged');
	});

	it('stay out of one with uncommitted work or commits of its own', async () => {
		const { repository, worktree } = await pushed();
		await writeFile(join(worktree.path, 'a.txt'), 'changed\n');
		expect(await repository.updateWorktree(worktree, never)).toBe('dirty');
		await commit(worktree.path, {});
		await repository.adopt(worktree, never);
		expect(await repository.updateWorktree(worktree, never)).toBe('diverged');
	});
});

describe('removing a worktree', () => {
	it('keeps commits that are nowhere else, also when forced', async () => {
		const { repository, worktree } = await bench.worktree();
		await commit(worktree.path, { 'a.txt': 'a\n' });
		expect(await repository.removeWorktree(7, { force: false }, never)).toBe('kept_unpushed');
		expect(await repository.removeWorktree(7, { force: true }, never)).toBe('kept_unpushed');
		expect((await stat(worktree.path)).isDirectory()).toBe(true);
	});

	it('keeps files that were never committed, unless forced', async () => {
		const { repository, worktree } = await bench.worktree();
		await writeFile(join(worktree.path, 'notes.txt'), 'n\n');
		expect(await repository.removeWorktree(7, { force: false }, never)).toBe('kept_unpushed');
		expect(await repository.removeWorktree(7, { force: true }, never)).toBe('removed');
		await expect(stat(worktree.path)).rejects.toThrow('ENOENT');
		expect(await repository.removeWorktree(7, { force: false }, never)).toBe('absent');
		expect(await repository.existingWorktree(7, never)).toBeUndefined();
	});

	it('removes what was pushed, also when the branch has been deleted since', async () => {
		const { repository, worktree } = await bench.worktree();
		const headSha = await commit(worktree.path, { 'a.txt': 'a\n' });
		await repository.adopt(worktree, never);
		await repository.push(worktree.branch, headSha, never);
		await git(bench.remote, 'branch', '-D', worktree.branch);
		await repository.fetch(never);
		expect(await repository.removeWorktree(7, { force: false }, never)).toBe('removed');
	});
});

describe('the setup script', () => {
	it('runs once, with the facts of the worktree', async () => {
		const script = 'echo "$MAESTRO_BRANCH $MAESTRO_BASE_BRANCH $MAESTRO_TASK_ID" >> setup.txt; test -d "$MAESTRO_MAIN_REPO_PATH" && test "$PWD" = "$MAESTRO_WORKTREE_PATH"';
		const { repository, worktree } = await bench.worktree({ setupScript: script });
		await repository.worktree(bench.request({ setupScript: script }), never);
		expect(await readFile(join(worktree.path, 'setup.txt'), 'utf8')).toBe('maestro/7-fix main 7\n');
	});

	it('shows the end of its output when it fails, and runs again the next time', async () => {
		await expect(bench.worktree({ setupScript: 'echo "no such tool"; exit 3' })).rejects.toMatchObject({ code: 'setup_failed', message: expect.stringContaining('no such tool') });
		const { worktree } = await bench.worktree({ setupScript: 'echo x > setup.txt' });
		expect(worktree.created).toBe(false);
		expect(await readFile(join(worktree.path, 'setup.txt'), 'utf8')).toBe('x\n');
	});
});

it('finds a secret that one commit adds and the next one takes out, and never repeats it', async () => {
	const { repository, worktree } = await bench.worktree();
	const token = `ghp_${'aB3dE5gH7jK9'.repeat(3)}`;
	await commit(worktree.path, { '.gitattributes': '* -diff\n', 'config.ts': `one\nconst token = '${token}';\n` });
	const headSha = await commit(worktree.path, { 'config.ts': 'one\n', 'known.txt': 'my-own-secret-value\n' });
	await repository.adopt(worktree, never);
	const { secrets } = await repository.inspect({ baseSha: worktree.baseSha, headSha }, ['my-own-secret-value'], never);
	expect(secrets).toEqual(
		expect.arrayContaining([
			{ path: 'config.ts', line: 2, rule: 'GitHub token' },
			{ path: 'known.txt', line: 1, rule: "one of Maestro's own secrets" },
		]),
	);
	expect(JSON.stringify(secrets)).not.toContain(token);
});
