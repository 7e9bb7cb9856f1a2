import { isFresh, type ExecutionState } from './leases';
import type { Run, Task, Wait } from './records';

export const MAX_ATTEMPTS = 5;
/** What was sent a moment ago may not have begun yet. */
const ONE_SWEEP_MS = 55_000;

export interface Observed {
	readonly task: Task;
	/** Its runs that are not completed. */
	readonly runs: readonly Run[];
	readonly waits: readonly Wait[];
	/** What n8n said of the execution that the task names. */
	readonly execution: ExecutionState;
}

export type Remedy =
	| { readonly kind: 'leave'; readonly why: string }
	/** `counts`: it is an attempt; getting on after a pause is not. */
	| { readonly kind: 'restart'; readonly why: string; readonly counts: boolean; readonly runs: readonly Run[] }
	| { readonly kind: 'block'; readonly why: string; readonly runs: readonly Run[] }
	| { readonly kind: 'fail'; readonly why: string; readonly runs: readonly Run[] };

function leave(why: string): Remedy {
	return { kind: 'leave', why };
}

/** What is down for minutes must not use up all attempts in minutes: none, none, 2, 4, 8 minutes between them. */
function isTooSoon(task: Task, now: Date): boolean {
	if (task.dispatchedAt === null) return false;
	const pauseMs = Math.max(task.status === 'in_review' && task.attempts > 0 ? ONE_SWEEP_MS : 0, task.attempts < 2 ? 0 : 2 ** (task.attempts - 1) * 60_000);
	return now.getTime() - Date.parse(task.dispatchedAt) < pauseMs;
}

function restart(task: Task, why: string, runs: readonly Run[], now: Date): Remedy {
	if (isTooSoon(task, now)) return leave(`it was started again at ${task.dispatchedAt ?? ''}`);
	if (task.attempts < MAX_ATTEMPTS) return { kind: 'restart', why, counts: true, runs };
	return { kind: 'fail', why: `${why}; its flow was started again ${task.attempts} times without getting on`, runs };
}

/** What is to be done about one task that ought to be moving. */
export function chooseRemedy({ task, runs, waits, execution }: Observed, now: Date): Remedy {
	if (task.status !== 'in_progress' && task.status !== 'in_review') return leave('it is not at work');
	if (task.executionId === '') return leave('no execution has it in hand');
	const running = runs.filter((run) => run.status === 'running');
	// Another execution of it may be at work, whose heartbeat is younger than the task's own row.
	if (running.some((run) => run.executionId !== task.executionId && isFresh(run, now))) return leave('another execution works on it');
	switch (execution) {
		case 'running':
		case 'waiting':
		case 'unknown':
			return leave('its execution lives, or n8n did not say');
		case 'stopped':
			return { kind: 'block', why: `A person stopped execution ${task.executionId}`, runs: running };
		case 'crashed':
		case 'missing':
			return restart(task, `Execution ${task.executionId} went away`, running, now);
		case 'finished': {
			if (running.length > 0) return restart(task, `Execution ${task.executionId} ended while the agent worked`, running, now);
			if (task.status === 'in_review' && waits.some((wait) => wait.status === 'waiting' && wait.executionId === task.executionId)) {
				return restart(task, `Execution ${task.executionId} no longer waits for the pull request`, [], now);
			}
			const paused = runs.find((run) => run.status === 'paused');
			if (paused === undefined) return leave('its flow has ended');
			if (paused.resumeAt !== null && Date.parse(paused.resumeAt) > now.getTime()) return leave(`it is paused until ${paused.resumeAt}`);
			return { kind: 'restart', why: 'The limit that it was paused for has ended', counts: false, runs: [] };
		}
	}
}
