import { MaestroError } from '../errors';
import { compareAndSet } from './compare-and-set';
import { attemptLocks, discard, FREE_MS, HELD, takeFree, USED_UP } from './locks';
import { backOff, later, type TaskTools } from './tools';

/*
 * A key that only one may ever have, such as the delivery of a webhook. It is locked (locks.ts), and while the lock holds its row becomes one that says that the
 * key is used up.
 */

const CLAIM_LEASE_MS = 30_000;

/**
 * Gives true for the first caller with this key and false for every later one until `ttlMs` have passed. A caller that
 * crashes half-way leaves the key free again after half a minute.
 */
export async function claimOnce(tools: TaskTools, key: string, ttlMs: number, signal: AbortSignal): Promise<boolean> {
	for (let attempt = 0; attempt < 200; attempt++) {
		const result = await attemptLocks(tools, [key], CLAIM_LEASE_MS, signal);
		if (result.kind === 'used_up') return false;
		const [lock] = result.kind === 'held' ? result.locks : [];
		if (lock !== undefined) {
			const used = await compareAndSet(tools.store.locks, lock, { expiresAt: later(tools, ttlMs) }, tools.newToken(), signal);
			if (used !== undefined) return true;
		}
		await backOff(tools, attempt, signal);
	}
	throw new MaestroError('lost_race', `Nobody could settle who takes "${key}"`, 'Send it again; look in maestro_locks for rows of this key.', { key });
}

/**
 * As claimOnce, for many keys in three operations however many there are: true for each key that is the caller's. A key that is in
 * the list twice is the caller's once. Where it fails the keys are free again, as far as n8n can be reached.
 */
export async function claimEachOnce(tools: TaskTools, keys: readonly string[], ttlMs: number, signal: AbortSignal): Promise<boolean[]> {
	const [owner, token] = [tools.newToken(), tools.newToken()];
	try {
		return await claimAllOnce(tools, keys, ttlMs, { owner, token }, signal);
	} catch (error) {
		// Whoever is told of the failure sends it again, and must not find it taken. That this fails too says nothing new.
		await tools.store.locks.remove({ anyOf: [{ owner: { eq: owner } }, { owner: { eq: token } }] }, AbortSignal.timeout(FREE_MS)).catch(() => []);
		throw error;
	}
}

async function claimAllOnce(tools: TaskTools, keys: readonly string[], ttlMs: number, { owner, token }: { readonly owner: string; readonly token: string }, signal: AbortSignal): Promise<boolean[]> {
	const { locks } = tools.store;
	const wanted = [...new Set(keys)];
	const { free: alone, live } = await takeFree(tools, wanted, owner, CLAIM_LEASE_MS, signal);
	const usedUp = new Set(live.filter((row) => row.version === USED_UP).map(({ key }) => key));
	// All that is left of them in one write: n8n would take one for each row where both its id and its version are named.
	if (alone.length > 0) await locks.update({ owner: { eq: owner }, version: { eq: HELD } }, { version: USED_UP, owner: token, expiresAt: later(tools, ttlMs) }, signal);
	// Read back: what was written although its answer was lost counts as well.
	const taken = alone.length === 0 ? [] : await locks.find({ owner: { eq: token } }, { limit: alone.length }, signal);
	const won = new Set(taken.map(({ key }) => key));
	for (const lock of alone.filter(({ key }) => !won.has(key))) await discard(tools, lock, signal);
	for (const key of wanted.filter((each) => !won.has(each) && !usedUp.has(each))) if (await claimOnce(tools, key, ttlMs, signal)) won.add(key);
	return keys.map((key) => won.delete(key));
}
