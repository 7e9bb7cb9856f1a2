import { AUTHOR_TRUST } from '../signal/signal';
import { count, date, flag, guarded, oneOf, text, type Row } from './columns';
import { projectColumns } from './project-record';
import { playbookColumns, runColumns, sessionColumns, taskSessionColumns } from './run-record';
import { WAIT_STATUSES } from './states';
import { subscriptionColumns } from './subscription-record';
import { aliasColumns, subtaskColumns, taskColumns } from './task-record';

export { projectColumns, type Project } from './project-record';
export { playbookColumns, runColumns, sessionColumns, taskSessionColumns, type PlaybookState, type Run, type Session, type TaskSession } from './run-record';
export { subscriptionColumns, type Subscription } from './subscription-record';
export { aliasColumns, subtaskColumns, taskColumns, type Alias, type Subtask, type Task } from './task-record';

/** `none`: nobody subscribed. `pending`: to be sent (again). */
export const DELIVERIES = ['none', 'pending', 'delivered', 'failed'] as const;
export type Delivery = (typeof DELIVERIES)[number];

/** One line of a timeline, and the outbox of Maestro's own events. */
export const eventColumns = {
	at: date,
	type: text,
	taskId: count,
	sessionId: count,
	runId: count,
	message: text,
	/** JSON, small. */
	detail: text,
	executionId: text,
	delivery: oneOf(DELIVERIES),
	deliveryAttempts: count,
	nextDeliveryAt: date,
	...guarded,
} as const;
export type TimelineEvent = Row<typeof eventColumns>;

/** A paused execution and what will wake it. */
export const waitColumns = {
	taskId: count,
	status: oneOf(WAIT_STATUSES),
	repository: text,
	pullRequestNumber: count,
	headSha: text,
	executionId: text,
	/** n8n's own, with its token; woken at the base URL of `maestroN8nApi`. */
	resumeUrl: text,
	wakeOnApproval: flag,
	maxRounds: count,
	/** The next four are copied from the task and its project, so that a sweep needs no other table. */
	roundsLeft: count,
	feedbackAt: date,
	feedbackSha: text,
	minimumTrust: oneOf(AUTHOR_TRUST),
	/** Seconds of quiet after the last review comment before it counts. */
	settleSeconds: count,
	timeoutAt: date,
	/** Why it still waits, or what woke it, for a person. */
	lastVerdict: text,
	checkedAt: date,
	...guarded,
} as const;
export type Wait = Row<typeof waitColumns>;

export const lockColumns = { key: text, expiresAt: date, ...guarded } as const;
export type Lock = Row<typeof lockColumns>;

/** Table name in n8n → its columns. */
export const TABLES = {
	maestro_projects: projectColumns,
	maestro_tasks: taskColumns,
	maestro_aliases: aliasColumns,
	maestro_subtasks: subtaskColumns,
	maestro_sessions: sessionColumns,
	maestro_runs: runColumns,
	maestro_task_sessions: taskSessionColumns,
	maestro_playbooks: playbookColumns,
	maestro_events: eventColumns,
	maestro_waits: waitColumns,
	maestro_subscriptions: subscriptionColumns,
	maestro_locks: lockColumns,
} as const;
export type TableName = keyof typeof TABLES;
