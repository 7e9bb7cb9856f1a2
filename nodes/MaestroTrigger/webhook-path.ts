import * as host from 'n8n-workflow';

/**
 * The path of a webhook that is its node's parameter "Path". n8n reads it from the node as it is, and would otherwise evaluate an expression in an
 * isolate with every webhook (docs/n8n-facts.md). A host before 2.39 gets the expression, so that the nodes load there and say that it is too old.
 */
export function pathParameter(): { readonly path: string } {
	if (!('webhookDescriptionFields' in host)) return { path: '={{$parameter["path"]}}' };
	return host.webhookDescriptionFields({ path: host.fromParameter('path') });
}
