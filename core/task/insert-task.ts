import { MaestroError } from '../errors';
import { isLockSafe, renewLock } from './locks';
import type { Lock, Task } from './records';
import type { NewRow } from './store';
import { isPast, type TaskTools } from './tools';

/** How long after each other a row is looked for of which n8n did not say whether it took it; with all of them the locks still hold. */
const LOOK_AFTER_MS = [0, 500, 1_000, 2_000, 4_000, 5_000];

export async function insertTask(tools: TaskTools, row: NewRow<Task>, signal: AbortSignal): Promise<Task> {
	const [task] = await tools.store.tasks.insert([row], signal);
	if (task === undefined) throw new MaestroError('n8n_api', 'n8n took a new task but gave no row back', 'Check the version of n8n.');
	return task;
}

async function lookFor(tools: TaskTools, owner: string, signal: AbortSignal): Promise<Task | undefined> {
	for (const pause of LOOK_AFTER_MS) {
		if (pause > 0) await tools.pause(pause, signal);
		const [found] = await tools.store.tasks.find({ owner: { eq: owner } }, { limit: 1 }, signal);
		if (found !== undefined) return found;
	}
	return undefined;
}

/**
 * Inserts a task while the locks hold. Undefined: they did not hold long enough, and whether the row is there has to be looked at
 * again before another is made; it is known by its `owner`, which must be of this caller alone. What comes too late is taken back, for whoever has the locks by then did not see it.
 */
export async function insertUnder(tools: TaskTools, locks: readonly Lock[], leaseMs: number, row: NewRow<Task>, signal: AbortSignal): Promise<Task | undefined> {
	if (!locks.every((lock) => isLockSafe(tools, lock, leaseMs))) return undefined;
	const ends = Math.min(...locks.map(({ expiresAt }) => Date.parse(expiresAt ?? '')));
	// As much is left then as isLockSafe asks for.
	const limit = AbortSignal.timeout(Math.ceil(ends - leaseMs / 4 - tools.clock.now().getTime()));
	let task: Task;
	try {
		task = await insertTask(tools, row, AbortSignal.any([signal, limit]));
	} catch (error) {
		if (signal.aborted || !limit.aborted) throw error;
		// n8n may write it all the same. As long as this is looked at nobody else shall make one.
		for (const lock of locks) await renewLock(tools, lock, leaseMs, signal);
		return await lookFor(tools, row.owner, signal);
	}
	if (locks.every(({ expiresAt }) => !isPast(expiresAt, tools.clock.now()))) return task;
	const removed = await tools.store.tasks.remove({ id: { eq: task.id }, version: { eq: task.version }, owner: { eq: row.owner } }, signal);
	// Somebody has begun with it.
	return removed === 0 ? task : undefined;
}
