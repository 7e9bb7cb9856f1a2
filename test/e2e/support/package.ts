import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { cacheFolder, repositoryRoot } from './paths';

const run = promisify(execFile);

interface Manifest {
	name: string;
	dependencies: Record<string, string>;
}

let packed: Promise<string> | undefined;

/**
 * Puts this package into an n8n user folder the way n8n's "Install a community package" does: the packed tarball, its
 * dependencies installed without scripts. Packed once per process; the dependencies are kept in .cache between runs.
 */
export async function installPackage(userFolder: string): Promise<void> {
	packed ??= packAndUnpack();
	const source = await packed;
	const manifest = await readManifest(join(source, 'package.json'));
	const modules = await installedDependencies(manifest);
	const target = join(userFolder, '.n8n/nodes/node_modules', manifest.name);
	await rm(target, { recursive: true, force: true });
	await mkdir(target, { recursive: true });
	await cp(source, target, { recursive: true });
	await cp(modules, join(target, 'node_modules'), { recursive: true, verbatimSymlinks: true });
}

/** The folder of the unpacked package, as it would be published. */
async function packAndUnpack(): Promise<string> {
	if (!existsSync(join(repositoryRoot, 'dist'))) throw new Error('There is no dist/. Run `npm run build` first.');
	const folder = await mkdtemp(join(await ensured('packed'), 'run-'));
	const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], { cwd: repositoryRoot });
	const [entry] = parsePackOutput(stdout);
	if (entry === undefined) throw new Error(`npm pack gave no file: ${stdout}`);
	await run('tar', ['-xzf', join(folder, entry.filename), '-C', folder]);
	return join(folder, 'package');
}

function parsePackOutput(stdout: string): { filename: string }[] {
	const parsed: unknown = JSON.parse(stdout);
	const entries: unknown[] = Array.isArray(parsed) ? parsed : Object.values(Object(parsed));
	return entries.filter((entry): entry is { filename: string } => typeof entry === 'object' && entry !== null && 'filename' in entry);
}

/** node_modules with what the package depends on, installed with the flags that n8n uses. */
async function installedDependencies(manifest: Manifest): Promise<string> {
	// n8n strips dev, peer and optional dependencies before it installs.
	const stripped = JSON.stringify({ name: manifest.name, version: '0.0.0', dependencies: manifest.dependencies });
	const key = createHash('sha256').update(stripped).digest('hex').slice(0, 16);
	const folder = join(await ensured('community'), key);
	if (existsSync(folder)) return join(folder, 'node_modules');
	const aside = await mkdtemp(join(await ensured('community'), 'partial-'));
	await writeFile(join(aside, 'package.json'), stripped);
	const flags = ['--ignore-scripts', '--bin-links=false', '--install-strategy=shallow', '--package-lock=false', '--no-audit', '--no-fund'];
	await run('npm', ['install', ...flags], { cwd: aside });
	await rename(aside, folder).catch(async (error: unknown) => {
		// Another run was faster.
		if (!existsSync(folder)) throw error;
		await rm(aside, { recursive: true });
	});
	return join(folder, 'node_modules');
}

async function ensured(name: string): Promise<string> {
	const folder = join(cacheFolder, name);
	await mkdir(folder, { recursive: true });
	return folder;
}

async function readManifest(path: string): Promise<Manifest> {
	const parsed: unknown = JSON.parse(await readFile(path, 'utf8'));
	if (typeof parsed !== 'object' || parsed === null || !('name' in parsed) || typeof parsed.name !== 'string') throw new Error(`${path} is no package.json`);
	const dependencies = 'dependencies' in parsed ? Object.entries(Object(parsed.dependencies)) : [];
	return { name: parsed.name, dependencies: Object.fromEntries(dependencies.map(([name, range]) => [name, String(range)])) };
}
