import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import type { PullRequestRef } from '../../core/github/github';
import { claimLock, releaseLock, renewLock } from '../../core/task/locks';
import { cancelSignal, toJson } from '../shared/items';
import { toNodeError, withNodeErrors } from '../shared/node-error';
import { dispatchReady, redeliverEvents, rollUpParents } from '../shared/dispatch';
import { openGithub, openServices, type Github, type Services } from '../shared/services';
import { readParameters, type ReconcileParameters } from './parameters';
import { sweepHistory } from './sweep-history';
import { makeIssues } from './sweep-issues';
import { closeParents } from './sweep-parents';
import { sweepTasks } from './sweep-tasks';
import { sweepWaits, type Named } from './sweep-waits';
import { sweepWorktrees } from './sweep-worktrees';

/** One sweep at a time, to spare calls: two do no harm. A sweep whose n8n died gives the next one way after this. */
const LEASE_MS = 60_000;

function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null;
}

/** What webhooks named; undefined: an item is from a schedule, so everything is looked at. */
function namedByWebhook(items: readonly INodeExecutionData[]): Named | undefined {
	const pullRequests: PullRequestRef[] = [];
	const repositories: string[] = [];
	for (const { json } of items) {
		const { signal, pullRequests: concerned } = json;
		if (!isRecord(signal) || typeof signal.repository !== 'string' || !Array.isArray(concerned)) return undefined;
		// A commit status names no pull request: then all of its repository may be meant.
		if (concerned.length === 0) repositories.push(signal.repository);
		for (const entry of concerned as unknown[]) {
			if (isRecord(entry) && typeof entry.repository === 'string' && typeof entry.number === 'number') pullRequests.push({ repository: entry.repository, number: entry.number });
		}
	}
	return { pullRequests, repositories };
}

async function sweep(services: Services, github: Github, parameters: ReconcileParameters, signal: AbortSignal): Promise<object | undefined> {
	const lock = await claimLock(services, 'reconcile', LEASE_MS, signal);
	if (lock === undefined) return undefined;
	try {
		const failures: unknown[] = [];
		// One part that fails, GitHub's above all, must not keep the others from mending what they can.
		const part = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
			try {
				await renewLock(services, lock, LEASE_MS, signal);
				return await work();
			} catch (error) {
				signal.throwIfAborted();
				failures.push(error);
				return undefined;
			}
		};
		const report = {
			tasks: await part(async () => await sweepTasks(services, signal)),
			redelivered: await part(async () => await redeliverEvents(services, signal)),
			parents: await part(async () => (await rollUpParents(services, signal)).map(({ id }) => id)),
			dispatched: await part(async () => (await dispatchReady(services, signal)).map(({ id }) => id)),
			newIssues: await part(async () => await makeIssues(services, github, signal)),
			issues: await part(async () => await closeParents(services, github, signal)),
			waits: await part(async () => await sweepWaits(services, github, undefined, signal)),
			worktrees: await part(async () => await sweepWorktrees(services, github, signal)),
			removed: await part(async () => await sweepHistory(services, { events: parameters.keepEventsDays, transcripts: parameters.keepTranscriptsDays }, signal)),
		};
		// The rest is done; the failure is for the execution history, where a person finds what to mend.
		if (failures.length > 0) throw failures[0];
		return report;
	} finally {
		await releaseLock(services, lock, AbortSignal.timeout(30_000));
	}
}

async function runNode(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const services = await openServices(context);
	const signal = cancelSignal(context);
	try {
		const github = await openGithub(context, services);
		const named = namedByWebhook(context.getInputData());
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

export async function run(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	return await withNodeErrors(context, async () => await runNode(context));
}
