import { chmod, cp, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Worktree } from '../../../core/git/git';
import { git, importCommit } from '../../fixtures/git-repositories';
import { commit, makeWorkbench, never, type Workbench } from './workbench';

let bench: Workbench;
let canary: string;
let program: string;
beforeEach(async () => {
	bench = await makeWorkbench();
	canary = join(bench.root, 'canary');
	program = join(bench.root, 'program.sh');
	await writeFile(program, `#!/bin/sh\necho "$0 $*" >> ${canary}\ncat < /dev/null\n`);
	await chmod(program, 0o755);
});
afterEach(async () => await bench.remove());

const fired = async (): Promise<string> => await readFile(canary, 'utf8').catch(() => '');

/** Settings that name a program, each of which some git command would run. */
const plant = (): string => `
[core]
	fsmonitor = ${program}
	hooksPath = ${join(bench.root, 'hooks')}
	sshCommand = ${program}
	askPass = ${program}
	pager = ${program}
	editor = ${program}
	gitProxy = ${program}
	alternateRefsCommand = ${program}
[diff]
	external = ${program}
[diff "planted"]
	textconv = ${program}
	command = ${program}
[filter "planted"]
	clean = ${program}
	smudge = ${program}
	process = ${program}
	required = true
[merge "planted"]
	driver = ${program}
[credential]
	helper = !${program}
[gpg]
	program = ${program}
[commit]
	gpgSign = true
[uploadpack]
	packObjectsHook = ${program}
[receive]
	fsckObjects = false
[remote "origin"]
	url = ${bench.remote}
	uploadpack = ${program}
	receivepack = ${program}
	promisor = true
	vcs = planted
[extensions]
	partialClone = origin
[url "ext::${program} "]
	insteadOf = file://
	insteadOf = /
[protocol]
	allow = always
[include]
	path = ${join(bench.root, 'included')}
[alias]
	fetch = !${program}
	push = !${program}
`;

async function everything(worktree: Worktree): Promise<void> {
	const repository = bench.open();
	await repository.existingWorktree(7, never);
	const { headSha } = await repository.adopt(worktree, never);
	await repository.inspect({ baseSha: worktree.baseSha, headSha }, [], never);
	await repository.push(worktree.branch, headSha, never);
	await importCommit(bench.remote, worktree.branch, 'By a person', [{ path: 'theirs.txt', content: 'x\n' }]);
	await repository.fetch(never);
	await repository.updateWorktree(worktree, never);
	await repository.worktree(bench.request(), never);
	await repository.removeWorktree(7, { force: false }, never);
}

it('runs nothing that the agent planted in its configuration, hooks and attributes', async () => {
	const { worktree } = await bench.worktree();
	await commit(worktree.path, {
		'.gitattributes': '* filter=planted diff=planted merge=planted\n',
		'work.txt': 'work\n',
	});
	const gitDir = join(worktree.path, '.git');
	await mkdir(join(bench.root, 'hooks'));
	await mkdir(join(gitDir, 'hooks'), { recursive: true });
	for (const hook of ['pre-push', 'post-checkout', 'reference-transaction', 'post-index-change', 'pre-auto-gc', 'post-update', 'update', 'pre-receive', 'fsmonitor-watchman', 'post-merge', 'pre-commit']) {
		for (const folder of [join(bench.root, 'hooks'), join(gitDir, 'hooks')]) {
			await writeFile(join(folder, hook), await readFile(program));
			await chmod(join(folder, hook), 0o755);
		}
	}
	await writeFile(join(gitDir, 'info/attributes'), '* filter=planted diff=planted\n');
	await writeFile(join(bench.root, 'included'), '[core]\n\tfsmonitor = ' + program + '\n');
	await writeFile(join(gitDir, 'config'), `${await readFile(join(gitDir, 'config'), 'utf8')}${plant()}`);
	await writeFile(join(worktree.path, 'work.txt'), 'changed\n');

	await cp(worktree.path, join(bench.root, 'copy'), { recursive: true });
	await git(join(bench.root, 'copy'), 'status').catch(() => undefined);
	// The trap works: git itself, run in the agent's tree, falls into it.
	expect(await fired()).not.toBe('');
	await rm(canary);

	await everything(worktree);
	expect(await fired()).toBe('');
});

