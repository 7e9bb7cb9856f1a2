import { isMaestroError, messageOf } from '../../core/errors';
import { updateTask } from '../../core/task/compare-and-set';
import { appendEvents } from '../../core/task/events';
import type { Github, Services } from '../shared/services';

const MOST_A_SWEEP = 25;

/** GitHub will not have it, now or later: a person has to close it, or deleted it. */
function isFinal(error: unknown): boolean {
	return isMaestroError(error) && (error.code === 'github_not_found' || error.code === 'github_rejected');
}

/**
 * Closes the issues of parents whose last child was merged: they have no pull request of their own that would. A parent that is
 * completed and still watches its children is one whose issue has to be closed, so that a crash or an outage only puts it off.
 */
export async function closeParents(services: Services, github: Github, signal: AbortSignal): Promise<{ closed: number[]; problems: string[] }> {
	const report = { closed: [] as number[], problems: [] as string[] };
	const parents = await services.store.tasks.find({ status: { eq: 'completed' }, watchesChildren: { eq: true } }, { limit: MOST_A_SWEEP }, signal);
	for (const parent of parents) {
		const { id: taskId, issueNumber, repository } = parent;
		let message = '';
		if (issueNumber > 0) {
			try {
				await github.client.closeIssue({ repository, number: issueNumber }, signal);
				report.closed.push(issueNumber);
				message = `Its issue #${issueNumber} was closed: all of its tasks are completed`;
			} catch (error) {
				signal.throwIfAborted();
				if (!isFinal(error)) throw error;
				message = `All of its tasks are completed; its issue #${issueNumber} could not be closed: ${messageOf(error)}`;
				report.problems.push(services.redact(message));
			}
		}
		const moved = await updateTask(services, parent, { watchesChildren: false }, signal);
		if (moved !== undefined && message !== '') await appendEvents(services, [{ type: 'note', message: services.redact(message), taskId, executionId: services.executionId }], signal);
	}
	return report;
}
