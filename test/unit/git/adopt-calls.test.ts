import { execFileSync } from 'node:child_process';
import { appendFile, chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { commit, makeWorkbench, never, type Workbench } from './workbench';

let bench: Workbench;
const path = process.env.PATH ?? '';
let log = '';

/** A git that notes which of its commands was called, and then is git. */
beforeEach(async () => {
	bench = await makeWorkbench();
	const folder = join(bench.root, 'bin');
	log = join(bench.root, 'calls');
	const git = execFileSync('/bin/sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
	await mkdir(folder);
	await writeFile(join(folder, 'git'), `#!/bin/sh\necho "$1" >> '${log}'\nexec '${git}' "$@"\n`);
	await chmod(join(folder, 'git'), 0o755);
	process.env.PATH = `${folder}${delimiter}${path}`;
});
afterEach(async () => {
	process.env.PATH = path;
	await bench.remove();
});

/** The commands that Maestro gave; those that git starts by itself are `upload-pack` and its like. */
async function callsOf(work: () => Promise<unknown>): Promise<string[]> {
	await writeFile(log, '');
	await work();
	return (await readFile(log, 'utf8')).split('\n').filter((name) => ['cat-file', 'fetch', 'merge-base', 'update-ref', 'read-tree', 'ls-files'].includes(name)).sort();
}

it('takes a commit over with five calls of git, and finds that nothing came since with one', async () => {
	const { repository, worktree } = await bench.worktree();
	const headSha = await commit(worktree.path, { 'a.txt': 'a\n' });
	expect(await callsOf(async () => expect(await repository.adopt(worktree, never)).toEqual({ headSha, uncommitted: [] }))).toEqual(['fetch', 'ls-files', 'merge-base', 'read-tree', 'update-ref']);
	await appendFile(join(worktree.path, 'a.txt'), 'more\n');
	expect(await callsOf(async () => expect(await repository.adopt(worktree, never)).toEqual({ headSha, uncommitted: ['a.txt'] }))).toEqual(['ls-files']);
});

it('looks at a worktree as it was made without reading its commit again', async () => {
	const { repository, worktree } = await bench.worktree();
	await writeFile(join(worktree.path, 'new.txt'), 'new\n');
	expect(await callsOf(async () => expect(await repository.adopt(worktree, never)).toEqual({ headSha: bench.baseSha, uncommitted: ['new.txt'] }))).toEqual(['cat-file', 'ls-files', 'update-ref']);
});

it('reads the commit again where the index is another file than the one it wrote', async () => {
	const { repository, worktree } = await bench.worktree();
	const headSha = await commit(worktree.path, { 'a.txt': 'a\n' });
	await repository.adopt(worktree, never);
	const index = join(bench.dataDir, 'worktrees-state/acme/shop/7.index');
	await writeFile(`${index}.aside`, await readFile(index));
	await rename(`${index}.aside`, index);
	expect(await callsOf(async () => expect(await repository.adopt(worktree, never)).toEqual({ headSha, uncommitted: [] }))).toEqual(['ls-files', 'read-tree']);
});

it('finds a commit that lies in a pack of the worktree, and one that two branches of it have', async () => {
	const { repository, worktree } = await bench.worktree();
	const packed = await commit(worktree.path, { 'a.txt': 'a\n' });
	execFileSync('git', ['-C', worktree.path, 'gc', '--quiet', '--prune=now']);
	expect(await callsOf(async () => expect((await repository.adopt(worktree, never)).headSha).toBe(packed))).toContain('cat-file');
	execFileSync('git', ['-C', worktree.path, 'checkout', '--quiet', '-b', 'other']);
	const further = await commit(worktree.path, { 'b.txt': 'b\n' });
	expect((await repository.adopt(worktree, never)).headSha).toBe(further);
});
