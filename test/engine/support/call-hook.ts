import { type Setting, workflowOf } from './workflow';

import { HookContext } from 'n8n-core';
import type { INodeType, WorkflowActivateMode } from 'n8n-workflow';

export interface HookCall extends Setting {
	/** Why n8n asks; default: somebody publishes. */
	readonly activation?: WorkflowActivateMode;
}

/** Publishes (`create`) or unpublishes (`delete`) a trigger as n8n does, or asks whether its webhook is there. */
export async function callHook(nodeType: INodeType, hook: 'checkExists' | 'create' | 'delete', call: HookCall = {}): Promise<boolean> {
	const { node, workflow, additionalData, mode } = workflowOf(nodeType, { mode: 'trigger', ...call });
	const webhookDescription = nodeType.description.webhooks?.find((candidate) => candidate.name === 'default');
	const method = nodeType.webhookMethods?.default?.[hook];
	if (webhookDescription === undefined || method === undefined) throw new Error(`${node.name} has no webhook.`);
	const webhookData = { httpMethod: 'POST' as const, node: node.name, path: typeof node.parameters.path === 'string' ? node.parameters.path : '', webhookDescription, workflowId: workflow.id, workflowExecuteAdditionalData: additionalData };
	return await method.call(new HookContext(workflow, node, additionalData, mode, call.activation ?? 'activate', webhookData));
}
