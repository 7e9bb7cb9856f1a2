import { MaestroError } from '../errors';
import type { Lock } from './records';
import { backOff, isPast, later, type TaskTools } from './tools';

/*
 * Data tables have no unique index, so that two can always insert a row for one key. A lock therefore is a flag: who
 * wants it inserts a row of its own, then reads all rows of the key. Alone among the live ones, it has the lock. Of two
 * at once the one that inserted last is sure to see the other, so never both are alone. Who sees a lower id takes its own
 * row away and tries later; the lowest stays until the others have gone. A row counts until its lease ends, so that a
 * crash blocks no one for longer.
 */

export const HELD = 1;
/** A key that has been used up (see claim-once.ts). */
export const USED_UP = 2;
const MAX_PRUNED = 200;
/** More rows of others than this, and what is read is not all. */
const MOST_OTHERS = 500;
export const FREE_MS = 5_000;

type Attempt = { kind: 'held'; locks: Lock[] } | { kind: 'busy' } | { kind: 'used_up' };

export async function discard(tools: TaskTools, lock: Lock, signal: AbortSignal): Promise<void> {
	await tools.store.locks.remove({ id: { eq: lock.id }, version: { eq: lock.version } }, signal);
}

/** All of the keys or none. */
export async function attemptLocks(tools: TaskTools, keys: readonly string[], leaseMs: number, signal: AbortSignal): Promise<Attempt> {
	const owner = tools.newToken();
	return await orNothing(tools, owner, async () => await attemptAs(tools, owner, keys, leaseMs, signal));
}

async function attemptAs(tools: TaskTools, owner: string, keys: readonly string[], leaseMs: number, signal: AbortSignal): Promise<Attempt> {
	const { locks } = tools.store;
	const mine = await locks.insert(keys.map((key) => ({ key, expiresAt: later(tools, leaseMs), version: HELD, owner })), signal);
	const isMine = ({ id }: Lock): boolean => mine.some((lock) => lock.id === id);
	for (let look = 0; ; look++) {
		const rows = await locks.find({ anyOf: keys.map((key) => ({ key: { eq: key } })) }, { limit: MOST_OTHERS }, signal);
		const now = tools.clock.now();
		for (const dead of rows.filter((row) => isPast(row.expiresAt, now) && !isMine(row))) await discard(tools, dead, signal);
		const live = rows.filter((row) => !isPast(row.expiresAt, now));
		const usedUp = live.some((row) => row.version === USED_UP);
		const isMineLive = live.filter(isMine).length === keys.length;
		if (!usedUp && isMineLive && live.length === keys.length) return { kind: 'held', locks: mine };
		const isLater = live.some((row) => !isMine(row) && mine.some(({ key, id }) => key === row.key && row.id < id));
		if (usedUp || !isMineLive || isLater || look >= 6) {
			await locks.remove({ owner: { eq: owner }, version: { eq: HELD } }, signal);
			return { kind: usedUp ? 'used_up' : 'busy' };
		}
		await backOff(tools, look, signal);
	}
}

/** One try for all of the keys; undefined when another has one of them. Costs two operations, and one to release, however many they are. */
export async function claimLocks(tools: TaskTools, keys: readonly string[], leaseMs: number, signal: AbortSignal): Promise<Lock[] | undefined> {
	const attempt = await attemptLocks(tools, [...new Set(keys)], leaseMs, signal);
	return attempt.kind === 'held' ? attempt.locks : undefined;
}

export async function claimLock(tools: TaskTools, key: string, leaseMs: number, signal: AbortSignal): Promise<Lock | undefined> {
	return (await claimLocks(tools, [key], leaseMs, signal))?.[0];
}

interface Taken {
	/** Those of one's own whose keys nobody else has or wants just now; all others are given back. */
	readonly free: readonly Lock[];
	/** What counts of all that is there for the keys. */
	readonly live: readonly Lock[];
}

/** What `work` may have written for its claim goes where it fails, as far as n8n can be reached: whoever tries again must not wait for its own leavings. */
async function orNothing<T>({ store }: TaskTools, owner: string, work: () => Promise<T>): Promise<T> {
	try {
		return await work();
	} catch (error) {
		// That this fails too says nothing new.
		await store.locks.remove({ owner: { eq: owner }, version: { eq: HELD } }, AbortSignal.timeout(FREE_MS)).catch(() => 0);
		throw error;
	}
}

