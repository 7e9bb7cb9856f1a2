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

const isOver = (found: readonly Found[]): boolean => found.length > MOST_PICTURES || found.reduce((sum, { bytes }) => sum + bytes, 0) > ALL_BYTES;

/** What an agent put there may have any number. */
function freeNumber(found: readonly Found[]): number {
	const taken = new Set(found.map(({ number }) => number));
	let number = 1;
	while (taken.has(number)) number += 1;
	return number;
}

const coming = new Map<string, Promise<unknown>>();

/** Looking and writing are two acts, so within one process a folder takes one picture after the other. */
async function inTurn<T>(folder: string, work: () => Promise<T>): Promise<T> {
	const turn = (coming.get(folder) ?? Promise.resolve()).then(work, work);
	coming.set(folder, turn);
	try {
		return await turn;
	} finally {
		if (coming.get(folder) === turn) coming.delete(folder);
	}
}

/** Writes a picture that is one. Throws whatever the disk says. */
async function write(dataDir: string, folder: string, content: Buffer, kind: string): Promise<Keeping> {
	const hash = createHash('sha256').update(content).digest('hex').slice(0, 16);
	const there = await look(folder);
	if (there.some((each) => each.hash === hash)) return 'kept_before';
	const path = join(folder, `image-${freeNumber(there)}-${hash}.${kind}`);
	if (isOver([...there, { path, bytes: content.length, number: 0, hash }])) return 'full';
	const aside = join(folder, `.coming-${randomUUID()}`);
	try {
		await mkdir(picturesFolder(dataDir), { recursive: true, mode: 0o700 });
		await mustBeFolder(folder);
		await writeFile(aside, content, { flag: 'wx', mode: 0o600 });
		await rename(aside, path);
	} catch (error) {
		await rm(aside, { force: true }).catch(() => undefined);
		throw error;
	}
	// Another worker may have written one meanwhile: whoever came last sees all others, so that the bounds hold, if at the price of one picture too few.
	if (!isOver(await look(folder))) return 'kept';
	await rm(path, { force: true });
	return 'full';
}

/** Keeps one for a task, once, and within bounds. Throws `disk`. */
export async function keepPicture(dataDir: string, taskId: number, content: Buffer): Promise<Keeping> {
	if (content.length > LARGEST) return 'too_large';
	const kind = pictureKind(content);
	if (kind === undefined) return 'no_picture';
	const folder = picturesOf(dataDir, taskId);
	try {
		return await inTurn(folder, async () => await write(dataDir, folder, content, kind));
	} catch (error) {
		throw new MaestroError('disk', `A picture of task ${taskId} could not be kept: ${messageOf(error)}`, "Check the space and the permissions of Maestro's data directory.", { task: taskId }, error);
	}
}

export async function removePictures(dataDir: string, taskId: number): Promise<void> {
	await rm(picturesOf(dataDir, taskId), { recursive: true, force: true });
}
