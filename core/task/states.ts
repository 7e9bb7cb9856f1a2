import { MaestroError } from '../errors';

export const TASK_STATUSES = [
	'pending',
	'in_progress',
	'in_review',
	'completed',
	'blocked',
	'failed',
	'cancelled',
	'archived',
] as const;
export type TaskStatus = (typeof TASK_STATUSES)[number];

export const SESSION_STATUSES = [
	'spawning',
	'running',
	'completed',
	'needs_input',
	'paused',
	'interrupted',
	'failed',
	'stopped',
] as const;
export type SessionStatus = (typeof SESSION_STATUSES)[number];

export const RUN_STATUSES = ['running', 'completed', 'needs_input', 'paused', 'interrupted', 'failed', 'stopped'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

export const WAIT_STATUSES = ['waiting', 'woken', 'ended'] as const;
export type WaitStatus = (typeof WAIT_STATUSES)[number];

export const PLAYBOOK_STATUSES = ['running', 'needs_input', 'completed', 'failed'] as const;
export type PlaybookStatus = (typeof PLAYBOOK_STATUSES)[number];

export const PRIORITIES = ['low', 'medium', 'high', 'urgent'] as const;
export type Priority = (typeof PRIORITIES)[number];

type Transitions<S extends string> = Readonly<Record<S, readonly S[]>>;

/** A finished task goes back to pending only when a person asks for it again. */
const TASK: Transitions<TaskStatus> = {
	pending: ['in_progress', 'blocked', 'failed', 'cancelled', 'archived'],
	in_progress: ['in_review', 'completed', 'blocked', 'failed', 'cancelled', 'pending'],
	in_review: ['in_progress', 'completed', 'blocked', 'failed', 'cancelled'],
	blocked: ['pending', 'in_progress', 'in_review', 'completed', 'failed', 'cancelled', 'archived'],
	failed: ['pending', 'in_progress', 'completed', 'cancelled', 'archived'],
	cancelled: ['pending', 'archived'],
	completed: ['archived'],
	archived: ['pending'],
};

const SESSION: Transitions<SessionStatus> = {
	spawning: ['running', 'completed', 'needs_input', 'paused', 'interrupted', 'failed', 'stopped'],
	running: ['completed', 'needs_input', 'paused', 'interrupted', 'failed', 'stopped'],
	completed: ['running'],
	needs_input: ['running', 'stopped'],
	paused: ['running', 'stopped', 'failed'],
	interrupted: ['running', 'failed', 'stopped'],
	failed: ['running'],
	stopped: ['running'],
};

const RUN: Transitions<RunStatus> = {
	running: ['completed', 'needs_input', 'paused', 'interrupted', 'failed', 'stopped'],
	completed: ['running'],
	needs_input: ['running'],
	paused: ['running', 'failed'],
	interrupted: ['running', 'failed'],
	failed: ['running'],
	stopped: ['running'],
};

const WAIT: Transitions<WaitStatus> = {
	waiting: ['woken', 'ended'],
	woken: ['waiting', 'ended'],
	ended: ['waiting'],
};

function check<S extends string>(what: string, table: Transitions<S>, from: S, to: S): void {
	if (from === to || table[from].includes(to)) return;
	const legal = table[from].length > 0 ? table[from].join(', ') : 'nothing';
	throw new MaestroError(
		'illegal_transition',
		`A ${what} cannot go from "${from}" to "${to}"`,
		`From "${from}" a ${what} can go to: ${legal}. Read the ${what} again: another execution may have moved it.`,
		{ from, to },
	);
}

export function isTaskMove(from: TaskStatus, to: TaskStatus): boolean {
	return from === to || TASK[from].includes(to);
}

/** Each throws `illegal_transition`, naming both states. Staying in a state is always legal. */
export const checkTaskTransition = (from: TaskStatus, to: TaskStatus): void => check('task', TASK, from, to);
export const checkSessionTransition = (from: SessionStatus, to: SessionStatus): void => check('session', SESSION, from, to);
export const checkRunTransition = (from: RunStatus, to: RunStatus): void => check('run', RUN, from, to);
export const checkWaitTransition = (from: WaitStatus, to: WaitStatus): void => check('wait', WAIT, from, to);

/** Nothing will happen to such a task by itself any more. */
export function isTaskFinished(status: TaskStatus): boolean {
	return status === 'completed' || status === 'failed' || status === 'cancelled' || status === 'archived';
}