/** One try for each of the keys by itself. */
export async function takeFree(tools: TaskTools, keys: readonly string[], owner: string, leaseMs: number, signal: AbortSignal): Promise<Taken> {
	const { locks } = tools.store;
	const mine = await locks.insert(keys.map((key) => ({ key, expiresAt: later(tools, leaseMs), version: HELD, owner })), signal);
	const most = keys.length + MOST_OTHERS;
	const rows = await locks.find({ anyOf: keys.map((key) => ({ key: { eq: key } })) }, { limit: most }, signal);
	const now = tools.clock.now();
	const live = rows.filter((row) => !isPast(row.expiresAt, now));
	const free = mine.filter((lock) => {
		const same = live.filter(({ key }) => key === lock.key);
		return rows.length < most && same.length === 1 && same[0]?.id === lock.id;
	});
	const others = mine.filter((lock) => !free.includes(lock));
	if (others.length > 0) await locks.remove({ anyOf: others.map(({ id }) => ({ id: { eq: id } })) }, signal);
	return { free, live };
}

/** One try for each of the keys: the locks of those that nobody else has or wants just now. Costs two operations, and a third where some are left to others. */
export async function claimFreeLocks(tools: TaskTools, keys: readonly string[], leaseMs: number, signal: AbortSignal): Promise<readonly Lock[]> {
	const owner = tools.newToken();
	return await orNothing(tools, owner, async () => (await takeFree(tools, [...new Set(keys)], owner, leaseMs, signal)).free);
}

/** To be asked before a write that the lock guards: with less than a quarter of its lease left it no longer does. */
export function isLockSafe(tools: TaskTools, lock: Lock, leaseMs: number): boolean {
	return lock.expiresAt !== null && Date.parse(lock.expiresAt) - tools.clock.now().getTime() > leaseMs / 4;
}

/** Gives back what one claim gave: the owner is the claim's. */
export async function releaseLocks(tools: TaskTools, [first]: readonly Lock[], signal: AbortSignal): Promise<void> {
	if (first !== undefined) await tools.store.locks.remove({ owner: { eq: first.owner }, version: { eq: HELD } }, signal);
}

export async function releaseLock(tools: TaskTools, lock: Lock, signal: AbortSignal): Promise<void> {
	await releaseLocks(tools, [lock], signal);
}

/** Gives what one claim gave, where it is still held, its whole lease again. For long work, so that the lease may be short and a crash blocks no one for long. */
export async function renewLocks(tools: TaskTools, [first]: readonly Lock[], leaseMs: number, signal: AbortSignal): Promise<void> {
	if (first !== undefined) await tools.store.locks.update({ owner: { eq: first.owner }, version: { eq: HELD } }, { expiresAt: later(tools, leaseMs) }, signal);
}

export async function renewLock(tools: TaskTools, lock: Lock, leaseMs: number, signal: AbortSignal): Promise<void> {
	await renewLocks(tools, [lock], leaseMs, signal);
}

export interface LockOptions {
	readonly leaseMs: number;
	/** How long to wait for it. */
	readonly waitMs: number;
}

/** Does `work` while holding the lock. Throws `lost_race` when others held it all the time. */
export async function withLock<T>(
	tools: TaskTools,
	key: string,
	options: LockOptions,
	work: (lock: Lock) => Promise<T>,
	signal: AbortSignal,
): Promise<T> {
	const until = tools.clock.now().getTime() + options.waitMs;
	for (let attempt = 0; ; attempt++) {
		const lock = await claimLock(tools, key, options.leaseMs, signal);
		if (lock !== undefined) {
			try {
				return await work(lock);
			} finally {
				await releaseLock(tools, lock, signal).catch((error: unknown) => {
					// The lease ends by itself; what `work` threw must not be hidden behind this.
					if (!signal.aborted) throw error;
				});
			}
		}
		if (tools.clock.now().getTime() >= until) {
			throw new MaestroError(
				'lost_race',
				`Others held the lock "${key}" for ${options.waitMs} ms`,
				'Run this again. If it stays so, look in maestro_locks for a row of this key that does not go away.',
				{ key },
			);
		}
		await backOff(tools, attempt + 2, signal);
	}
}

/** Takes away rows whose lease or time to live has ended, unless somebody renews one of them just now. */
export async function pruneLocks(tools: TaskTools, signal: AbortSignal): Promise<number> {
	const dead = await tools.store.locks.find({ expiresAt: { lt: tools.clock.now().toISOString() } }, { limit: MAX_PRUNED }, signal);
	for (const lock of dead) await discard(tools, lock, signal);
	return dead.length;
}
