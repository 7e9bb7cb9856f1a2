import { pullRequestKey, type PullRequestRef } from '../../core/github/github';
import { decideVerdict } from '../../core/github/pull-request-state';
import { verdictContext } from '../../core/task/feedback';
import type { Wait } from '../../core/task/records';
import type { Where } from '../../core/task/store';
import { freeSlots } from '../../core/task/dispatch';
import { changeTask } from '../shared/records';
import type { Github, Services } from '../shared/services';

const MOST_WAITS = 2000;
/** A wait that was woken and whose execution still sleeps after this long was woken by somebody who died. */
const WOKEN_FOR_MS = 2 * 60_000;

export interface WaitReport {
	readonly waiting: number;
	readonly woken: number;
	/** The execution is gone; the task is started again by the sweep of tasks. */
	readonly lost: number;
	readonly failed: number;
}

/** What a webhook named. */
export interface Named {
	readonly pullRequests: readonly PullRequestRef[];
	/** All waits of these. */
	readonly repositories: readonly string[];
}

function isNamed(named: Named, ref: PullRequestRef): boolean {
	const repository = ref.repository.toLowerCase();
	return named.repositories.some((name) => name.toLowerCase() === repository) || named.pullRequests.some((candidate) => pullRequestKey(candidate) === pullRequestKey(ref));
}

/** Woken, but the execution sleeps on: the one that woke it died before n8n went on. */
async function reopenHalfWoken(services: Services, signal: AbortSignal): Promise<void> {
	const before = new Date(services.clock.now().getTime() - WOKEN_FOR_MS).toISOString();
	const woken = await services.store.waits.find({ status: { eq: 'woken' }, checkedAt: { lt: before } }, { limit: MOST_WAITS, newestFirst: true }, signal);
	const seen = new Set<string>();
	for (const wait of woken) {
		// An execution may have slept before; only its newest wait can be the one that it sleeps in.
		const isNewest = !seen.has(wait.executionId);
		seen.add(wait.executionId);
		const state = await services.n8n.executionState(wait.executionId, signal);
		if (state === 'unknown') continue;
		await services.store.waits.update({ id: { eq: wait.id }, status: { eq: 'woken' } }, { status: state === 'waiting' && isNewest ? 'waiting' : 'ended' }, signal);
	}
}

/** A merge can make twenty pull requests conflict at once: their agents must not all start at once. */
class Slots {
	private free: number | undefined;

	constructor(
		private readonly services: Services,
		private readonly signal: AbortSignal,
	) {}

	async take(): Promise<boolean> {
		this.free ??= await freeSlots(this.services, this.signal);
		if (this.free <= 0) return false;
		this.free--;
		return true;
	}
}

/** Only a person can bring it on now: the task says so, where a person looks. */
async function callPerson(services: Services, wait: Wait, reason: string, signal: AbortSignal): Promise<void> {
	// One that a person gave up keeps the reason that it has.
	await changeTask(services, wait.taskId, (task) => (task.status === 'in_review' ? { statusReason: reason } : {}), signal, (task) => (task.status === 'in_review' ? [{ type: 'note', message: `Waits: ${reason}` }] : []));
}

async function wakeOne(services: Services, wait: Wait, signal: AbortSignal): Promise<keyof WaitReport> {
	const status = await services.n8n.wake(wait.resumeUrl, { waitId: wait.id }, signal).catch(() => 0);
	if (status >= 200 && status < 300) return 'woken';
	const state = await services.n8n.executionState(wait.executionId, signal);
	if (state === 'waiting' || state === 'running' || state === 'unknown') return 'failed';
	await services.store.waits.update({ id: { eq: wait.id }, status: { eq: 'waiting' } }, { status: 'ended', lastVerdict: `its execution is ${state}` }, signal);
	return 'lost';
}

/**
 * Looks at all awaited pull requests, or at those that a webhook named, with one GraphQL call for each 25, and wakes the executions of
 * those that need someone. The verdict is taken again by the one who wakes; here it only spares calls.
 */
export async function sweepWaits(services: Services, github: Github, named: Named | undefined, signal: AbortSignal): Promise<WaitReport> {
	if (named === undefined) await reopenHalfWoken(services, signal);
	const where: Where<Wait> = { status: { eq: 'waiting' } };
	const all = await services.store.waits.find(where, { limit: MOST_WAITS }, signal);
	const refOf = (wait: Wait): PullRequestRef => ({ repository: wait.repository, number: wait.pullRequestNumber });
	const waits = all.filter((wait) => named === undefined || isNamed(named, refOf(wait)));
	const refs = new Map(waits.map((wait) => [pullRequestKey(refOf(wait)), refOf(wait)]));
	const snapshots = refs.size === 0 ? new Map<string, undefined>() : await github.client.snapshots([...refs.values()], signal);
	const report = { waiting: 0, woken: 0, lost: 0, failed: 0 };
	const now = services.clock.now();
	const slots = new Slots(services, signal);
	for (const wait of waits) {
		const snapshot = snapshots.get(pullRequestKey(refOf(wait)));
		const over = wait.timeoutAt !== null && wait.timeoutAt <= now.toISOString();
		const verdict = snapshot === undefined ? undefined : decideVerdict(snapshot, verdictContext(wait, now));
		const reason = verdict?.kind === 'wait' ? verdict.reason : verdict === undefined ? 'GitHub does not show the pull request' : '';
		const isRound = verdict?.kind === 'changes_requested' || verdict?.kind === 'checks_failed' || verdict?.kind === 'conflict';
		if (isRound && !over && !(await slots.take())) {
			report.waiting++;
			continue;
		}
		if (over || (verdict !== undefined && verdict.kind !== 'wait')) {
			report[await wakeOne(services, wait, signal)]++;
			continue;
		}
		report.waiting++;
		// Only a change is written: a sweep over many quiet waits costs no more than one read.
		if (reason === wait.lastVerdict) continue;
		await services.store.waits.update({ id: { eq: wait.id }, status: { eq: 'waiting' } }, { lastVerdict: reason, checkedAt: now.toISOString() }, signal);
		if (verdict?.kind === 'wait' && verdict.needsPerson) await callPerson(services, wait, reason, signal);
	}
	return report;
}
