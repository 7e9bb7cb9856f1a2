import { isMaestroError, messageOf } from '../../core/errors';
import type { Task } from '../../core/task/records';
import { changeTask } from '../shared/records';
import type { Github, Services } from '../shared/services';
import { addIssue, issueOf } from '../shared/task-issue';
import { PutOff } from './put-off';

const MOST_WANTED = 200;
const MOST_A_SWEEP = 25;
/** No further issue is begun after this, and none takes longer than its own limit: the other parts of the sweep wait. */
const BEGIN_WITHIN_MS = 20_000;
const LIMIT_MS = 20_000;
/** What the token may not do today it may do tomorrow; that is no reason to ask each minute. */
const LOOK_AGAIN_MS = 600_000;
const putOff = new PutOff<string>();

interface Report {
	readonly made: number[];
	readonly problems: string[];
}

type Making = 'made' | 'refused' | 'forbidden' | 'busy' | 'limited' | 'later';

function makingOf(error: unknown): Making {
	if (!isMaestroError(error)) return 'later';
	// A lock that somebody holds is no problem: they are making it.
	if (error.code === 'lost_race') return 'busy';
	if (error.code === 'github_rate_limit') return 'limited';
	if (error.code === 'github_auth') return 'forbidden';
	return error.code === 'github_rejected' || error.code === 'github_not_found' ? 'refused' : 'later';
}

async function make(services: Services, github: Github, task: Task, report: Report, signal: AbortSignal): Promise<Making> {
	try {
		const { issueNumber } = await addIssue(services, github, task, issueOf(task), AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]), 0);
		report.made.push(issueNumber);
		return 'made';
	} catch (error) {
		signal.throwIfAborted();
		const making = makingOf(error);
		if (making === 'busy') return making;
		const problem = services.redact(`The issue of task ${task.id} could not be made: ${messageOf(error)}`);
		report.problems.push(problem);
		if (making === 'refused') {
			const message = `${problem}. Maestro does not try again by itself; the work goes on without an issue`;
			await changeTask(services, task.id, () => ({ issueWish: 'refused' }), signal, [{ type: 'note', message }]);
		}
		return making;
	}
}

/** From another place each time, so that some that fail cannot keep the others from their turn for ever. */
function turned<T>(list: readonly T[], random: number): T[] {
	const from = Math.floor(random * list.length);
	return [...list.slice(from), ...list.slice(0, from)];
}

/**
 * Makes the issues that were wanted while GitHub could not be reached, or before n8n went away. A pull request that is open already would
 * not close the issue, and is itself the place to talk: its task gets none.
 */
export async function makeIssues(services: Services, github: Github, signal: AbortSignal): Promise<Report> {
	const report: Report = { made: [], problems: [] };
	const keyOf = ({ repository }: Task): string => `${services.instance} ${repository.toLowerCase()}`;
	const begun = services.clock.now().getTime();
	const unfinished = (['completed', 'failed', 'cancelled', 'archived'] as const).map((status) => ({ neq: status }));
	const found = await services.store.tasks.find({ issueWish: { eq: 'wanted' }, issueNumber: { eq: 0 }, pullRequestNumber: { eq: 0 }, status: unfinished }, { limit: MOST_WANTED }, signal);
	const due = found.filter((task) => putOff.isDue(keyOf(task), begun));
	for (const task of turned(due, services.random()).slice(0, MOST_A_SWEEP)) {
		const now = services.clock.now().getTime();
		if (now - begun > BEGIN_WITHIN_MS) break;
		// Another task has just shown that the token may not do this there.
		if (!putOff.isDue(keyOf(task), now)) continue;
		putOff.forget(keyOf(task));
		const making = await make(services, github, task, report, signal);
		if (making === 'forbidden') putOff.until(keyOf(task), now + LOOK_AGAIN_MS);
		// It holds for all of them.
		if (making === 'limited') break;
	}
	return report;
}
