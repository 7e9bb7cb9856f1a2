/** The package put into n8n by the command in the README, past n8n's own installer. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { startN8n, type N8n } from './support/n8n';
import { repositoryRoot } from './support/paths';
import { property } from './support/rest';

const run = promisify(execFile);

describe('a packed file that is installed by hand', () => {
	let root: string;
	let n8n: N8n | undefined;
	beforeAll(async () => {
		root = await mkdtemp(join(tmpdir(), 'maestro-by-hand-'));
	});
	afterAll(async () => {
		await n8n?.stop();
		await rm(root, { recursive: true, force: true, maxRetries: 5 });
	}, 60_000);

	test('is found by n8n at its next start, with every node and credential, and brings no n8n of its own', async () => {
		const readme = await readFile(join(repositoryRoot, 'README.md'), 'utf8');
		const install = readme.split('\n').find((line) => line.startsWith('npm install --prefix ~/.n8n/nodes'));
		if (install === undefined) throw new Error('The README has no command to install by hand.');
		await run('npm', ['pack', '--ignore-scripts', '--pack-destination', root], { cwd: repositoryRoot });
		// Below the home folder of the user who runs n8n, which is where this n8n keeps its own.
		await run('sh', ['-c', install.replace('~/', `${root}/`)], { cwd: root });
		const modules = await readdir(join(root, '.n8n/nodes/node_modules'));
		expect(modules).toContain('n8n-nodes-maestro');
		expect(modules.filter((name) => name === 'n8n-workflow' || name === 'n8n-core')).toEqual([]);

		n8n = await startN8n({ userFolder: root, withPackage: false });
		const manifest: { n8n: { nodes: string[]; credentials: string[] } } = JSON.parse(await readFile(join(repositoryRoot, 'package.json'), 'utf8'));
		const namesIn = async (path: string): Promise<string[]> => {
			const types: unknown = await n8n?.client.editor(path);
			return Array.isArray(types) ? types.map((type) => String(property(type, 'name'))) : [];
		};
		const known = [...(await namesIn('/types/nodes.json')), ...(await namesIn('/types/credentials.json'))];
		const classes = [...manifest.n8n.nodes, ...manifest.n8n.credentials].map((path) => path.replace(/^.*\/|\.(node|credentials)\.js$/g, ''));
		const wanted = classes.map((name) => name.replace(/^./, (first) => first.toLowerCase()));
		expect(wanted.length).toBeGreaterThan(10);
		expect(wanted.filter((name) => !known.some((each) => each === name || each === `n8n-nodes-maestro.${name}`))).toEqual([]);
	}, 300_000);
});