it.each([
	['.git is a link to another repository', async (path: string) => {
		await rename(join(path, '.git'), join(bench.root, 'elsewhere'));
		await symlink(join(bench.root, 'elsewhere'), join(path, '.git'));
	}],
	['.git is a file that names another repository', async (path: string) => {
		await rename(join(path, '.git'), join(bench.root, 'elsewhere'));
		await writeFile(join(path, '.git'), `gitdir: ${join(bench.root, 'elsewhere')}\n`);
	}],
	['the worktree itself is a link', async (path: string) => {
		await rename(path, join(bench.root, 'elsewhere'));
		await symlink(join(bench.root, 'elsewhere'), path);
	}],
	['objects are borrowed from somewhere else', async (path: string) => await writeFile(join(path, '.git/objects/info/alternates'), `${join(bench.remote, 'objects')}\n`)],
	['a common directory is named', async (path: string) => await writeFile(join(path, '.git/commondir'), bench.remote)],
	['HEAD leads out of the repository', async (path: string) => await writeFile(join(path, '.git/HEAD'), 'ref: refs/heads/../../../../elsewhere\n')],
	['HEAD is a link', async (path: string) => {
		await rm(join(path, '.git/HEAD'));
		await symlink(join(bench.remote, 'HEAD'), join(path, '.git/HEAD'));
	}],
	['branches are kept in another form', async (path: string) => await mkdir(join(path, '.git/reftable'))],
	['the objects folder is a link', async (path: string) => {
		await rename(join(path, '.git/objects'), join(bench.root, 'elsewhere'));
		await symlink(join(bench.root, 'elsewhere'), join(path, '.git/objects'));
	}],
])('refuses a worktree where %s', async (_what, attack) => {
	const { repository, worktree } = await bench.worktree();
	await commit(worktree.path, { 'work.txt': 'work\n' });
	await attack(worktree.path);
	await expect(repository.adopt(worktree, never)).rejects.toMatchObject({ code: 'git_unsafe_tree' });
});

it('takes over what is checked out when the agent switched branches or left them', async () => {
	const { repository, worktree } = await bench.worktree();
	await git(worktree.path, 'checkout', '--quiet', '-b', 'other');
	const other = await commit(worktree.path, { 'one.txt': '1\n' });
	expect((await repository.adopt(worktree, never)).headSha).toBe(other);
	await git(worktree.path, 'checkout', '--quiet', '--detach');
	const detached = await commit(worktree.path, { 'two.txt': '2\n' });
	expect((await repository.adopt(worktree, never)).headSha).toBe(detached);
	await git(worktree.path, 'pack-refs', '--all');
	await git(worktree.path, 'checkout', '--quiet', 'other');
	expect((await repository.adopt(worktree, never)).headSha).toBe(other);
});

it('refuses commits that no longer build on the base', async () => {
	const { repository, worktree } = await bench.worktree();
	await git(worktree.path, 'checkout', '--quiet', '--orphan', 'fresh');
	await git(worktree.path, 'branch', '-D', worktree.branch);
	await commit(worktree.path, { 'one.txt': '1\n' });
	await expect(repository.adopt(worktree, never)).rejects.toMatchObject({ code: 'git_unsafe_tree' });
});

it('refuses a .gitmodules that would run a command', async () => {
	const { repository, worktree } = await bench.worktree();
	await commit(worktree.path, { '.gitmodules': `[submodule "x"]\n\tpath = x\n\turl = https://example.com/x.git\n\tupdate = !${program}\n` });
	await expect(repository.adopt(worktree, never)).rejects.toMatchObject({ code: 'git_unsafe_tree', message: expect.stringContaining('.gitmodules') });
	expect(await fired()).toBe('');
});

it('says which path it is when the base branch holds one that git refuses', async () => {
	const blob = await git(bench.remote, 'rev-parse', 'main:README.md');
	const { execFileSync } = await import('node:child_process');
	const tree = (text: string): string => execFileSync('git', ['mktree'], { cwd: bench.remote, input: text }).toString().trim();
	const inner = tree(`100644 blob ${blob}\tconfig\n`);
	const outer = tree(`040000 tree ${inner}\t.git\n`);
	await git(bench.remote, 'update-ref', 'refs/heads/main', await git(bench.remote, 'commit-tree', '-p', 'main', '-m', 'Bad', outer));
	const error: unknown = await bench.worktree().catch((thrown: unknown) => thrown);
	expect(error).toMatchObject({ code: 'git_unsafe_tree', message: expect.stringContaining('.git/config') });
	expect(await readdir(join(bench.dataDir, 'worktrees/acme/shop'))).toEqual([]);
});
