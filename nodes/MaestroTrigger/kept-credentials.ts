import type { ICredentialDataDecryptedObject, IWebhookFunctions } from 'n8n-workflow';
import { systemClock, type Clock } from '../../core/clock';
import type { ServiceContext } from '../shared/services';
import { Remembered } from './remembered';

/** Three seconds: less than it takes a person to change a credential and send again. */
const kept = new Remembered<ICredentialDataDecryptedObject>(() => true, { keepMs: 3_000, most: 200 });

/**
 * As the webhook's own context, with credentials that are read once for all webhooks of some seconds: n8n evaluates a credential of a webhook in an isolate of
 * its own, which costs more than all else that a refused webhook does (docs/n8n-facts.md). Kept in memory only, for this node of this workflow.
 */
export function withKeptCredentials(context: IWebhookFunctions, clock: Clock = systemClock): ServiceContext {
	const node = context.getNode();
	const workflow = context.getWorkflow();
	return {
		helpers: context.helpers,
		getWorkflow: () => workflow,
		getCredentials: async (type) => {
			const about = JSON.stringify([workflow.id, node.id, type, node.credentials?.[type]?.id]);
			return await kept.get({ instance: 'this n8n', clock }, about, async () => await context.getCredentials(type));
		},
	};
}
