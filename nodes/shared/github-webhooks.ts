import { isMaestroError, messageOf } from '../../core/errors';
import { change } from '../../core/task/compare-and-set';
import type { Subscription } from '../../core/task/records';
import type { Github, Services } from './services';

/** What came of one repository's webhook, in words for a person. */
export interface WebhookFinding {
	readonly repository: string;
	readonly ok: boolean;
	readonly detail: string;
}

/** Ids of the webhooks that were made for a subscription, by repository. */
export function hooksOf(subscription: Pick<Subscription, 'hooks'>): Record<string, number> {
	if (subscription.hooks === '') return {};
	const parsed: unknown = JSON.parse(subscription.hooks);
	const entries = typeof parsed === 'object' && parsed !== null ? Object.entries(parsed) : [];
	return Object.fromEntries(entries.filter((entry): entry is [string, number] => typeof entry[1] === 'number'));
}

/** Makes a repository send its events to a published trigger, and keeps what was made; where the token may not, says what to enter by hand. */
export async function ensureGithubWebhook(services: Services, github: Github, subscription: Subscription, repository: string, signal: AbortSignal): Promise<WebhookFinding> {
	const { webhookUrl: url } = subscription;
	const events = subscription.webhookEvents.split(',');
	try {
		const { id } = await github.client.ensureWebhook({ repository, url, events, secret: github.settings.webhookSecret }, signal);
		await change(services, services.store.subscriptions, subscription.id, (row) => ({ hooks: JSON.stringify({ ...hooksOf(row), [repository]: id }) }), signal);
		return { repository, ok: true, detail: `${repository} sends ${events.join(', ')} to ${url}` };
	} catch (error) {
		signal.throwIfAborted();
		const advice = isMaestroError(error) ? ` ${error.advice}` : '';
		const detail = `The webhook of ${repository} could not be made: ${messageOf(error)}.${advice} Or enter it by hand at ${github.settings.webUrl}/${repository}/settings/hooks/new: payload URL ${url}, content type application/json, the webhook secret of the credential, events ${events.join(', ')}.`;
		return { repository, ok: false, detail: services.redact(detail) };
	}
}
