/** The pictures that came with a task, as files that its agents can look at. */
import type { Buffer } from 'node:buffer';
import { createHash, randomUUID } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { lstat, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MaestroError, messageOf } from '../errors';
import { mustBeFolder } from '../step/plain-files';
import { pictureKind } from './kind';

/** Of one task, however many mails it has. */
export const MOST_PICTURES = 10;
const LARGEST = 5_000_000;
const ALL_BYTES = 20_000_000;

/** The number is for its reader; the hash keeps two from having one name, and one picture from being kept twice. */
const NAME = /^image-(\d{1,3})-([0-9a-f]{16})\.(?:png|jpg|gif|webp)$/;

export interface KeptPicture {
	readonly path: string;
	readonly bytes: number;
}

interface Found extends KeptPicture {
	readonly number: number;
	readonly hash: string;
}

export type Keeping = 'kept' | 'kept_before' | 'no_picture' | 'too_large' | 'full';

export const picturesFolder = (dataDir: string): string => join(dataDir, 'images');
export const picturesOf = (dataDir: string, taskId: number): string => join(picturesFolder(dataDir), String(taskId));

async function look(folder: string): Promise<Found[]> {
	// An agent with a shell can put anything here: what is no plain file is not told to the next one.
	const isFolder = (await lstat(folder).catch(() => undefined))?.isDirectory() === true;
	const entries: Dirent[] = isFolder ? await readdir(folder, { withFileTypes: true }).catch(() => []) : [];
	const found: Found[] = [];
	for (const { name } of entries.filter((entry) => entry.isFile())) {
		const [, number, hash] = NAME.exec(name) ?? [];
		if (number === undefined || hash === undefined) continue;
		const path = join(folder, name);
		const file = await lstat(path).catch(() => undefined);
		if (file !== undefined) found.push({ path, bytes: file.size, number: Number(number), hash });
	}
	const inOrder = found.sort((left, right) => left.number - right.number || left.hash.localeCompare(right.hash));
	// Two executions that keep the same mail at one moment may each give a picture a number.
	return inOrder.filter(({ hash }, at) => inOrder.findIndex((other) => other.hash === hash) === at);
}

/** In the order in which they came. */
export async function keptPictures(dataDir: string, taskId: number): Promise<KeptPicture[]> {
	return (await look(picturesOf(dataDir, taskId))).slice(0, MOST_PICTURES).map(({ path, bytes }) => ({ path, bytes }));
}

/** Keeps one for a task, once, and within bounds. Throws `disk`. */
export async function keepPicture(dataDir: string, taskId: number, content: Buffer): Promise<Keeping> {
	if (content.length > LARGEST) return 'too_large';
	const kind = pictureKind(content);
	if (kind === undefined) return 'no_picture';
	const folder = picturesOf(dataDir, taskId);
	const hash = createHash('sha256').update(content).digest('hex').slice(0, 16);
	const there = await look(folder);
	if (there.some((each) => each.hash === hash)) return 'kept_before';
	const bytes = there.reduce((sum, each) => sum + each.bytes, content.length);
	if (there.length >= MOST_PICTURES || bytes > ALL_BYTES) return 'full';
	const aside = join(folder, `.coming-${randomUUID()}`);
	try {
		await mkdir(picturesFolder(dataDir), { recursive: true, mode: 0o700 });
		await mustBeFolder(folder);
		await writeFile(aside, content, { flag: 'wx', mode: 0o600 });
		await rename(aside, join(folder, `image-${(there.at(-1)?.number ?? 0) + 1}-${hash}.${kind}`));
		return 'kept';
	} catch (error) {
		await rm(aside, { force: true }).catch(() => undefined);
		throw new MaestroError('disk', `A picture of task ${taskId} could not be kept: ${messageOf(error)}`, "Check the space and the permissions of Maestro's data directory.", { task: taskId }, error);
	}
}

export async function removePictures(dataDir: string, taskId: number): Promise<void> {
	await rm(picturesOf(dataDir, taskId), { recursive: true, force: true });
}
