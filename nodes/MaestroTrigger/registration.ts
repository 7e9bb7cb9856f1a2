import type { IHookFunctions } from 'n8n-workflow';
import { messageOf } from '../../core/errors';
import { blank } from '../../core/task/blank';
import { appendEvents } from '../../core/task/events';
import { subscriptionColumns, type Subscription } from '../../core/task/records';
import type { NewRow } from '../../core/task/store';
import { ensureGithubWebhook, hooksOf } from '../shared/github-webhooks';
import { localPath } from '../shared/n8n-api';
import { openGithub, openServices, type Services } from '../shared/services';
import { readParameters, type GithubTriggerParameters, type TriggerParameters } from './parameters';
import { requireSentry } from './sentry-projects';

const TIMEOUT_MS = 60_000;
const MOST_PROJECTS = 500;
const MOST_ROWS = 50;

/**
 * n8n asks this for every published workflow also while it starts, when its own API does not answer yet and what is thrown
 * takes the workflow's webhooks away: what publishing made is still there then.
 */
export function isRegistered(context: IHookFunctions): boolean {
	const mode = context.getActivationMode();
	return mode === 'init' || mode === 'leadershipChange';
}

/** Undefined: there is nothing to keep. Sentry is told the address by a person. */
function subscriptionOf(context: IHookFunctions, parameters: TriggerParameters, url: string): NewRow<Subscription> | undefined {
	const row = { ...blank(subscriptionColumns), workflowId: context.getWorkflow().id ?? '', nodeId: context.getNode().id, path: localPath(url), version: 1 };
	switch (parameters.source) {
		case 'maestro':
			return { ...row, events: parameters.events.join(','), projectId: parameters.projectId, maxRunning: parameters.maxRunning };
		case 'github':
			return { ...row, webhookUrl: parameters.registerWebhook ? url : '', webhookEvents: parameters.events.join(',') };
		case 'sentry':
			return undefined;
	}
}

async function rowsOf(context: IHookFunctions, services: Services, signal: AbortSignal): Promise<Subscription[]> {
	const where = { workflowId: { eq: context.getWorkflow().id ?? '' }, nodeId: { eq: context.getNode().id } };
	return await services.store.subscriptions.find(where, { limit: MOST_ROWS }, signal);
}

async function repositoriesOf(parameters: GithubTriggerParameters, services: Services, signal: AbortSignal): Promise<string[]> {
	if (parameters.repositories.length > 0) return [...parameters.repositories];
	const projects = await services.store.projects.find({ active: { eq: true } }, { limit: MOST_PROJECTS }, signal);
	return projects.map((project) => project.repository);
}

async function registerWebhooks(context: IHookFunctions, parameters: GithubTriggerParameters, services: Services, subscription: Subscription, signal: AbortSignal): Promise<void> {
	const github = await openGithub(context, services);
	for (const repository of await repositoriesOf(parameters, services, signal)) {
		const { ok, detail } = await ensureGithubWebhook(services, github, subscription, repository, signal);
		if (ok) continue;
		context.logger.warn(detail);
		await appendEvents(services, [{ type: 'note', message: detail }], signal);
	}
}

/** Publishing: writes the subscription, and makes GitHub's webhooks where that is wanted. */
export async function register(context: IHookFunctions): Promise<boolean> {
	// A test run from the editor listens for one call at another address, and leaves nothing behind.
	if (context.getMode() === 'manual') return true;
	const parameters = readParameters(context);
	const services = await openServices(context);
	const signal = AbortSignal.timeout(TIMEOUT_MS);
	const earlier = await rowsOf(context, services, signal);
	const row = subscriptionOf(context, parameters, context.getNodeWebhookUrl('default') ?? '');
	if (parameters.source === 'sentry') await requireSentry(context, services, parameters, signal);
	const [subscription] = row === undefined ? [] : await services.store.subscriptions.insert([{ ...row, hooks: earlier.find(({ hooks }) => hooks !== '')?.hooks ?? '' }], signal);
	// Publishing again must not leave two, or each event would start the workflow twice.
	for (const { id } of earlier) await services.store.subscriptions.remove({ id: { eq: id } }, signal);
	if (subscription !== undefined && parameters.source === 'github' && parameters.registerWebhook) {
		await registerWebhooks(context, parameters, services, subscription, signal);
	}
	return true;
}

/** Each by itself: a repository that is gone must not keep the others' webhooks. */
async function removeWebhooks(context: IHookFunctions, services: Services, row: Subscription, signal: AbortSignal): Promise<void> {
	const hooks = Object.entries(hooksOf(row));
	if (hooks.length === 0) return;
	const github = await openGithub(context, services);
	for (const [repository, id] of hooks) {
		try {
			await github.client.removeWebhook(repository, id, signal);
		} catch (error) {
			context.logger.warn(services.redact(`Maestro Trigger could not remove its webhook from ${repository}: ${messageOf(error)}`));
		}
	}
}

/** Unpublishing: takes back what publishing made. What cannot be taken back is logged and does no harm. */
export async function unregister(context: IHookFunctions): Promise<boolean> {
	if (context.getMode() === 'manual') return true;
	const signal = AbortSignal.timeout(TIMEOUT_MS);
	try {
		const services = await openServices(context);
		for (const row of await rowsOf(context, services, signal)) {
			// The row first: with it, a check of the project would make the webhook again.
			await services.store.subscriptions.remove({ id: { eq: row.id } }, signal);
			await removeWebhooks(context, services, row, signal);
		}
	} catch (error) {
		context.logger.warn(`Maestro Trigger could not clean up after itself: ${messageOf(error)}`);
	}
	return true;
}
