import { MaestroError } from '../../core/errors';
import { startAgain } from '../../core/task/count-signals';
import { reachesAtLeast } from '../../core/task/ladder';
import type { EventDraft, TimelineType } from '../../core/task/events';
import type { Task } from '../../core/task/records';
import { isTaskFinished, type TaskStatus } from '../../core/task/states';
import type { Changes } from '../../core/task/store';
import { dispatchReady, rollUpParents } from '../shared/dispatch';
import { changeTask, requireTask } from '../shared/records';
import type { Services } from '../shared/services';
import type { Operation } from './parameters';

type Update = Extract<Operation, { kind: 'task.update' }>;

function hasMoved({ id, status }: Task, expected: TaskStatus): MaestroError {
	return new MaestroError('illegal_transition', `Task ${id} is "${status}" by now, and no longer "${expected}"`, 'Nothing was changed. Look at it again: another execution, or a person, has moved it.', { from: status, expected });
}

/** Pending means that it may be sent again; what it tried before must not count against it. */
function pendingAgain(task: Task, { anew }: Update, now: string): Changes<Task> {
	const again: Changes<Task> = { dispatchedAt: null, attempts: 0, finishedAt: null, statusReason: '', executionId: '' };
	return anew ? { ...again, ...startAgain(task, now) } : again;
}

/** Why a task is blocked is no longer true once it may go farther. */
function reasonAfterRaise({ status, reach }: Task, { fields }: Update): Changes<Task> {
	const isRaised = fields.reach !== undefined && fields.reach !== reach && reachesAtLeast(fields.reach, reach);
	return isRaised && status === 'blocked' && fields.status === undefined ? { statusReason: `It may go as far as "${fields.reach}" by now. Start it to have it go on.` } : {};
}

function changesFor(task: Task, update: Update, now: string): Changes<Task> {
	const { fields, expected, answer } = update;
	if (expected !== undefined && task.status !== expected) throw hasMoved(task, expected);
	const { status } = fields;
	return {
		...(status === 'pending' ? pendingAgain(task, update, now) : {}),
		...(status !== undefined && status !== 'pending' && isTaskFinished(status) ? { finishedAt: now } : {}),
		...reasonAfterRaise(task, update),
		...fields,
		...(answer === '' ? {} : { body: `${task.body}\n\n${answer}`.trim() }),
	};
}

const SUBSCRIBABLE: Partial<Readonly<Record<TaskStatus, TimelineType>>> = { blocked: 'task.blocked', cancelled: 'task.cancelled', completed: 'task.completed', failed: 'task.failed' };

/** What a person did by hand can be read on the timeline, most of all who may go farther than its source could. */
function lineFor(before: Task, after: Task, { anew, answer }: Update): EventDraft[] {
	const changed = (['status', 'reach', 'priority', 'title'] as const).filter((name) => before[name] !== after[name]).map((name) => `${name} "${before[name]}" → "${after[name]}"`);
	const what = [...changed, ...(anew && after.status === 'pending' ? ['to be done anew'] : []), ...(answer === '' ? [] : ['with an answer'])];
	if (what.length === 0) return [];
	const type = before.status === after.status ? 'note' : (SUBSCRIBABLE[after.status] ?? 'note');
	return [{ type, message: `Changed with the node Maestro: ${what.join(', ')}` }];
}

/** Writes the fields of a task, sends it out where it may run now, and lets go what it held up. Throws `illegal_transition`. */
export async function updateTask(services: Services, update: Update, signal: AbortSignal): Promise<Task> {
	const now = services.clock.now().toISOString();
	let before: Task | undefined;
	const decide = (task: Task): Changes<Task> => {
		before = task;
		return changesFor(task, update, now);
	};
	const task = await changeTask(services, update.taskId, decide, signal, (after) => (before === undefined ? [] : lineFor(before, after, update)));
	const { status } = update.fields;
	if (status === undefined) return task;
	if (task.parentId > 0) await rollUpParents(services, signal, task.parentId);
	await dispatchReady(services, signal);
	// It may be blocked again at once, where no agent may work on it.
	return status === 'pending' ? await requireTask(services, task.id, signal) : task;
}
