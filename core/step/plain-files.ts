/** Files in folders that the agent can write to: no link is followed, and whatever stands in the way is replaced. */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { messageOf, MaestroError } from '../errors';

const MAX_ENTRIES = 1_000;

export async function mustBeFolder(path: string): Promise<void> {
	const found = await lstat(path).catch(() => undefined);
	if (found?.isDirectory() === true) return;
	// A link in the folder's place would lead what is written to somewhere else.
	if (found !== undefined) await rm(path, { recursive: true, force: true });
	await mkdir(path, { recursive: true });
}

/** Undefined: there is none, it is no plain file, or it is too large. */
export async function readPlain(path: string, maxBytes: number): Promise<string | undefined> {
	const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(() => undefined);
	if (handle === undefined) return undefined;
	try {
		const found = await handle.stat();
		return found.isFile() && found.size <= maxBytes ? await handle.readFile('utf8') : undefined;
	} finally {
		await handle.close();
	}
}

/** Replaces whatever stands there: a rename does not follow a link at its end. */
export async function replace(path: string, text: string): Promise<void> {
	const aside = join(dirname(path), `.maestro-${randomUUID()}`);
	try {
		const there = await lstat(path).catch(() => undefined);
		if (there?.isDirectory() === true) await rm(path, { recursive: true, force: true });
		await writeFile(aside, text, { flag: 'wx' });
		await rename(aside, path);
	} catch (error) {
		await unlink(aside).catch(() => undefined);
		throw new MaestroError('disk', `The playbook could not be written: ${messageOf(error)}`, "Check the space and the permissions of Maestro's data directory.", {}, error);
	}
}

/** All files below a folder, by their paths in it; bounded. */
export async function listFiles(top: string, at = '', found: string[] = []): Promise<string[]> {
	for (const entry of await readdir(join(top, at), { withFileTypes: true }).catch(() => [])) {
		if (found.length >= MAX_ENTRIES) break;
		const path = join(at, entry.name);
		if (entry.isDirectory()) await listFiles(top, path, found);
		else found.push(path);
	}
	return found;
}
