import { isItself } from './aliases';
import { change } from './compare-and-set';
import type { CreatedTask, TaskAsk } from './create-task';
import { appendEvents, type EventDraft } from './events';
import { lowerReach } from './ladder';
import type { Task } from './records';
import type { Changes } from './store';
import type { TaskTools } from './tools';

const COUNT_ATTEMPTS = 300;

function standsStill({ status }: Task): boolean {
	return status === 'failed' || status === 'cancelled' || status === 'blocked';
}

const reachAfter = (row: Task, { draft }: TaskAsk): Task['reach'] => lowerReach(row.reach, draft.reach ?? row.reach);

/**
 * A signal that may not start a task by itself may not start it again either: its draft is not pending. Neither may one about
 * something that the task is only linked with.
 */
export function startsAgain(ask: TaskAsk, row: Task): boolean {
	const { draft, options } = ask;
	if (options.retryFinished !== true || !standsStill(row) || (draft.status ?? 'pending') !== 'pending') return false;
	if (!isItself(row, draft.fingerprint ?? '') || reachAfter(row, ask) === 'triage') return false;
	return options.signalAt === undefined || Date.parse(options.signalAt) > Date.parse(row.updatedAt);
}

/** Does a task anew: its runs count no more, and its rounds begin again. One that was cancelled forgets its pull request, which a person closed as a rule. */
export function startAgain(row: Task, now: string): Changes<Task> {
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

const came = ({ length }: readonly TaskAsk[]): string => (length === 1 ? 'Another signal for it came' : `${length} more signals for it came`);

/** The line of a task's timeline that says how many more came. */
export function repeatLine(task: Task, asks: readonly TaskAsk[]): EventDraft {
	return { type: 'task.duplicate', message: came(asks), taskId: task.id, executionId: asks[0]?.options.executionId };
}

/** Counts further signals on the task that is there, in one write. No signal raises how far the work may go. */
export async function countSignals(tools: TaskTools, existing: Task, asks: readonly TaskAsk[], signal: AbortSignal): Promise<CreatedTask[]> {
	if (asks.length === 0) return [];
	let starter: TaskAsk | undefined;
	let countToken = '';
	const task = await change(
		tools,
		tools.store.tasks,
		existing.id,
		(row): Changes<Task> | undefined => {
			// The write before did get through, and somebody else wrote after it.
			if (countToken !== '' && row.countToken === countToken) return undefined;
			starter = asks.findLast((ask) => startsAgain(ask, row));
			countToken = tools.newToken();
			const { title, body = '' } = starter?.draft ?? row;
			return {
				duplicates: row.duplicates + asks.length,
				lastDuplicateAt: tools.clock.now().toISOString(),
				countToken,
				...(starter === undefined ? {} : { title, body, reach: reachAfter(row, starter), ...startAgain(row, tools.clock.now().toISOString()) }),
			};
		},
		signal,
		{ attempts: COUNT_ATTEMPTS },
	);
	const line: EventDraft = starter === undefined ? repeatLine(existing, asks) : { type: 'task.retried', message: `${came(asks)}: it is tried again`, taskId: existing.id, executionId: starter.options.executionId };
	const events = await appendEvents(tools, [line], signal);
	return asks.map((ask, index) => ({ task: task ?? existing, created: false, retried: ask === starter, events: index === 0 ? events : [] }));
}
