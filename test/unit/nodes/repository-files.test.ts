import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { repositoryFiles } from '../../../nodes/MaestroTrigger/repository-files';
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

async function paths(): Promise<string[] | undefined> {
	const services = { instance, clock: { now: () => new Date(now) }, dataDir: bench.dataDir, redact: (text: string) => text.replaceAll(bench.dataDir, '***') };
	const files = await repositoryFiles(services, PROJECT, (message) => warnings.push(message));
	return files === undefined ? undefined : [...files.paths];
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
	const until = performance.now() + 20_000;
	let found = await paths();
	while (found === undefined && performance.now() < until) found = await paths();
	expect(found).toEqual(['README.md', 'src/cart.ts']);
}, 30_000);
