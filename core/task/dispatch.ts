import { isMaestroError } from '../errors';
import { updateTask } from './compare-and-set';
import { chooseReady, idsOf } from './dispatch-choice';
import { allSubscriptions, deliverEvents, wants, type Deliver } from './deliver';
import { appendEvents } from './events';
import { whyHeld } from './held';
import { TRIAGE_ONLY } from './ladder';
import { isLockSafe, withLock } from './locks';
import type { Project, Subscription, Task } from './records';
import type { Where } from './store';
import type { TaskTools } from './tools';

export const RESEND_AFTER_MS = 5 * 60_000;
const MAX_PENDING = 500;
const MAX_AT_WORK = 500;
const MAX_ROWS = 500;
const LOCK = { leaseMs: 30_000, waitMs: 15_000 } as const;

interface Dispatched {
	readonly tasks: Task[];
	readonly projects: readonly Project[];
	readonly subscriptions: Subscription[];
}

/** The greatest of all subscriptions; 0: no limit. */
function limitOf(subscriptions: readonly Subscription[]): number {
	const limits = subscriptions.map((subscription) => subscription.maxRunning);
	return limits.includes(0) ? 0 : Math.max(...limits);
}

/** How many agents more may work now, in all projects together; infinite where there is no limit or nobody subscribed. */
export async function freeSlots(tools: Pick<TaskTools, 'store'>, signal: AbortSignal): Promise<number> {
	const all = await allSubscriptions(tools, signal);
	const subscriptions = all.filter((subscription) => wants(subscription, 'task.ready', subscription.projectId));
	const limit = subscriptions.length === 0 ? 0 : limitOf(subscriptions);
	if (limit === 0) return Number.POSITIVE_INFINITY;
	const atWork = await tools.store.tasks.find({ status: { eq: 'in_progress' } }, { limit: MAX_AT_WORK }, signal);
	return limit - atWork.length;
}

/** Says on each pending task why it will not start by itself, and takes it away when that is over. Gives the rows as they stand then. */
async function noteHeld(tools: TaskTools, pending: readonly Task[], rows: ReadonlyMap<number, Task>, signal: AbortSignal): Promise<Map<number, Task>> {
	const noted = new Map(rows);
	for (const task of pending) {
		const held = whyHeld(task, rows);
		if (held === undefined ? task.heldBy === 0 : task.heldBy === held.heldBy && task.statusReason === held.reason) continue;
		const changed = await updateTask(tools, task, { heldBy: held?.heldBy ?? 0, statusReason: held?.reason ?? '' }, signal);
		// Where somebody was faster the old row stays: it keeps off what conflicts with it, and its own claim will fail.
		if (changed !== undefined) noted.set(task.id, changed);
	}
	return noted;
}

/** Whatever names a conflict and is neither pending nor over: a task is held off by it also where it does not name it itself. */
const CONFLICTING: Where<Task> = {
	conflictsWith: { neq: '' },
	status: [{ neq: 'pending' }, { neq: 'completed' }, { neq: 'failed' }, { neq: 'cancelled' }, { neq: 'archived' }],
};

/** Nothing runs for a task that may only be sorted, whoever made it pending: it says again what it needs. Gives the others. */
async function holdBack(tools: TaskTools, pending: readonly Task[], signal: AbortSignal): Promise<Task[]> {
	for (const task of pending.filter(({ reach }) => reach === 'triage')) {
		const held = await updateTask(tools, task, { status: 'blocked', statusReason: TRIAGE_ONLY }, signal);
		if (held !== undefined) await appendEvents(tools, [{ type: 'task.blocked', message: TRIAGE_ONLY, taskId: task.id }], signal);
	}
	return pending.filter(({ reach }) => reach !== 'triage');
}

/** What waits and what is at work, in one call of n8n unless there are more than a call should bring. */
async function waitingAndAtWork({ store }: TaskTools, signal: AbortSignal): Promise<{ readonly waiting: Task[]; readonly atWork: Task[] }> {
	const limit = MAX_PENDING + MAX_AT_WORK;
	const found = await store.tasks.find({ anyOf: [{ status: { eq: 'pending' } }, { status: { eq: 'in_progress' } }] }, { limit }, signal);
	const waiting = found.filter(({ status }) => status === 'pending').slice(0, MAX_PENDING);
	const isWhole = found.length < limit;
	return { waiting, atWork: isWhole ? found.filter(({ status }) => status === 'in_progress') : await store.tasks.find({ status: { eq: 'in_progress' } }, { limit: MAX_AT_WORK }, signal) };
}

