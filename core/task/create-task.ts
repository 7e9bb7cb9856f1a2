import { MaestroError } from '../errors';
import { blank } from './blank';
import { change } from './compare-and-set';
import { appendEvents, type EventDraft } from './events';
import { claimLock, isLockSafe, releaseLock } from './locks';
import { taskColumns, type Task, type TimelineEvent } from './records';
import type { Changes, NewRow } from './store';
import { backOff, type TaskTools } from './tools';

export type TaskDraft = Partial<NewRow<Task>> & Pick<Task, 'title' | 'projectId' | 'repository'>;

export interface CreateTaskOptions {
	/** A further signal for a failed, cancelled or blocked task makes it pending again, with the signal's title and text. */
	readonly retryFinished?: boolean;
	/** When the signal came in, ISO 8601; one that came before the task stood still is a copy of what it had. Default: now. */
	readonly signalAt?: string;
	readonly executionId?: string;
}

/** One signal's wish for a task. */
export interface TaskAsk {
	readonly draft: TaskDraft;
	readonly options: CreateTaskOptions;
}

export interface CreatedTask {
	readonly task: Task;
	readonly created: boolean;
	/** The task stood still and was made pending again by this signal. */
	readonly retried: boolean;
	/** To be delivered by the caller (see deliverEvents). */
	readonly events: TimelineEvent[];
}

const LEASE_MS = 20_000;
const WAIT_MS = 60_000;
const COUNT_ATTEMPTS = 300;

export function newTask(draft: TaskDraft): NewRow<Task> {
	return { ...blank(taskColumns), priority: 'medium', severity: 'medium', authorTrust: 'none', source: 'manual', ...draft, version: 1, owner: '' };
}

async function findTask(tools: TaskTools, fingerprint: string, signal: AbortSignal): Promise<Task | undefined> {
	const [task] = await tools.store.tasks.find({ fingerprint: { eq: fingerprint }, status: { neq: 'archived' } }, { limit: 1 }, signal);
	return task;
}

function standsStill({ status }: Task): boolean {
	return status === 'failed' || status === 'cancelled' || status === 'blocked';
}

/** A signal that may not start a task by itself may not start it again either: its draft is not pending. */
function startsAgain({ draft, options }: TaskAsk, row: Task): boolean {
	if (options.retryFinished !== true || !standsStill(row) || (draft.status ?? 'pending') !== 'pending') return false;
	return options.signalAt === undefined || Date.parse(options.signalAt) > Date.parse(row.updatedAt);
}

/** A cancelled task's pull request was closed by a person: it gets a new one. */
function startAgain(row: Task, now: string): Changes<Task> {
	const forgotten = { pullRequestNumber: 0, pullRequestUrl: '', feedbackAt: null, feedbackSha: '', pendingFeedbackKey: '', pendingFeedbackAt: null, pendingFeedbackSha: '' };
	return {
		status: 'pending',
		statusReason: '',
		dispatchedAt: null,
		attempts: 0,
		rounds: 0,
		finishedAt: null,
		startAgainAt: now,
		...(row.status === 'cancelled' ? forgotten : {}),
	};
}

async function countDuplicates(tools: TaskTools, existing: Task, asks: readonly TaskAsk[], signal: AbortSignal): Promise<CreatedTask[]> {
	let starter: TaskAsk | undefined;
	const task = await change(
		tools,
		tools.store.tasks,
		existing.id,
		(row): Changes<Task> => {
			starter = asks.findLast((ask) => startsAgain(ask, row));
			const { title, body = '' } = starter?.draft ?? row;
			return {
				duplicates: row.duplicates + asks.length,
				lastDuplicateAt: tools.clock.now().toISOString(),
				...(starter === undefined ? {} : { title, body, ...startAgain(row, tools.clock.now().toISOString()) }),
			};
		},
		signal,
		{ attempts: COUNT_ATTEMPTS },
	);
	const came = asks.length === 1 ? 'Another signal for it came' : `${asks.length} more signals for it came`;
	const drafts: EventDraft[] = [
		starter === undefined
			? { type: 'task.duplicate', message: came, taskId: existing.id, executionId: asks[0]?.options.executionId }
			: { type: 'task.retried', message: `${came}: it is tried again`, taskId: existing.id, executionId: starter.options.executionId },
	];
	const events = await appendEvents(tools, drafts, signal);
	return asks.map((ask, index) => ({ task: task ?? existing, created: false, retried: ask === starter, events: index === 0 ? events : [] }));
}

async function insert(tools: TaskTools, draft: TaskDraft, signal: AbortSignal): Promise<Task> {
	const [task] = await tools.store.tasks.insert([newTask(draft)], signal);
	if (task === undefined) throw new MaestroError('n8n_api', 'n8n took a new task but gave no row back', 'Check the version of n8n.');
	return task;
}

async function finish(tools: TaskTools, task: Task, options: CreateTaskOptions, signal: AbortSignal): Promise<CreatedTask> {
	const events = await appendEvents(tools, [{ type: 'task.created', message: `Created: ${task.title}`, taskId: task.id, executionId: options.executionId }], signal);
	return { task, created: true, retried: false, events };
}

/**
 * Exactly one task for each fingerprint, however many ask at once; each further one is counted on it. An archived task
 * stands in no one's way; an empty fingerprint is like no other. A crash after the insert loses nothing: the next signal
 * finds the task, and the lock's lease ends by itself.
 */
export async function createTask(tools: TaskTools, draft: TaskDraft, options: CreateTaskOptions, signal: AbortSignal): Promise<CreatedTask> {
	if ((draft.fingerprint ?? '') === '') return await finish(tools, await insert(tools, draft, signal), options, signal);
	const [created] = await createTasks(tools, [{ draft, options }], signal);
	if (created === undefined) throw new Error('One was asked for and none answered');
	return created;
}

/** As createTask, for several signals of one fingerprint that came together: the answers are in their order, the count is one write. */
export async function createTasks(tools: TaskTools, asks: readonly TaskAsk[], signal: AbortSignal): Promise<CreatedTask[]> {
	const [first, ...more] = asks;
	if (first === undefined) return [];
	const fingerprint = first.draft.fingerprint ?? '';
	const until = tools.clock.now().getTime() + WAIT_MS;
	for (let attempt = 0; tools.clock.now().getTime() < until; attempt++) {
		const existing = await findTask(tools, fingerprint, signal);
		if (existing !== undefined) return await countDuplicates(tools, existing, asks, signal);
		const lock = await claimLock(tools, `task:${fingerprint}`, LEASE_MS, signal);
		if (lock === undefined) {
			await backOff(tools, attempt + 1, signal);
			continue;
		}
		let made: Task | undefined;
		try {
			const meanwhile = await findTask(tools, fingerprint, signal);
			if (meanwhile === undefined && isLockSafe(tools, lock, LEASE_MS)) made = await insert(tools, first.draft, signal);
		} finally {
			await releaseLock(tools, lock, signal);
		}
		if (made === undefined) continue;
		const created = await finish(tools, made, first.options, signal);
		return more.length === 0 ? [created] : [created, ...(await countDuplicates(tools, made, more, signal))];
	}
	throw new MaestroError('lost_race', `No turn came to create the task "${first.draft.title}"`, 'Send the signal again; n8n may be overloaded.', { fingerprint });
}
