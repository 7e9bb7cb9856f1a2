import { isMaestroError, messageOf } from '../../core/errors';
import { updateTask } from '../../core/task/compare-and-set';
import { appendEvents } from '../../core/task/events';
import type { Task } from '../../core/task/records';
import { areAllCompleted } from '../../core/task/roll-up';
import type { Github, Services } from '../shared/services';
import { PutOff } from './put-off';

const MOST_A_SWEEP = 25;
const MOST_CHILDREN = 2_000;

/** What the token may not do today it may do tomorrow; that is no reason to ask each minute. */
const LOOK_AGAIN_MS = 3600_000;
const putOff = new PutOff<string>();

type Closing = 'closed' | 'given_up' | 'later';

interface Report {
	readonly closed: number[];
	readonly problems: string[];
}

async function close({ repository, issueNumber }: Task, key: string, services: Services, github: Github, report: Report, signal: AbortSignal): Promise<Closing> {
	try {
		await github.client.closeIssue({ repository, number: issueNumber }, signal);
		report.closed.push(issueNumber);
		return 'closed';
	} catch (error) {
		signal.throwIfAborted();
		report.problems.push(services.redact(`${repository}#${issueNumber} could not be closed: ${messageOf(error)}`));
		const code = isMaestroError(error) ? error.code : undefined;
		// GitHub will not have it, now or later: a person has to close it, or deleted it.
		if (code === 'github_not_found' || code === 'github_rejected') return 'given_up';
		if (code === 'github_auth') putOff.until(key, services.clock.now().getTime() + LOOK_AGAIN_MS);
		return 'later';
	}
}

/**
 * Closes the issues of parents whose last child was merged: they have no pull request of their own that would. A parent that is
 * completed and still watches its children is one whose issue has to be closed, so that a crash or an outage only puts it off. One
 * that a person completed before its time keeps its issue.
 */
export async function closeParents(services: Services, github: Github, signal: AbortSignal): Promise<Report> {
	const report: Report = { closed: [], problems: [] };
	const keyOf = ({ id }: Task): string => `${services.instance} ${id}`;
	const now = services.clock.now().getTime();
	const found = await services.store.tasks.find({ status: { eq: 'completed' }, watchesChildren: { eq: true } }, { limit: MOST_CHILDREN }, signal);
	const parents = found.filter((parent) => putOff.isDue(keyOf(parent), now)).slice(0, MOST_A_SWEEP);
	for (const parent of parents) {
		const children = parent.issueNumber === 0 ? [] : await services.store.tasks.find({ parentId: { eq: parent.id } }, { limit: MOST_CHILDREN }, signal);
		const closing = parent.issueNumber > 0 && areAllCompleted(children) ? await close(parent, keyOf(parent), services, github, report, signal) : undefined;
		if (closing === 'later') continue;
		putOff.forget(keyOf(parent));
		const moved = await updateTask(services, parent, { watchesChildren: false }, signal);
		if (moved === undefined || closing === undefined) continue;
		const message = closing === 'closed' ? `Its issue #${parent.issueNumber} was closed: all of its tasks are completed` : `All of its tasks are completed; its issue could not be closed: ${report.problems.at(-1) ?? ''}`;
		await appendEvents(services, [{ type: 'note', message, taskId: parent.id, executionId: services.executionId }], signal);
	}
	return report;
}
