import { randomUUID } from 'node:crypto';
import { closeSync, linkSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { say, ToolError } from './report.mjs';

const TOUCH_MS = 5_000;
const STALE_MS = 60_000;

/**
 * Runs `work` while holding a lock file, so that two commands started at once do not install into one folder. The
 * holder touches the file; one that was not touched for a minute belongs to a process that died, and is taken over.
 */
export async function withLock(file, what, limitMs, work) {
	mkdirSync(dirname(file), { recursive: true });
	const token = randomUUID();
	const deadline = Date.now() + limitMs;
	let told = false;
	while (!claim(file, token)) {
		if (Date.now() > deadline) {
			throw new ToolError(`${what} is still being set up by another process. If there is none, delete ${file} and try again.`);
		}
		if (!told) say(`waiting for another process that sets up ${what}`);
		told = true;
		await sleep(500);
	}
	const touch = setInterval(() => utimesSync(file, new Date(), new Date()), TOUCH_MS);
	try {
		return await work();
	} finally {
		clearInterval(touch);
		if (readFileSync(file, 'utf8') === token) rmSync(file);
	}
}

function claim(file, token) {
	try {
		const handle = openSync(file, 'wx');
		writeSync(handle, token);
		closeSync(handle);
		return true;
	} catch (error) {
		if (error.code !== 'EEXIST') throw error;
	}
	removeIfStale(file);
	return false;
}

function removeIfStale(file) {
	if (!isStale(file)) return;
	const aside = `${file}.${randomUUID()}`;
	try {
		// Moved, then looked at again: between the look and the move another process may have taken the lock over.
		renameSync(file, aside);
		if (!isStale(aside)) linkSync(aside, file);
	} catch (error) {
		if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error;
	} finally {
		rmSync(aside, { force: true });
	}
}

function isStale(file) {
	const found = statSync(file, { throwIfNoEntry: false });
	return found !== undefined && Date.now() - found.mtimeMs > STALE_MS;
}
