import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from './lock.mjs';
import { cache } from './paths.mjs';
import { say } from './report.mjs';

const LIMIT_MS = 20 * 60_000;

/**
 * Keeps one folder under .cache installed from one package.json. It is built aside and moved into place when whole, and a
 * stamp with the hash of the package.json says what it was built from: a broken-off install is never taken for a good one.
 *
 * `steps` is a list of {name, run(folder)}; a finished step leaves a mark, so the next try goes on after it.
 * `works(folder)` is asked before the folder is put in place.
 */
export async function keepInstalled({ name, what, packageJson, steps, works }) {
	const folder = join(cache, name);
	const key = createHash('sha256').update(packageJson).digest('hex');
	if (isCurrent(folder, key)) return folder;
	return await withLock(join(cache, `${name}.lock`), what, LIMIT_MS, async () => {
		if (isCurrent(folder, key)) return folder;
		const aside = join(cache, `${name}.partial-${key.slice(0, 12)}`);
		say(`installing ${what} into .cache/${name} (once)`);
		const started = Date.now();
		mkdirSync(aside, { recursive: true });
		writeFileSync(join(aside, 'package.json'), packageJson);
		for (const step of steps) await runStep(aside, step);
		if (!(await works(aside))) {
			rmSync(aside, { recursive: true, force: true });
			throw new Error(`${what} was installed but does not run. See .cache/${name}.log, then try again.`);
		}
		writeFileSync(join(aside, '.installed'), key);
		rmSync(folder, { recursive: true, force: true });
		renameSync(aside, folder);
		say(`${what} is ready (${Math.round((Date.now() - started) / 1000)} s)`);
		return folder;
	});
}

async function runStep(folder, { name, run }) {
	const mark = join(folder, `.done-${name}`);
	if (existsSync(mark)) return;
	// What a broken-off npm left behind can look whole; with npm's own cache a clean start costs little.
	if (name === 'install') rmSync(join(folder, 'node_modules'), { recursive: true, force: true });
	await run(folder);
	writeFileSync(mark, '');
}

function isCurrent(folder, key) {
	const stamp = join(folder, '.installed');
	return existsSync(stamp) && readFileSync(stamp, 'utf8') === key;
}
