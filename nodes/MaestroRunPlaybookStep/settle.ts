import type { RunRest } from '../../core/session/rest';
import type { Examination } from '../../core/step/examine';
import type { PlaybookState, Run, Session } from '../../core/task/records';
import type { Changes } from '../../core/task/store';
import { withLeftovers } from './proof';

/** What came of the tries of a step in this run of the node. */
export interface Tried {
	readonly examination: Examination;
	readonly headSha: string;
	readonly session: Session;
	readonly run: Run;
	readonly summary: string;
	/** Of this try, in USD. */
	readonly tryCostUsd: number;
	/** Of all tries of the step. */
	readonly costUsd: number;
	/** What is left to write of the run; its lines of the timeline go with those of the step. */
	readonly rest: RunRest | undefined;
}

/** Why the playbook goes no further. */
export interface Failing {
	readonly failure: string;
	readonly reason: string;
}

/** How much of what a check said goes on the timeline. */
export const SHOWN_OUTPUT = 800;

/** In one write with what led to it, so that no crash between the two has it forgotten. */
export function failed({ failure, reason }: Failing, now: Date): Changes<PlaybookState> {
	return { status: 'failed', statusReason: `${failure}: ${reason}`.slice(0, 500), finishedAt: now.toISOString() };
}

/** What a try taught, whether it passed or not. */
export function learnt(row: PlaybookState, { examination, tryCostUsd }: Tried): Changes<PlaybookState> {
	const leftovers = withLeftovers(row, examination.leftByCheck);
	return { costUsd: row.costUsd + tryCostUsd, ...(leftovers === undefined ? {} : { leftovers }) };
}
