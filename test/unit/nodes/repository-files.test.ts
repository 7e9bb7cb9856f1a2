import { chmod, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Project } from '../../../core/task/records';
import { repositoryFiles } from '../../../nodes/MaestroTrigger/repository-files';
import { importCommit } from '../../fixtures/git-repositories';
import { makeWorkbench, never, type Workbench } from '../git/workbench';

const PROJECT = { repository: 'acme/shop', baseBranch: '' };
const PATH = process.env.PATH;

let bench: Workbench;
let now = 0;
let warnings: string[] = [];
let instances = 0;
/** A host of its own for each test: what one remembers, no other knows. */
let instance = '';
beforeEach(async () => {
	bench = await makeWorkbench();
	instance = `host-${instances++}`;
	warnings = [];
});
afterEach(async () => {
	process.env.PATH = PATH;
	await bench.remove();
});

async function paths(project: Pick<Project, 'repository' | 'baseBranch'> = PROJECT): Promise<string[] | undefined> {
	const services = { instance, clock: { now: () => new Date(now) }, dataDir: bench.dataDir, redact: (text: string) => text.replaceAll(bench.dataDir, '***') };
	const files = await repositoryFiles(services, project, (message) => warnings.push(message));
	return files === undefined ? undefined : [...files.paths];
}
/** For a git that is slow today. */
async function inTheEnd(project = PROJECT): Promise<string[] | undefined> {
	const until = performance.now() + 20_000;
	let found = await paths(project);
	while (found === undefined && performance.now() < until) found = await paths(project);
	return found;
}
const fetch = async (): Promise<void> => await bench.open().fetch(never);

it('are known as soon as there is a mirror', async () => {
	expect(await paths()).toBeUndefined();
	await fetch();
	expect(await paths()).toEqual(['README.md', 'src/cart.ts']);
	expect(warnings).toEqual([]);
});

it('are listed once a minute', async () => {
	await fetch();
	await paths();
	await rm(join(bench.dataDir, 'mirrors'), { recursive: true });
	now += 59_000;
	expect(await paths()).toEqual(['README.md', 'src/cart.ts']);
	now += 2_000;
	expect(await paths()).toBeUndefined();
});

/** A git that notes each of its calls. */
async function callsOf(work: () => Promise<unknown>): Promise<number> {
	const [folder, log] = [join(bench.root, 'noting'), join(bench.root, 'calls')];
	await mkdir(folder, { recursive: true });
	await writeFile(log, '');
	await writeFile(join(folder, 'git'), `#!/bin/sh\necho "$1" >> '${log}'\nPATH='${PATH}' exec git "$@"\n`);
	await chmod(join(folder, 'git'), 0o755);
	process.env.PATH = `${folder}:${PATH}`;
	await work();
	process.env.PATH = PATH;
	return (await readFile(log, 'utf8')).split('\n').length - 1;
}

it('are kept for more projects than a handful: each is listed once', async () => {
	await fetch();
	const projects = Array.from({ length: 8 }, (_, index) => ({ repository: `acme/shop${index}`, baseBranch: '' }));
	for (const { repository } of projects) await cp(join(bench.dataDir, 'mirrors/acme/shop.git'), join(bench.dataDir, `mirrors/${repository}.git`), { recursive: true });
	const all = async (): Promise<void> => {
		for (const project of projects) expect(await inTheEnd(project)).toEqual(['README.md', 'src/cart.ts']);
	};
	expect(await callsOf(all)).toBe(16);
	expect(await callsOf(all)).toBe(0);
}, 30_000);

it('are not asked of git with each webhook where the base branch is gone', async () => {
	await fetch();
	const gone = { ...PROJECT, baseBranch: 'gone' };
	expect(await callsOf(async () => expect(await paths(gone)).toBeUndefined())).toBe(1);
	expect(await callsOf(async () => expect(await paths(gone)).toBeUndefined())).toBe(0);
	await importCommit(bench.remote, 'gone', 'It is back', [{ path: 'back.ts', content: '1\n' }]);
	await fetch();
	now += 61_000;
	expect(await paths(gone)).toEqual(['back.ts']);
});

it('fail no webhook: it is said once, without a secret, and not tried again for a minute', async () => {
	await fetch();
	await rm(join(bench.dataDir, 'mirrors/acme/shop.git/objects'), { recursive: true });
	expect(await Promise.all([paths(), paths(), paths()])).toEqual([undefined, undefined, undefined]);
	expect(await paths()).toBeUndefined();
	expect(warnings).toEqual([expect.stringContaining('could not list the files of acme/shop')]);
	expect(warnings[0]).not.toContain(bench.dataDir);
});

it('are not waited for when git is slow, and are there for the next webhook', async () => {
	await fetch();
	const slow = join(bench.root, 'slow');
	await mkdir(slow);
	await writeFile(join(slow, 'git'), `#!/bin/sh\nsleep 1\nPATH='${PATH}' exec git "$@"\n`);
	await chmod(join(slow, 'git'), 0o755);
	process.env.PATH = `${slow}:${PATH}`;
	const from = performance.now();
	expect(await paths()).toBeUndefined();
	expect(performance.now() - from).toBeLessThan(950);
	expect(await inTheEnd()).toEqual(['README.md', 'src/cart.ts']);
}, 30_000);
