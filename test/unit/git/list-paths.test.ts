import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { listPaths, type PathList } from '../../../core/git/list-paths';
import { importCommit, makeRemote } from '../../fixtures/git-repositories';
import { makeWorkbench, never, type Workbench } from './workbench';

const LIMITS = { count: 100, bytes: 10_000 };
const ODD = 'src/a "quoted" – ünïcode name.ts';

let bench: Workbench;
beforeAll(async () => {
	bench = await makeWorkbench([{ path: 'README.md', content: '# Shop\n' }, { path: ODD, content: '1\n' }, { path: '-dash', content: '1\n' }]);
	await bench.open().fetch(never);
	await importCommit(bench.remote, 'next', 'Another branch', [{ path: 'next/only.ts', content: '1\n' }]);
});
afterAll(async () => await bench.remove());

const list = async (branch = '', limits = LIMITS, repository = 'acme/shop'): Promise<PathList> => await listPaths({ dataDir: bench.dataDir, repository, branch }, limits, never);

it('gives all paths of the default branch, as they are', async () => {
	expect(await list()).toEqual({ kind: 'paths', paths: ['-dash', 'README.md', ODD] });
	expect(await list('main', LIMITS, 'Acme/Shop')).toEqual({ kind: 'paths', paths: ['-dash', 'README.md', ODD] });
});

it('knows of a branch what the last fetch brought, and fetches nothing itself', async () => {
	expect(await list('next')).toEqual({ kind: 'no_branch' });
	await bench.open().fetch(never);
	expect(await list('next')).toEqual({ kind: 'paths', paths: ['next/only.ts'] });
});

it('knows nothing where there is no mirror, and makes none', async () => {
	await makeRemote(join(bench.root, 'remotes/acme/other.git'), { files: [{ path: 'a', content: 'a' }] });
	expect(await list('', LIMITS, 'acme/other')).toEqual({ kind: 'no_mirror' });
	expect(await list('', LIMITS, 'acme/other')).toEqual({ kind: 'no_mirror' });
	expect(await listPaths({ dataDir: join(bench.root, 'nowhere'), repository: 'acme/shop', branch: '' }, LIMITS, never)).toEqual({ kind: 'no_mirror' });
});

it('says so when there is more than was asked for', async () => {
	expect(await list('', { count: 2, bytes: 10_000 })).toEqual({ kind: 'too_large' });
	expect(await list('', { count: 100, bytes: 20 })).toEqual({ kind: 'too_large' });
	expect(await list('', { count: 3, bytes: 10_000 })).toMatchObject({ kind: 'paths' });
});

it('refuses what is no name of a branch or a repository', async () => {
	await expect(list('--output=x')).rejects.toMatchObject({ code: 'bad_parameter' });
	await expect(list('', LIMITS, '../shop')).rejects.toMatchObject({ code: 'bad_parameter' });
});

it('ends with its signal', async () => {
	await expect(listPaths({ dataDir: bench.dataDir, repository: 'acme/shop', branch: '' }, LIMITS, AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' });
});

it('fails where the mirror is broken', async () => {
	await rm(join(bench.dataDir, 'mirrors/acme/shop.git/objects'), { recursive: true });
	await expect(list()).rejects.toMatchObject({ code: 'git_failed' });
});
