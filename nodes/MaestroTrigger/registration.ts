import type { IHookFunctions } from 'n8n-workflow';
import { messageOf, isMaestroError } from '../../core/errors';
import { appendEvents } from '../../core/task/events';
import { localPath } from '../shared/n8n-api';
import { openGithub, openServices, type Services } from '../shared/services';
import { readParameters, type GithubTriggerParameters, type MaestroTriggerParameters } from './parameters';

const TIMEOUT_MS = 60_000;
const MOST_PROJECTS = 500;

/** What publishing left behind, kept in the static data of the node. */
interface Registration {
	/** `owner/name` → id of the webhook there. */
	hooks?: Record<string, number>;
}

function registration(context: IHookFunctions): Registration {
	return context.getWorkflowStaticData('node');
}

/**
 * n8n asks this for every published workflow also while it starts, when its own API does not answer yet and what is thrown
 * takes the workflow's webhooks away: what publishing made is still there then.
 */
export function isRegistered(context: IHookFunctions): boolean {
	const mode = context.getActivationMode();
	return mode === 'init' || mode === 'leadershipChange';
}

async function subscribe(context: IHookFunctions, parameters: MaestroTriggerParameters, services: Services, url: string): Promise<void> {
	const workflowId = context.getWorkflow().id ?? '';
	const signal = AbortSignal.timeout(TIMEOUT_MS);
	const row = {
		workflowId,
		nodeId: context.getNode().id,
		path: localPath(url),
		events: parameters.events.join(','),
		projectId: parameters.projectId,
		maxRunning: parameters.maxRunning,
		version: 0,
		owner: '',
	};
	const where = { workflowId: { eq: workflowId }, nodeId: { eq: row.nodeId } };
	// Publishing again must not leave two subscriptions, or each event would start the workflow twice.
	await services.store.subscriptions.remove(where, signal);
	await services.store.subscriptions.insert([row], signal);
}

async function repositoriesOf(parameters: GithubTriggerParameters, services: Services, signal: AbortSignal): Promise<string[]> {
	if (parameters.repositories.length > 0) return [...parameters.repositories];
	const projects = await services.store.projects.find({ active: { eq: true } }, { limit: MOST_PROJECTS }, signal);
	return projects.map((project) => project.repository);
}

async function registerHooks(context: IHookFunctions, parameters: GithubTriggerParameters, services: Services, url: string): Promise<Record<string, number>> {
	const signal = AbortSignal.timeout(TIMEOUT_MS);
	const github = await openGithub(context, services);
	const hooks: Record<string, number> = {};
	for (const repository of await repositoriesOf(parameters, services, signal)) {
		try {
			const hook = await github.client.ensureWebhook({ repository, url, events: parameters.events, secret: github.settings.webhookSecret }, signal);
			hooks[repository] = hook.id;
		} catch (error) {
			const message = services.redact(
				`The webhook of ${repository} could not be made: ${messageOf(error)}. ${isMaestroError(error) ? error.advice : ''} Or enter it by hand at ${github.settings.webUrl}/${repository}/settings/hooks/new: payload URL ${url}, content type application/json, the webhook secret of the credential, events ${parameters.events.join(', ')}.`,
			);
			context.logger.warn(message);
			await appendEvents(services, [{ type: 'note', message }], signal);
		}
	}
	return hooks;
}

/** Publishing: writes the subscription or makes GitHub's webhooks. */
export async function register(context: IHookFunctions): Promise<boolean> {
	const kept = registration(context);
	const parameters = readParameters(context);
	const url = context.getNodeWebhookUrl('default') ?? '';
	// A test run from the editor listens for one call at another address, and leaves nothing behind.
	if (context.getMode() === 'manual') return true;
	const services = await openServices(context);
	switch (parameters.source) {
		case 'maestro':
			await subscribe(context, parameters, services, url);
			break;
		case 'github':
			if (parameters.registerWebhook) kept.hooks = await registerHooks(context, parameters, services, url);
			break;
	}
	return true;
}

/** Unpublishing: takes back what publishing made. What cannot be taken back is logged and does no harm. */
export async function unregister(context: IHookFunctions): Promise<boolean> {
	const kept = registration(context);
	if (context.getMode() === 'manual') return true;
	const signal = AbortSignal.timeout(TIMEOUT_MS);
	try {
		const services = await openServices(context);
		await services.store.subscriptions.remove({ workflowId: { eq: context.getWorkflow().id ?? '' }, nodeId: { eq: context.getNode().id } }, signal);
		if (kept.hooks !== undefined && Object.keys(kept.hooks).length > 0) {
			const github = await openGithub(context, services);
			for (const [repository, id] of Object.entries(kept.hooks)) await github.client.removeWebhook(repository, id, signal);
		}
	} catch (error) {
		context.logger.warn(`Maestro Trigger could not clean up after itself: ${messageOf(error)}`);
	}
	delete kept.hooks;
	return true;
}
