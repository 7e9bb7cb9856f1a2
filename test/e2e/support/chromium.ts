import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const INSTALL_LIMIT_MS = 10 * 60_000;

/** Path of a Chromium of this system. On Debian as root it is installed when missing; elsewhere the error says what to do. */
export async function chromium(): Promise<string> {
	const found = onPath();
	if (found !== undefined) return found;
	if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) throw new Error('There is no Chromium. Install one that is on PATH as "chromium" and try again.');
	const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, timeout: INSTALL_LIMIT_MS };
	await run('apt-get', ['update'], options);
	await run('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], options);
	const installed = onPath();
	if (installed === undefined) throw new Error('apt-get installed chromium, but it is not on PATH.');
	return installed;
}

function onPath(): string | undefined {
	const folders = (process.env.PATH ?? '').split(':');
	return folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find((path) => existsSync(path));
}
