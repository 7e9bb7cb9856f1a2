import { MaestroError } from '../errors';
import { isLockSafe, renewLocks } from './locks';
import type { Lock, Task } from './records';
import type { NewRow } from './store';
import { isPast, type TaskTools } from './tools';

/** How long after each other a row is looked for of which n8n did not say whether it took it; with all of them the locks still hold. */
const LOOK_AFTER_MS = [0, 500, 1_000, 2_000, 4_000, 5_000];

async function insertTasks(tools: TaskTools, rows: readonly NewRow<Task>[], signal: AbortSignal): Promise<Task[]> {
	const tasks = await tools.store.tasks.insert(rows, signal);
	if (tasks.length !== rows.length) throw new MaestroError('n8n_api', `n8n took ${rows.length} new tasks but gave ${tasks.length} back`, 'Check the version of n8n.');
	return tasks;
}

export async function insertTask(tools: TaskTools, row: NewRow<Task>, signal: AbortSignal): Promise<Task> {
	const [task] = await insertTasks(tools, [row], signal);
	if (task === undefined) throw new Error('One was inserted, and one came back');
	return task;
}

async function lookFor(tools: TaskTools, owners: readonly string[], signal: AbortSignal): Promise<Task[]> {
	for (const pause of LOOK_AFTER_MS) {
		if (pause > 0) await tools.pause(pause, signal);
		const found = await tools.store.tasks.find({ anyOf: owners.map((owner) => ({ owner: { eq: owner } })) }, { limit: owners.length }, signal);
		if (found.length > 0) return found;
	}
	return [];
}

/**
 * Inserts tasks while the locks hold, in one write: all of them or none. A row that is not given back did not get in while they held, and whether it is there has to be
 * looked at again before another is made; it is known by its `owner`, which must be of this row alone. What comes too late is taken back, for whoever has the locks by then did not see it.
 */
export async function insertUnder(tools: TaskTools, locks: readonly Lock[], leaseMs: number, rows: readonly NewRow<Task>[], signal: AbortSignal): Promise<Task[]> {
	if (!locks.every((lock) => isLockSafe(tools, lock, leaseMs))) return [];
	const ends = Math.min(...locks.map(({ expiresAt }) => Date.parse(expiresAt ?? '')));
	// As much is left then as isLockSafe asks for.
	const limit = AbortSignal.timeout(Math.ceil(ends - leaseMs / 4 - tools.clock.now().getTime()));
	let tasks: Task[];
	try {
		tasks = await insertTasks(tools, rows, AbortSignal.any([signal, limit]));
	} catch (error) {
		if (signal.aborted || !limit.aborted) throw error;
		// n8n may write it all the same. As long as this is looked at nobody else shall make one.
		await renewLocks(tools, locks, leaseMs, signal);
		return await lookFor(tools, rows.map(({ owner }) => owner), signal);
	}
	if (locks.every(({ expiresAt }) => !isPast(expiresAt, tools.clock.now()))) return tasks;
	const begun: Task[] = [];
	for (const task of tasks) {
		const removed = await tools.store.tasks.remove({ id: { eq: task.id }, version: { eq: task.version }, owner: { eq: task.owner } }, signal);
		if (removed === 0) begun.push(task);
	}
	return begun;
}
