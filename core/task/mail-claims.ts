import { MaestroError } from '../errors';
import { isDead, type Probe } from './leases';
import { isLockSafe, withLock } from './locks';
import type { Lock } from './records';
import { later, type TaskTools } from './tools';

/*
 * Every mail that goes on to an agent leaves two rows in maestro_locks: one that names it, for some days, so that it goes on once; and one without
 * a name, for an hour, so that all executions together let no more through than the owner wants. Both are written under one lock.
 */

const REMEMBER_MS = 7 * 24 * 3600_000;
const HOUR_MS = 3600_000;
const LEASE_MS = 60_000;
const WAIT_MS = 120_000;
const MOST_CLAIMS = 50;

export interface MailClaim {
	/** Whose limit it is. */
	readonly scope: string;
	/** The same for the same mail only. */
	readonly mail: string;
	readonly executionId: string;
	/** Its place in the execution: one that asks again gets the same answer. */
	readonly item: number;
	/** 0: no limit. */
	readonly maxPerHour: number;
	/** A person started this by hand: what others did with the mail does not count. */
	readonly byHand: boolean;
	readonly probe: Probe;
}

export type MailTurn =
	/** The caller's to go on with. */
	| { readonly kind: 'new' }
	/** Another execution has it, or had it and finished. */
	| { readonly kind: 'seen'; readonly executionId: string }
	| { readonly kind: 'storm' };

function ownerOf({ executionId, item }: Pick<MailClaim, 'executionId' | 'item'>): string {
	return `${executionId}/${item}`;
}

function executionOf({ owner }: Lock): string {
	return owner.split('/', 1)[0] ?? '';
}

/** An execution that finished has done with its mail. One that broke off has not: its claim counts no more, or the mail would be lost. */
async function isInTheWay(claim: MailClaim, row: Lock, signal: AbortSignal): Promise<boolean> {
	if (claim.byHand || row.owner === ownerOf(claim)) return false;
	if (executionOf(row) === claim.executionId) return true;
	const state = await claim.probe(executionOf(row), signal);
	return state === 'finished' || !isDead(state);
}

/** Takes a mail that is to go on to an agent, at most once and not beyond the limit of the hour. */
export async function claimMail(tools: TaskTools, claim: MailClaim, signal: AbortSignal): Promise<MailTurn> {
	const { locks } = tools.store;
	const key = `mail:${claim.scope}:${claim.mail}`;
	const hourKey = `mails-of-the-hour:${claim.scope}`;
	const live = async (wanted: string, limit: number): Promise<Lock[]> => await locks.find({ key: { eq: wanted }, expiresAt: { gt: tools.clock.now().toISOString() } }, { limit, newestFirst: true }, signal);
	const take = async (lock: Lock): Promise<MailTurn> => {
		const before = await live(key, MOST_CLAIMS);
		if (before.some((row) => row.owner === ownerOf(claim))) return { kind: 'new' };
		for (const row of before) if (await isInTheWay(claim, row, signal)) return { kind: 'seen', executionId: executionOf(row) };
		if (claim.maxPerHour > 0 && (await live(hourKey, claim.maxPerHour)).length >= claim.maxPerHour) return { kind: 'storm' };
		if (!isLockSafe(tools, lock, LEASE_MS)) throw new MaestroError('lost_race', 'n8n answered too slowly to settle who takes a mail', 'Run this again; n8n may be overloaded.');
		const row = { version: 1, owner: ownerOf(claim) };
		await locks.insert([{ ...row, key: hourKey, expiresAt: later(tools, HOUR_MS) }, { ...row, key, expiresAt: later(tools, REMEMBER_MS) }], signal);
		return { kind: 'new' };
	};
	return await withLock(tools, `mails:${claim.scope}`, { leaseMs: LEASE_MS, waitMs: WAIT_MS }, take, signal);
}
