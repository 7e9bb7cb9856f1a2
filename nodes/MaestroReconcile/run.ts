import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import type { PullRequestRef } from '../../core/github/github';
import { pruneEvents } from '../../core/task/events';
import { claimLock, pruneLocks, releaseLock } from '../../core/task/locks';
import { cancelSignal, toJson } from '../shared/items';
import { toNodeError } from '../shared/node-error';
import { dispatchReady, redeliverEvents } from '../shared/dispatch';
import { openGithub, openServices, type Github, type Services } from '../shared/services';
import { readParameters, type ReconcileParameters } from './parameters';
import { sweepTasks } from './sweep-tasks';
import { sweepWaits } from './sweep-waits';
import { sweepWorktrees } from './sweep-worktrees';

/** One sweep at a time; a sweep whose n8n died gives the next one way after this. */
const LEASE_MS = 5 * 60_000;
const KEEP_EVENTS = 20_000;

/** The pull requests that a webhook named; undefined: the item is from a schedule. */
function namedPullRequests(items: readonly INodeExecutionData[]): PullRequestRef[] | undefined {
	const named: PullRequestRef[] = [];
	for (const { json } of items) {
		if (!Array.isArray(json.pullRequests)) return undefined;
		for (const entry of json.pullRequests as unknown[]) {
			if (typeof entry !== 'object' || entry === null || !('repository' in entry) || !('number' in entry)) continue;
			if (typeof entry.repository === 'string' && typeof entry.number === 'number') named.push({ repository: entry.repository, number: entry.number });
		}
	}
	return named;
}

async function sweep(services: Services, github: Github, parameters: ReconcileParameters, signal: AbortSignal): Promise<object | undefined> {
	const lock = await claimLock(services, 'reconcile', LEASE_MS, signal);
	if (lock === undefined) return undefined;
	try {
		const waits = await sweepWaits(services, github, undefined, signal);
		const tasks = await sweepTasks(services, parameters.maxAttempts, signal);
		const redelivered = await redeliverEvents(services, signal);
		const dispatched = await dispatchReady(services, signal);
		const worktrees = await sweepWorktrees(services, github, signal);
		const prunedEvents = await pruneEvents(services, { maxAgeMs: parameters.keepEventsDays * 24 * 3600 * 1000, maxCount: KEEP_EVENTS }, signal);
		await pruneLocks(services, signal);
		return { waits, tasks, redelivered, dispatched: dispatched.map(({ id }) => id), worktrees, prunedEvents };
	} finally {
		await releaseLock(services, lock, AbortSignal.timeout(30_000));
	}
}

export async function run(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const services = await openServices(context);
	const signal = cancelSignal(context);
	try {
		const github = await openGithub(context, services);
		const named = namedPullRequests(context.getInputData());
		const report = named === undefined ? await sweep(services, github, readParameters(context), signal) : { waits: await sweepWaits(services, github, named, signal) };
		if (report === undefined) {
			context.addExecutionHints({ message: 'Another sweep is at work', location: 'outputPane' });
			return [[]];
		}
		return [[{ json: toJson(report), pairedItem: context.getInputData().map((_, item) => ({ item })) }]];
	} catch (error) {
		throw toNodeError(context.getNode(), error, 0, services.redact);
	}
}
