import type { TimelineEvent } from './records';
import type { NewRow } from './store';
import { later, type TaskTools } from './tools';

/** The events that a workflow can subscribe to. */
export const EVENT_TYPES = [
	'task.created',
	'task.ready',
	'task.blocked',
	'task.completed',
	'task.failed',
	'task.cancelled',
	'session.needs_input',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** The events that stand in a timeline only. */
export const TIMELINE_TYPES = [
	'task.duplicate',
	'task.retried',
	'task.regressed',
	'task.interrupted',
	'session.started',
	'session.resumed',
	'session.completed',
	'session.paused',
	'session.interrupted',
	'session.failed',
	'session.stopped',
	'step.completed',
	'step.refused',
	'playbook.gate',
	'playbook.completed',
	'pull_request.opened',
	'pull_request.updated',
	'pull_request.rejected',
	'pull_request.awaited',
	'pull_request.feedback',
	'pull_request.approved',
	'pull_request.merged',
	'pull_request.closed',
	'worktree.removed',
	'signal.ignored',
	'note',
] as const;
export type TimelineType = EventType | (typeof TIMELINE_TYPES)[number];

export interface EventDraft {
	readonly type: TimelineType;
	readonly message: string;
	/** Small; kept as JSON. */
	readonly detail?: Readonly<Record<string, unknown>>;
	readonly taskId?: number;
	readonly sessionId?: number;
	readonly runId?: number;
	readonly executionId?: string;
}

/** So much of a message a row keeps. */
export const MAX_MESSAGE = 2_000;
const MAX_DETAIL = 8_000;
/** So long an event is left to whoever appended it. */
export const FIRST_DELIVERY_MS = 60_000;

export function isSubscribable(type: string): type is EventType {
	return EVENT_TYPES.some((candidate) => candidate === type);
}

function detailOf(detail: EventDraft['detail']): string {
	if (detail === undefined) return '';
	const json = JSON.stringify(detail);
	return json.length <= MAX_DETAIL ? json : JSON.stringify({ shortened: json.slice(0, MAX_DETAIL / 2) });
}

function rowOf(tools: TaskTools, draft: EventDraft, isWanted: IsWanted): NewRow<TimelineEvent> {
	const wanted = isSubscribable(draft.type) && isWanted(draft);
	return {
		at: tools.clock.now().toISOString(),
		type: draft.type,
		taskId: draft.taskId ?? 0,
		sessionId: draft.sessionId ?? 0,
		runId: draft.runId ?? 0,
		message: draft.message.slice(0, MAX_MESSAGE),
		detail: detailOf(draft.detail),
		executionId: draft.executionId ?? '',
		delivery: wanted ? 'pending' : 'none',
		deliveryAttempts: 0,
		// Whoever appends it delivers it; only when that did not happen is it due for others.
		nextDeliveryAt: wanted ? later(tools, FIRST_DELIVERY_MS) : null,
		version: 1,
		owner: '',
	};
}

/** Whether somebody has subscribed to it. */
export type IsWanted = (draft: EventDraft) => boolean;

/**
 * Writes lines of a timeline in one operation. Those that can be subscribed to are pending until `deliverEvents` (deliver.ts), but for those of which the caller
 * knows that nobody wants them.
 */
export async function appendEvents(tools: TaskTools, drafts: readonly EventDraft[], signal: AbortSignal, isWanted: IsWanted = () => true): Promise<TimelineEvent[]> {
	if (drafts.length === 0) return [];
	return await tools.store.events.insert(
		drafts.map((draft) => rowOf(tools, draft, isWanted)),
		signal,
	);
}

export interface Retention {
	readonly maxAgeMs: number;
	readonly maxCount: number;
}

/** Removes the oldest events beyond an age and a count; data tables hold 50 MB in all. */
export async function pruneEvents(tools: TaskTools, retention: Retention, signal: AbortSignal): Promise<number> {
	const { events } = tools.store;
	const oldest = new Date(tools.clock.now().getTime() - retention.maxAgeMs).toISOString();
	const aged = await events.remove({ at: { lt: oldest } }, signal);
	const [newest] = await events.find({}, { limit: 1, newestFirst: true }, signal);
	if (newest === undefined || newest.id <= retention.maxCount) return aged;
	// Ids go up by one with each event, so the id tells the count without reading the rows.
	return aged + (await events.remove({ id: { lte: newest.id - retention.maxCount } }, signal));
}
