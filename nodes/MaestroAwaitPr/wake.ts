import type { IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';
import { pullRequestKey, type PullRequestSnapshot } from '../../core/github/github';
import { decideVerdict } from '../../core/github/pull-request-state';
import { updateWait } from '../../core/task/compare-and-set';
import { verdictContext } from '../../core/task/feedback';
import type { Wait } from '../../core/task/records';
import type { Leaving } from '../shared/items';
import { localPath } from '../shared/n8n-api';
import { requireTask } from '../shared/records';
import { openGithub, openServices, type Github, type Services } from '../shared/services';
import { answer, answerError } from '../shared/webhook';
import { leave, type Ending } from './leave';

const TIMEOUT_MS = 60_000;

/** The wait row that the caller names, if it belongs to the execution that was called. */
async function findWait(context: IWebhookFunctions, services: Services, signal: AbortSignal): Promise<Wait | undefined> {
	const { waitId } = context.getBodyData();
	if (typeof waitId !== 'number') return undefined;
	const [wait] = await services.store.waits.find({ id: { eq: waitId } }, { limit: 1 }, signal);
	if (wait === undefined || wait.status !== 'waiting') return undefined;
	// n8n has checked the token of the URL; the row must belong to that very URL.
	const called: unknown = context.getRequestObject().originalUrl;
	const path = localPath(wait.resumeUrl);
	return typeof called === 'string' && (called === path || called.endsWith(path)) ? wait : undefined;
}

/** Where moving on fails, the wait is open again: the next sweep tries once more. */
async function moveOn(ending: Ending, snapshot: PullRequestSnapshot, wait: Wait, services: Services, github: Github, signal: AbortSignal): Promise<Leaving> {
	try {
		const task = await requireTask(services, wait.taskId, signal);
		return await leave(ending, snapshot, task, services, github, signal);
	} catch (error) {
		await updateWait(services, wait, { status: 'waiting' }, AbortSignal.timeout(TIMEOUT_MS));
		throw error;
	}
}

/**
 * Someone says that the pull request may need attention. What they say is not believed: GitHub is asked, and the execution
 * sleeps on where there is nothing to do.
 */
export async function wake(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const signal = AbortSignal.timeout(TIMEOUT_MS);
	const services = await openServices(context);
	try {
		const wait = await findWait(context, services, signal);
		if (wait === undefined) return answer(context, 409, { error: 'No such wait' });
		const github = await openGithub(context, services);
		const ref = { repository: wait.repository, number: wait.pullRequestNumber };
		const snapshot = (await github.client.snapshots([ref], signal)).get(pullRequestKey(ref));
		if (snapshot === undefined) return answer(context, 200, { woken: false, reason: 'GitHub does not show the pull request' });
		const now = services.clock.now();
		const verdict = decideVerdict(snapshot, verdictContext(wait, now));
		const over = wait.timeoutAt !== null && wait.timeoutAt <= now.toISOString();
		if (verdict.kind === 'wait' && !over) return answer(context, 200, { woken: false, reason: verdict.reason });
		const ending: Ending = verdict.kind === 'wait' ? { kind: 'timed_out' } : verdict;
		const claimed = await updateWait(services, wait, { status: 'woken', lastVerdict: ending.kind, checkedAt: now.toISOString() }, signal);
		if (claimed === undefined) return answer(context, 409, { error: 'Another call has woken it' });
		const leaving = await moveOn(ending, snapshot, claimed, services, github, signal);
		context.getResponseObject().status(200).json({ woken: true });
		const workflowData = Array.from({ length: leaving.output + 1 }, (_, output) => (output === leaving.output ? [{ json: leaving.json }] : []));
		return { noWebhookResponse: true, workflowData };
	} catch (error) {
		return answerError(context, error, services.redact);
	}
}
