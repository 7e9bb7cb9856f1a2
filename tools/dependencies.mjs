import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from './lock.mjs';
import { npm } from './npm.mjs';
import { cache, nodeModules, root } from './paths.mjs';
import { say, ToolError } from './report.mjs';

const FLAGS = ['--ignore-scripts', '--legacy-peer-deps', '--no-audit', '--no-fund'];

/** Installs the package's own dependencies unless node_modules already is what package-lock.json asks for. */
export async function dependencies(env) {
	if (isCurrent()) return;
	await withLock(join(cache, 'dependencies.lock'), 'the dependencies', 10 * 60_000, async () => {
		if (isCurrent()) return;
		say('installing the dependencies');
		const log = join(cache, 'dependencies.log');
		try {
			await npm(['ci', ...FLAGS], { cwd: root, env, log, what: 'npm ci' });
		} catch (error) {
			// Some registries lack an optional package of another platform; npm ci gives up on that, npm install does not.
			if (!(error instanceof ToolError)) throw error;
			await npm(['install', '--no-save', ...FLAGS], { cwd: root, env, log, what: 'Installing the dependencies' });
		}
	});
}

/** npm writes node_modules/.package-lock.json last, so a broken-off install is noticed. */
function isCurrent() {
	const hidden = join(nodeModules, '.package-lock.json');
	if (!existsSync(hidden)) return false;
	const installed = JSON.parse(readFileSync(hidden, 'utf8')).packages;
	const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
	return Object.entries(wanted).every(
		([path, entry]) => path === '' || entry.optional || entry.devOptional || entry.peer || installed[path]?.version === entry.version,
	);
}