/** `isAlone`: whether the lock still holds. */
async function claimReady(tools: TaskTools, known: readonly Project[] | undefined, isAlone: () => boolean, signal: AbortSignal): Promise<Dispatched> {
	const { store } = tools;
	const { waiting, atWork } = await waitingAndAtWork(tools, signal);
	const open = await holdBack(tools, waiting, signal);
	const nothing: Dispatched = { tasks: [], projects: [], subscriptions: [] };
	if (open.length === 0) return nothing;
	const [conflicting, projects, all] = await Promise.all([
		store.tasks.find(CONFLICTING, { limit: MAX_AT_WORK }, signal),
		known ?? store.projects.find({ active: { eq: true } }, { limit: MAX_ROWS }, signal),
		allSubscriptions(tools, signal),
	]);
	// Nobody would take it up: it stays undispatched until a workflow subscribes.
	const subscriptions = all.filter((subscription) => wants(subscription, 'task.ready', subscription.projectId));
	const pending = open.filter((task) => subscriptions.some((subscription) => wants(subscription, 'task.ready', task.projectId)));
	if (pending.length === 0) return nothing;
	const needed = [...new Set(pending.flatMap((task) => [...idsOf(task.dependsOn), ...idsOf(task.conflictsWith)]))];
	const named = needed.length === 0 ? [] : await store.tasks.find({ anyOf: needed.map((id) => ({ id: { eq: id } })) }, { limit: needed.length }, signal);
	// A row that a person added may have an empty state, which reads as pending and is matched by "not pending".
	const holders = conflicting.filter(({ status }) => status !== 'pending');
	const rows = await noteHeld(tools, pending, new Map([...named, ...holders, ...atWork, ...pending].map((task) => [task.id, task])), signal);
	const maxRunning = limitOf(subscriptions);
	const now = tools.clock.now();
	const tasks: Task[] = [];
	const wanted = new Set(pending.map(({ id }) => id));
	for (const task of chooseReady([...rows.values()], projects, { maxRunning, resendAfterMs: RESEND_AFTER_MS }, now)) {
		// It is there as what another waits for, and nobody subscribed to its project.
		if (!wanted.has(task.id)) continue;
		// A slow n8n took the lock's time: what is left is for the next, who sees what others have started meanwhile.
		if (!isAlone()) break;
		const claimed = await updateTask(tools, task, { dispatchedAt: now.toISOString() }, signal);
		if (claimed !== undefined) tasks.push(claimed);
	}
	return { tasks, projects, subscriptions };
}

/** Chooses and claims, and sends what was chosen: `sending` is under way when this settles, so that the lock need not wait for it, nor it for the lock. */
async function sendReady(tools: TaskTools, deliver: Deliver, { executionId, projects }: DispatchOptions, isAlone: () => boolean, signal: AbortSignal): Promise<{ readonly tasks: Task[]; readonly sending: Promise<void> }> {
	const chosen = await claimReady(tools, projects, isAlone, signal);
	const drafts = chosen.tasks.map((task) => ({ type: 'task.ready' as const, message: 'Ready to run', taskId: task.id, executionId }));
	const events = await appendEvents(tools, drafts, signal);
	const sending = deliverEvents(tools, events, chosen, deliver, signal);
	// Waited for outside the lock; until then a failure must not count as unhandled.
	sending.catch(() => undefined);
	return { tasks: chosen.tasks, sending };
}

export interface DispatchOptions {
	readonly executionId: string;
	/** All projects, where the caller has just read them. */
	readonly projects?: readonly Project[] | undefined;
}

/**
 * Starts the flow of every task that may run now: claims it, then sends `task.ready`. Gives the tasks that it dispatched.
 * One dispatcher works at a time, so that two together do not go over a limit; a task that it misses is found by the next.
 */
export async function dispatch(tools: TaskTools, deliver: Deliver, options: DispatchOptions, signal: AbortSignal): Promise<Task[]> {
	let sent: Awaited<ReturnType<typeof sendReady>>;
	try {
		sent = await withLock(tools, 'dispatch', LOCK, async (lock) => await sendReady(tools, deliver, options, () => isLockSafe(tools, lock, LOCK.leaseMs), signal), signal);
	} catch (error) {
		// Others dispatch all the time; the sweep of Reconcile takes what they did not see.
		if (isMaestroError(error) && error.code === 'lost_race') return [];
		throw error;
	}
	await sent.sending;
	return sent.tasks;
}
