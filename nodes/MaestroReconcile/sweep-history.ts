import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pruneAliases } from '../../core/task/aliases';
import { pruneEvents } from '../../core/task/events';
import { pruneLocks } from '../../core/task/locks';
import type { Task } from '../../core/task/records';
import type { Where } from '../../core/task/store';
import type { Services } from '../shared/services';
import { prunePictures } from './prune-pictures';

const DAY_MS = 24 * 3600 * 1000;
const KEEP_EVENTS = 20_000;
/** A thread that slept for half a year begins anew. */
const KEEP_ALIASES_MS = 180 * DAY_MS;
/** A sweep runs each minute; what is left over is for the next. */
const BATCH = 100;

export interface HistoryReport {
	readonly events: number;
	readonly waits: number;
	readonly texts: number;
	readonly folders: number;
}

async function pruneWaits(services: Services, before: string, signal: AbortSignal): Promise<number> {
	const ended = await services.store.waits.find({ status: { neq: 'waiting' }, checkedAt: { lt: before } }, { limit: BATCH }, signal);
	if (ended.length === 0) return 0;
	return await services.store.waits.remove({ anyOf: ended.map(({ id }) => ({ id: { eq: id } })) }, signal);
}

/** The text of a finished task is the largest thing in the tables; its title, links and timeline stay. */
async function pruneTexts(services: Services, before: string, signal: AbortSignal): Promise<number> {
	const where: Where<Task> = { status: { eq: 'completed' }, body: { neq: '' }, finishedAt: { lt: before } };
	const old = await services.store.tasks.find(where, { limit: BATCH }, signal);
	if (old.length === 0) return 0;
	const changed = await services.store.tasks.update({ anyOf: old.map(({ id }) => ({ id: { eq: id } })) }, { body: '' }, signal);
	return changed.length;
}

/** Conversations and transcripts that nobody has touched for so long; each lies in a folder of its own. */
async function pruneFolders(parent: string, before: number, signal: AbortSignal): Promise<number> {
	const entries = await readdir(parent, { withFileTypes: true }).catch(() => []);
	let removed = 0;
	for (const entry of entries) {
		if (removed >= BATCH || !entry.isDirectory()) continue;
		signal.throwIfAborted();
		const path = join(parent, entry.name);
		const touched = await stat(path).catch(() => undefined);
		if (touched === undefined || touched.mtimeMs >= before) continue;
		await rm(path, { recursive: true, force: true });
		removed++;
	}
	return removed;
}

/** Keeps tables and disk bounded: events by age and count, ended waits, texts of finished tasks, old transcripts, conversations and pictures. */
export async function sweepHistory(services: Services, keepDays: { readonly events: number; readonly transcripts: number }, signal: AbortSignal): Promise<HistoryReport> {
	const now = services.clock.now().getTime();
	const before = new Date(now - keepDays.events * DAY_MS).toISOString();
	const oldest = now - keepDays.transcripts * DAY_MS;
	const report = {
		events: await pruneEvents(services, { maxAgeMs: keepDays.events * DAY_MS, maxCount: KEEP_EVENTS }, signal),
		waits: await pruneWaits(services, before, signal),
		texts: await pruneTexts(services, before, signal),
		folders: (await pruneFolders(join(services.dataDir, 'transcripts'), oldest, signal)) + (await pruneFolders(join(services.dataDir, 'sessions'), oldest, signal)) + (await prunePictures(services, oldest, signal)),
	};
	await pruneLocks(services, signal);
	await pruneAliases(services, KEEP_ALIASES_MS, signal);
	return report;
}
