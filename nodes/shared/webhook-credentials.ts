import type { ICredentialDataDecryptedObject, IWebhookFunctions } from 'n8n-workflow';
import type { ServiceContext } from './services';

/** So long a changed credential may still be the old one for webhooks: less than it takes a person to send one again. */
const KEEP_MS = 3_000;
const MOST = 200;

interface Kept {
	readonly data: Promise<ICredentialDataDecryptedObject>;
	readonly until: number;
}

const kept = new Map<string, Kept>();

/** Monotonic: a clock that is set back must not keep a secret alive. */
const now = (): number => performance.now();

/**
 * As the webhook's own context, with credentials that are read once for all webhooks of some seconds: n8n evaluates a credential of a webhook in an isolate of
 * its own, which costs more than all else that a refused webhook does (docs/n8n-facts.md). Kept in memory only.
 */
export function withKeptCredentials(context: IWebhookFunctions): ServiceContext {
	const { id: workflowId = '' } = context.getWorkflow();
	const node = context.getNode();
	return {
		helpers: context.helpers,
		getWorkflow: () => context.getWorkflow(),
		getCredentials: async (type) => {
			const key = JSON.stringify([workflowId, node.id, type, node.credentials?.[type]?.id ?? '']);
			const known = kept.get(key);
			if (known !== undefined && known.until > now()) return await known.data;
			const data = context.getCredentials(type);
			for (const [each, { until }] of kept) if (until <= now() || kept.size >= MOST) kept.delete(each);
			kept.set(key, { data, until: now() + KEEP_MS });
			// What could not be read is asked for again.
			data.catch(() => kept.delete(key));
			return await data;
		},
	};
}
