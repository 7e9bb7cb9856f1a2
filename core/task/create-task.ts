import { MaestroError } from '../errors';
import { blank } from './blank';
import { change } from './compare-and-set';
import { appendEvents } from './events';
import { claimLock, isLockSafe, releaseLock } from './locks';
import { taskColumns, type Task, type TimelineEvent } from './records';
import type { Changes, NewRow } from './store';
import { backOff, type TaskTools } from './tools';

export type TaskDraft = Partial<NewRow<Task>> & Pick<Task, 'title' | 'projectId' | 'repository'>;

export interface CreateTaskOptions {
	/** A further signal for a failed or cancelled task makes it pending again. */
	readonly retryFinished?: boolean;
	readonly executionId?: string;
}

export interface CreatedTask {
	readonly task: Task;
	readonly created: boolean;
	/** The failed or cancelled task was made pending again. */
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

async function countDuplicate(tools: TaskTools, existing: Task, options: CreateTaskOptions, signal: AbortSignal): Promise<CreatedTask> {
	let retried = false;
	const task = await change(
		tools,
		tools.store.tasks,
		existing.id,
		(row): Changes<Task> => {
			retried = options.retryFinished === true && (row.status === 'failed' || row.status === 'cancelled');
			return {
				duplicates: row.duplicates + 1,
				lastDuplicateAt: tools.clock.now().toISOString(),
				...(retried ? { status: 'pending', statusReason: '', dispatchedAt: null, attempts: 0, finishedAt: null } : {}),
			};
		},
		signal,
		{ attempts: COUNT_ATTEMPTS },
	);
	const message = retried ? 'Another signal for it came: it is tried again' : 'Another signal for it came';
	const type = retried ? 'task.retried' : 'task.duplicate';
	const events = await appendEvents(tools, [{ type, message, taskId: existing.id, executionId: options.executionId }], signal);
	return { task: task ?? existing, created: false, retried, events };
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
	const fingerprint = draft.fingerprint ?? '';
	if (fingerprint === '') return await finish(tools, await insert(tools, draft, signal), options, signal);
	const until = tools.clock.now().getTime() + WAIT_MS;
	for (let attempt = 0; tools.clock.now().getTime() < until; attempt++) {
		const existing = await findTask(tools, fingerprint, signal);
		if (existing !== undefined) return await countDuplicate(tools, existing, options, signal);
		const lock = await claimLock(tools, `task:${fingerprint}`, LEASE_MS, signal);
		if (lock === undefined) {
			await backOff(tools, attempt + 1, signal);
			continue;
		}
		try {
			const meanwhile = await findTask(tools, fingerprint, signal);
			if (meanwhile === undefined && isLockSafe(tools, lock, LEASE_MS)) return await finish(tools, await insert(tools, draft, signal), options, signal);
		} finally {
			await releaseLock(tools, lock, signal);
		}
	}
	throw new MaestroError('lost_race', `No turn came to create the task "${draft.title}"`, 'Send the signal again; n8n may be overloaded.', { fingerprint });
}
