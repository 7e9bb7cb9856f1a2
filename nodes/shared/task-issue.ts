import { createHash } from 'node:crypto';
import { isMaestroError, MaestroError, type MaestroErrorCode } from '../../core/errors';
import { issueFingerprint, noteAliases } from '../../core/task/aliases';
import { isLockSafe, renewLock, withLock } from '../../core/task/locks';
import type { Lock, Task } from '../../core/task/records';
import { isPast, later } from '../../core/task/tools';
import { withoutEffects } from './markdown';
import { changeTask, requireTask } from './records';
import type { Github, Services } from './services';

/** One making ends well within this: a limit of GitHub is waited out for a minute at most, and a request takes half a minute. */
const LEASE_MS = 120_000;
const MAKING_MS = 90_000;
const WAIT_MS = 60_000;
const TURNS = 3;
const PASSING: ReadonlySet<MaestroErrorCode> = new Set(['github_unavailable', 'github_rate_limit', 'github_broken_response', 'lost_race', 'lease_lost', 'cancelled']);

export interface IssueText {
	readonly body: string;
	readonly labels: readonly string[];
}

/** The same in one n8n for ever, also after a restored backup, and another one in each other n8n: both may count tasks from 1 and write as one account. */
export function taskMarker({ id, createdAt }: Pick<Task, 'id' | 'createdAt'>): string {
	const made = createHash('sha256').update(String(Date.parse(createdAt))).digest('hex').slice(0, 12);
	return `maestro-task-${id}-${made}`;
}

/** What the issue of a task says that a signal made. What Sentry said stands in it as code, which does nothing already. */
export function issueOf({ source, body, issueLabels }: Pick<Task, 'source' | 'body' | 'issueLabels'>): IssueText {
	return { body: source === 'sentry' ? body : withoutEffects(body, Infinity), labels: issueLabels.split(',').filter((label) => label !== '') };
}

function turnOver(task: Task): MaestroError {
	return new MaestroError('lease_lost', `Making the issue of task ${task.id} took so long that somebody else may make it`, 'Run it again: an issue that is there by then is found.', { task: task.id });
}

/** To be asked before each making: renews the lock while nobody can have taken it, and bounds what is done under it. */
function turnsUnder(services: Services, held: Lock, task: Task): (signal: AbortSignal) => Promise<AbortSignal> {
	let lock = held;
	return async (signal) => {
		if (!isLockSafe(services, lock, LEASE_MS)) throw turnOver(task);
		const expiresAt = later(services, LEASE_MS);
		await renewLock(services, lock, LEASE_MS, signal);
		// The write itself may have come too late.
		if (isPast(lock.expiresAt, services.clock.now())) throw turnOver(task);
		lock = { ...lock, expiresAt };
		return AbortSignal.timeout(MAKING_MS);
	};
}

async function addUnder(services: Services, github: Github, lock: Lock, task: Task, issue: IssueText, signal: AbortSignal): Promise<Task> {
	const now = await requireTask(services, task.id, signal);
	if (now.issueNumber > 0) return now;
	const request = {
		...issue,
		repository: now.repository,
		title: withoutEffects(now.title, Infinity),
		marker: taskMarker(now),
		formerly: { marker: `maestro-task-${now.id}`, title: now.title, since: now.createdAt },
		turn: turnsUnder(services, lock, now),
	};
	const made = await github.client.createIssueOnce(request, signal);
	// First: what is said about the issue belongs to this task, whenever n8n goes away.
	await noteAliases(services, now.fingerprint, [issueFingerprint(now.repository, made.number)], signal);
	return await changeTask(services, now.id, () => ({ issueNumber: made.number, url: made.url, issueWish: 'none' }), signal);
}

/** Somebody else may make it by now; what GitHub did with the last request nobody knows. */
function isOver(error: unknown, signal: AbortSignal): boolean {
	return isMaestroError(error) && (error.code === 'lease_lost' || error.code === 'cancelled') && !signal.aborted;
}

/**
 * Makes the task's GitHub issue once, found again by its marker after a crash. Throws `lost_race` where others are about it
 * for longer than `waitMs`.
 */
export async function addIssue(services: Services, github: Github, task: Task, issue: IssueText, signal: AbortSignal, waitMs = WAIT_MS): Promise<Task> {
	for (let turn = 1; ; turn += 1) {
		try {
			// Looking for the marker and making the issue are two calls: copies of one signal must not come between.
			return await withLock(services, `issue:${task.id}`, { leaseMs: LEASE_MS, waitMs }, async (lock) => await addUnder(services, github, lock, task, issue, signal), signal);
		} catch (error) {
			if (turn >= TURNS || !isOver(error, signal)) throw error;
		}
	}
}

/** What went wrong says nothing of the issue: it can be made later. Of no use where the caller itself was stopped. */
export function isPassing(error: unknown): boolean {
	return isMaestroError(error) && PASSING.has(error.code);
}
