import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { keepInstalled } from './install.mjs';
import { npm } from './npm.mjs';
import { cache } from './paths.mjs';
import { runLogged } from './process.mjs';

// n8n wants 24; Jest can require ESM-only packages from 24.9 on.
const WANTED = [24, 9];

/** Path of a Node that is new enough: the one that runs this, else one from the npm package "node". */
export async function node24() {
	if (isNewEnough(process.versions.node)) return process.execPath;
	const log = join(cache, 'node24.log');
	const folder = await keepInstalled({
		name: 'node24',
		what: 'Node 24',
		packageJson: JSON.stringify({ name: 'maestro-node', private: true, dependencies: { node: '24' } }),
		steps: [
			{
				name: 'install',
				run: (cwd) => npm(['install', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd, log, what: 'Installing Node 24' }),
			},
			// Its install script fetches the platform's binary; called by name, as npm may be set to run none.
			{
				name: 'binary',
				run: (cwd) =>
					runLogged(process.execPath, ['installArchSpecificPackage.js'], { cwd: join(cwd, 'node_modules/node'), log, what: 'Fetching Node 24' }),
			},
		],
		works: (cwd) => runs(binary(cwd)),
	});
	return binary(folder);
}

function binary(folder) {
	return join(folder, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
}

function runs(node) {
	if (!existsSync(node)) return false;
	return isNewEnough(execFileSync(node, ['--version'], { encoding: 'utf8' }).trim().replace(/^v/, ''));
}

function isNewEnough(version) {
	const [major, minor] = version.split('.').map(Number);
	return major > WANTED[0] || (major === WANTED[0] && minor >= WANTED[1]);
}
