/** Says when a step that did not pass is given up. Pure. */
import type { Examination } from '../../core/step/examine';
import { couldNotRun, type StepFailure } from '../../core/step/judge';
import type { PlaybookState } from '../../core/task/records';
import type { Failing } from './settle';

/** As the original: a document that three runs in a row bring nowhere is given up. */
const MOST_IDLE_RUNS = 3;
const MEND_THE_CHECK =
	'Correct the command where it is written ("Check Command" of the node, the project, or the playbook, whose row in maestro_playbooks is then to be deleted), or install what it calls where n8n runs, and start the task again';

export const haltReason = (said: string): string => (said === '' ? 'The agent stopped the playbook' : said);

type Row = Pick<PlaybookState, 'tries' | 'triesBefore' | 'idleRuns' | 'problem'>;

/** Why a step that did not pass is not tried once more; undefined: it is. */
export function failingOf(row: Row, { halt, check }: Pick<Examination, 'halt' | 'check'>, problem: string, isIdle: boolean, retries: number): (Failing & { readonly failure: StepFailure }) | undefined {
	if (halt !== undefined) return { failure: 'halted', reason: haltReason(halt) };
	const isLast = row.tries + 1 - row.triesBefore > retries;
	if (check !== undefined && couldNotRun(check)) {
		// A script or a dependency that is missing the agent can add when it is told, so it is told once; a program that the host lacks it cannot.
		const wasTold = row.tries > row.triesBefore && row.problem !== '' && problem.startsWith(row.problem);
		return check.missing !== undefined || wasTold || isLast ? { failure: 'check_failed', reason: `${problem}. ${MEND_THE_CHECK}` } : undefined;
	}
	const idleRuns = isIdle ? row.idleRuns + 1 : 0;
	if (idleRuns >= MOST_IDLE_RUNS) return { failure: 'stalled', reason: `${idleRuns} runs in a row brought nothing new. ${problem}` };
	return isLast ? { failure: 'check_failed', reason: problem } : undefined;
}
