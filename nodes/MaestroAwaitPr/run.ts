import { WAIT_INDEFINITELY, type IExecuteFunctions, type INodeExecutionData } from 'n8n-workflow';
import { MaestroError } from '../../core/errors';
import { pullRequestKey } from '../../core/github/github';
import { decideVerdict } from '../../core/github/pull-request-state';
import { answered, roundsLeft, verdictContext } from '../../core/task/feedback';
import type { NewRow } from '../../core/task/store';
import type { Task, Wait } from '../../core/task/records';
import { dispatchReady } from '../shared/dispatch';
import { cancelSignal, runItems } from '../shared/items';
import { withNodeErrors } from '../shared/node-error';
import { changeTask, requireProject, requireTask } from '../shared/records';
import { openGithub, openServices, type Github, type Services } from '../shared/services';
import { leave } from './leave';
import { readParameters, type AwaitPrParameters } from './parameters';

const OUTPUTS = 7;
const DAY_MS = 24 * 3600 * 1000;

/** Counts feedback as answered once its run has completed, and keeps that on the task. */
async function settleFeedback(services: Services, task: Task, signal: AbortSignal): Promise<Task> {
	if (task.pendingFeedbackKey === '') return task;
	const runs = await services.store.runs.find({ taskId: { eq: task.id }, purpose: { eq: task.pendingFeedbackKey } }, { limit: 1, newestFirst: true }, signal);
	if (runs[0]?.status !== 'completed') return task;
	const { pendingFeedbackKey } = task;
	return await changeTask(services, task.id, (now) => answered(now, now.pendingFeedbackKey === pendingFeedbackKey), signal);
}

async function describeWait(services: Services, task: Task, parameters: AwaitPrParameters, headSha: string, signal: AbortSignal): Promise<NewRow<Wait>> {
	const project = await requireProject(services, task.projectId, signal);
	const now = services.clock.now();
	return {
		taskId: task.id,
		status: 'waiting',
		repository: task.repository,
		pullRequestNumber: task.pullRequestNumber,
		headSha,
		executionId: services.executionId,
		resumeUrl: parameters.resumeUrl,
		wakeOnApproval: parameters.wakeOnApproval,
		maxRounds: parameters.maxRounds,
		roundsLeft: roundsLeft(task, parameters.maxRounds),
		feedbackAt: task.feedbackAt,
		feedbackSha: task.feedbackSha,
		minimumTrust: project.minimumTrust,
		settleSeconds: parameters.settleSeconds,
		timeoutAt: parameters.timeoutDays === 0 ? null : new Date(now.getTime() + parameters.timeoutDays * DAY_MS).toISOString(),
		lastVerdict: '',
		checkedAt: now.toISOString(),
		version: 0,
		owner: '',
	};
}

/** Parked elsewhere and alive: the flow was started twice, and one sleeper is enough. */
async function awaitedElsewhere(services: Services, earlier: readonly Wait[], signal: AbortSignal): Promise<Wait | undefined> {
	for (const wait of earlier) {
		if (wait.status !== 'waiting' || wait.executionId === services.executionId) continue;
		const state = await services.n8n.executionState(wait.executionId, signal);
		if (state === 'waiting' || state === 'running' || state === 'unknown') return wait;
	}
	return undefined;
}

async function park(services: Services, wait: NewRow<Wait>, earlier: readonly Wait[], signal: AbortSignal): Promise<void> {
	for (const old of earlier) await services.store.waits.update({ id: { eq: old.id } }, { status: 'ended' }, signal);
	await services.store.waits.insert([wait], signal);
}

async function firstLook(services: Services, github: Github, task: Task, wait: NewRow<Wait>, signal: AbortSignal) {
	const ref = { repository: task.repository, number: task.pullRequestNumber };
	const snapshot = (await github.client.snapshots([ref], signal)).get(pullRequestKey(ref));
	if (snapshot === undefined) {
		throw new MaestroError(
			'github_not_found',
			`The pull request ${pullRequestKey(ref)} of task ${task.id} is not there`,
			'Check that the access token may read the repository, and that the repository was not deleted or renamed.',
			{ task: task.id },
		);
	}
	return { snapshot, verdict: decideVerdict(snapshot, verdictContext(wait, services.clock.now())) };
}

async function runNode(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	if (context.getInputData().length > 1) {
		throw new MaestroError(
			'bad_parameter',
			'Maestro Await PR got more than one item',
			'An execution can sleep for one pull request: put a Loop Over Items node with a sub-workflow before it, or let task.ready start an execution for each task.',
		);
	}
	const services = await openServices(context);
	const github = await openGithub(context, services);
	const parked: number[] = [];
	const outputs = await runItems(context, OUTPUTS, () => services.redact, async (itemIndex, signal) => {
		const parameters = readParameters(context, itemIndex);
		const task = await settleFeedback(services, await requireTask(services, parameters.taskId, signal), signal);
		if (task.pullRequestNumber === 0) {
			throw new MaestroError('bad_parameter', `Task ${task.id} has no pull request`, 'Put Maestro Open PR before this node.', { task: task.id });
		}
		const earlier = await services.store.waits.find({ taskId: { eq: task.id }, status: { neq: 'ended' } }, { limit: 20, newestFirst: true }, signal);
		const elsewhere = await awaitedElsewhere(services, earlier, signal);
		if (elsewhere !== undefined) {
			// The one that sleeps has the task in hand, or Reconcile would take this execution's end for the flow's.
			await changeTask(services, task.id, (now) => ({ executionId: elsewhere.executionId, ...(now.status === 'in_progress' ? { status: 'in_review' as const } : {}) }), signal);
			context.addExecutionHints({ message: `Task ${task.id} is awaited by another execution already`, location: 'outputPane' });
			return undefined;
		}
		const wait = await describeWait(services, task, parameters, '', signal);
		const { snapshot, verdict } = await firstLook(services, github, task, wait, signal);
		if (verdict.kind !== 'wait') return await leave(verdict, snapshot, task, services, github, signal);
		await park(services, { ...wait, headSha: snapshot.headSha, lastVerdict: verdict.reason }, earlier, signal);
		await changeTask(services, task.id, (now) => ({ executionId: services.executionId, ...(now.status === 'in_progress' ? { status: 'in_review' as const } : {}) }), signal, [
			{ type: 'pull_request.awaited', message: `Sleeps until ${pullRequestKey(snapshot)} needs someone: ${verdict.reason}`.slice(0, 500) },
		]);
		// Who sleeps needs no slot: the next one need not wait for a sweep.
		await dispatchReady(services, signal);
		context.setMetadata({ resumeUrl: parameters.resumeUrl });
		parked.push(task.id);
		return undefined;
	});
	if (parked.length === 0) return outputs;
	cancelSignal(context).throwIfAborted();
	await context.putExecutionToWait(WAIT_INDEFINITELY);
	return [context.getInputData()];
}

export async function run(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	return await withNodeErrors(context, async () => await runNode(context));
}
