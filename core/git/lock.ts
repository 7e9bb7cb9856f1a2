import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MaestroError } from '../errors';
import { here } from '../process';
import { codeOf, diskFailure, isMissing, isTaken } from './failure';

export interface LockTimes {
	/** A lock that was not touched for that long belongs to nobody. */
	readonly staleMs: number;
	readonly heartbeatMs: number;
	readonly waitMs: number;
}

const TIMES: LockTimes = { staleMs: 60_000, heartbeatMs: 15_000, waitMs: 15 * 60_000 };

/** Who waits for what within this process; a promise that settles when the last one in the line is done. */
const lines = new Map<string, Promise<void>>();

/** Runs `work` while nobody else, in this process or another one that shares the data directory, holds the same lock file. */
export async function withLock<T>(file: string, signal: AbortSignal, work: () => Promise<T>, times: LockTimes = TIMES): Promise<T> {
	const before = lines.get(file) ?? Promise.resolve();
	let done = (): void => undefined;
	const mine = new Promise<void>((resolve) => {
		done = resolve;
	});
	const line = before.then(() => mine);
	lines.set(file, line);
	const until = Date.now() + times.waitMs;
	try {
		await turn(before, signal, times.waitMs, file);
		const release = await acquire(file, signal, until, times);
		try {
			return await work();
		} finally {
			await release();
		}
	} finally {
		done();
		if (lines.get(file) === line) lines.delete(file);
	}
}

async function turn(before: Promise<void>, signal: AbortSignal, waitMs: number, file: string): Promise<void> {
	const stop = new AbortController();
	const late = sleep(waitMs, 'late' as const, { signal: AbortSignal.any([signal, stop.signal]), ref: false }).catch(() => 'stopped' as const);
	const first = await Promise.race([before.then(() => 'turn' as const), late]);
	stop.abort();
	if (signal.aborted) throw cancelled();
	if (first === 'late') throw busy(file);
}

async function acquire(file: string, signal: AbortSignal, until: number, times: LockTimes): Promise<() => Promise<void>> {
	const token = randomUUID();
	const content = JSON.stringify({ pid: process.pid, host: here(), token });
	await mkdir(dirname(file), { recursive: true });
	for (let pause = 20; ; pause = Math.min(pause * 2, 500)) {
		if (signal.aborted) throw cancelled();
		if (await create(file, content)) break;
		if (await breakStale(file, times.staleMs)) continue;
		if (Date.now() > until) throw busy(file);
		await sleep(pause, undefined, { signal }).catch(() => undefined);
	}
	const beat = setInterval(() => {
		const now = new Date();
		// A lock that cannot be touched goes stale, which the next one in line notices.
		utimes(file, now, now).catch(() => undefined);
	}, times.heartbeatMs);
	beat.unref();
	return async () => {
		clearInterval(beat);
		if ((await read(file)) === content) await rm(file, { force: true });
	};
}

async function create(file: string, content: string): Promise<boolean> {
	try {
		const handle = await open(file, 'wx', 0o600);
		try {
			await handle.writeFile(content);
		} finally {
			await handle.close();
		}
		return true;
	} catch (error) {
		if (isTaken(error)) return false;
		throw diskFailure(`Making the lock ${file}`, error);
	}
}

async function read(file: string): Promise<string | undefined> {
	try {
		return await readFile(file, 'utf8');
	} catch (error) {
		if (isMissing(error)) return undefined;
		throw error;
	}
}

/** True: the way may be free now. */
async function breakStale(file: string, staleMs: number): Promise<boolean> {
	const content = await read(file);
	if (content === undefined) return true;
	if (!(await isStale(file, content, staleMs))) return false;
	const aside = `${file}.${randomUUID()}`;
	try {
		await rename(file, aside);
		// Between the look and the rename somebody else may have broken it and taken it: then it goes back.
		if ((await read(aside)) !== content) await link(aside, file).catch(() => undefined);
		await rm(aside, { force: true });
	} catch (error) {
		if (!isMissing(error)) throw error;
	}
	return true;
}

async function isStale(file: string, content: string, staleMs: number): Promise<boolean> {
	let age: number;
	try {
		age = Date.now() - (await stat(file)).mtimeMs;
	} catch (error) {
		if (isMissing(error)) return true;
		throw error;
	}
	if (age > staleMs) return true;
	const owner = parseOwner(content);
	// Half written: its writer is just at it.
	if (owner === undefined || owner.host !== here()) return false;
	return owner.pid !== process.pid && !isAlive(owner.pid);
}

function parseOwner(content: string): { pid: number; host: string } | undefined {
	try {
		const owner: unknown = JSON.parse(content);
		if (typeof owner !== 'object' || owner === null || !('pid' in owner) || !('host' in owner)) return undefined;
		if (typeof owner.pid !== 'number' || typeof owner.host !== 'string') return undefined;
		return { pid: owner.pid, host: owner.host };
	} catch {
		return undefined;
	}
}

function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return codeOf(error) === 'EPERM';
	}
}

const cancelled = (): MaestroError => new MaestroError('cancelled', 'Waiting for a repository was cancelled', 'Start it again when it is wanted.');

const busy = (file: string): MaestroError =>
	new MaestroError('git_failed', `The repository is held by another process for too long (${file})`, 'See whether a fetch hangs on this host or another worker, then start the task again.', { transient: true });
