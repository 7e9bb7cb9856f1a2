import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openWorkspace, type Workspace } from '../../../../core/session/workspace';
import { blank } from '../../../../core/task/blank';
import { newTask } from '../../../../core/task/create-task';
import { projectColumns, type Task } from '../../../../core/task/records';
import { git } from '../../../fixtures/git-repositories';
import { commit, makeWorkbench, never, type Workbench } from '../../git/workbench';

const stamps = { createdAt: '', updatedAt: '' };
const project = { ...blank(projectColumns), id: 1, ...stamps };
const task = (fields: Partial<Task> = {}): Task => ({ ...newTask({ title: 'Mend the cart', projectId: 1, repository: 'acme/shop', issueNumber: 5 }), id: 7, ...stamps, ...fields });

describe('a folder as the workspace', () => {
	let root: string;
	beforeEach(async () => {
		root = await mkdtemp(join(tmpdir(), 'maestro-workspace-'));
	});
	afterEach(async () => await rm(root, { recursive: true, force: true }));

	it('is used as it is, and is still there afterwards', async () => {
		const workspace = await openWorkspace({ kind: 'folder', path: root }, never);
		expect(workspace).toMatchObject({ path: root, branch: '', worktree: undefined, warnings: [] });
		expect(await workspace.adopt(never)).toMatchObject({ headSha: '', warnings: [] });
		await workspace.remove();
		expect((await stat(root)).isDirectory()).toBe(true);
	});

	it.each([
		['is not there', (): string => join(root, 'nothing')],
		['is a file', (): string => join(root, 'file')],
		['is not absolute', (): string => '.'],
	])('that %s is refused, and named', async (_, path) => {
		await writeFile(join(root, 'file'), '');
		await expect(openWorkspace({ kind: 'folder', path: path() }, never)).rejects.toMatchObject({ code: 'workspace_missing', message: expect.stringContaining(`"${path()}"`), advice: expect.stringContaining('absolute') });
	});

	it('that is empty is a new one each time, and goes with all that was put into it', async () => {
		const open = async (): Promise<Workspace> => await openWorkspace({ kind: 'empty', dataDir: root }, never);
		const [first, second] = [await open(), await open()];
		expect(first.path).not.toBe(second.path);
		expect(await readdir(first.path)).toEqual([]);
		await writeFile(join(first.path, 'left'), 'behind');
		await first.remove();
		await first.remove();
		expect(await readdir(join(root, 'empty'))).toEqual([second.path.split('/').at(-1)]);
	});
});

describe('a worktree as the workspace', () => {
	let bench: Workbench;
	beforeEach(async () => {
		bench = await makeWorkbench();
	});
	afterEach(async () => await bench.remove());

	const open = async (fields: Partial<Task> = {}, takeUp = false): Promise<Workspace> => await openWorkspace({ kind: 'worktree', repository: bench.open(), task: task(fields), project, takeUp }, never);
	const pushTo = async (branch: string, files: Readonly<Record<string, string>>): Promise<string> => {
		const clone = join(bench.root, `clone-${branch.replaceAll('/', '-')}`);
		await git(bench.root, 'clone', '--quiet', bench.remote, clone);
		await git(clone, 'checkout', '--quiet', '-B', branch);
		const sha = await commit(clone, files);
		await git(clone, 'push', '--quiet', 'origin', branch);
		return sha;
	};

	it('has a branch named after the issue and the title, or the one that the task has', async () => {
		expect((await open()).branch).toBe('maestro/5-mend-the-cart');
		expect((await open({ id: 8, branch: 'maestro/8-given' })).branch).toBe('maestro/8-given');
	});

	it('gives the agent\'s last commit, names what it left uncommitted, and stays', async () => {
		const workspace = await open();
		const headSha = await commit(workspace.path, { 'src/cart.ts': 'one\n' });
		await writeFile(join(workspace.path, 'scratch.txt'), 'left');
		expect(await workspace.adopt(never)).toMatchObject({ headSha, warnings: [expect.stringContaining('scratch.txt')] });
		await workspace.remove();
		expect((await open()).worktree).toMatchObject({ created: false, headSha });
	});

	it('takes up what people pushed to its branch only where that is wanted', async () => {
		const first = await open();
		const theirs = await pushTo(first.branch, { 'src/theirs.ts': 'theirs\n' });
		await open();
		expect(await git(first.path, 'rev-parse', 'HEAD')).not.toBe(theirs);
		expect(await open({}, true)).toMatchObject({ warnings: [] });
		expect(await readdir(join(first.path, 'src'))).toContain('theirs.ts');
	});

	it('says so where people pushed while it has commits of its own, or uncommitted changes, and leaves both', async () => {
		const first = await open();
		await pushTo(first.branch, { 'src/theirs.ts': 'theirs\n' });
		await writeFile(join(first.path, 'src/cart.ts'), 'changed\n');
		expect(await open({}, true)).toMatchObject({ warnings: [expect.stringContaining('uncommitted changes')] });
		const ours = await commit(first.path, { 'src/ours.ts': 'ours\n' });
		expect(await open({}, true)).toMatchObject({ warnings: [expect.stringContaining(`People pushed to ${first.branch}`)] });
		expect(await git(first.path, 'rev-parse', 'HEAD')).toBe(ours);
	});
});
