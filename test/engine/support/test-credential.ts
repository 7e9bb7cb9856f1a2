import { type Credentials, workflowOf } from './workflow';

import { ExecuteContext, RoutingNode } from 'n8n-core';
import { createEmptyRunExecutionData, type ICredentialType, type INode, type INodeType, type Workflow } from 'n8n-workflow';

export interface CredentialVerdict {
	readonly ok: boolean;
	/** What n8n has to say of it: a status, or why no answer came. */
	readonly detail: string;
}

/** The headers that the type declares, with `$credentials` filled in as n8n does. */
function headersOf(type: ICredentialType, data: object, workflow: Workflow, node: INode): Record<string, string> {
	const { authenticate } = type;
	if (typeof authenticate !== 'object' || !('type' in authenticate)) throw new Error(`${type.name} says nothing of how it is put into a request.`);
	const evaluated: (readonly [string, string])[] = Object.entries(authenticate.properties.headers ?? {}).map(([name, declared]) => {
		const value = typeof declared === 'string' ? workflow.expression.getSimpleParameterValue(node, declared, 'internal', { $credentials: data }) : undefined;
		if (typeof value !== 'string') throw new Error(`The header ${name} of ${type.name} is no text.`);
		return [name, value] as const;
	});
	return Object.fromEntries(evaluated);
}

/** The status in what axios threw. */
function statusOf(cause: unknown): string {
	const response = cause instanceof Error && 'response' in cause ? cause.response : undefined;
	return typeof response === 'object' && response !== null && 'status' in response && typeof response.status === 'number' ? `${response.status}` : '';
}

/** The test that a credential declares, made the way the dialog of n8n makes it: by n8n-core's routing node, around the declared request. */
export async function testCredential(type: ICredentialType, credentials: Credentials): Promise<CredentialVerdict> {
	const data = credentials[type.name];
	if (type.test === undefined || data === undefined) throw new Error(`${type.name} declares no test, or no data was given for it.`);
	const temporary: INodeType = {
		description: {
			displayName: 'Temporary',
			name: 'temporary',
			group: ['input'],
			version: 1,
			description: '',
			defaults: {},
			inputs: ['main'],
			outputs: ['main'],
			credentials: [{ name: type.name, required: true }],
			properties: [{ displayName: 'Temporary', name: 'temp', type: 'string', routing: { request: type.test.request }, default: '' }],
		},
	};
	const { node, workflow, additionalData } = workflowOf(temporary, { credentials: { [type.name]: data }, node: { parameters: {} } });
	additionalData.credentialsHelper.authenticate = async (decrypted, _name, options) =>
		await Promise.resolve({ url: '', ...options, headers: { ...options.headers, ...headersOf(type, decrypted, workflow, node) } });
	const context = new ExecuteContext(workflow, node, additionalData, 'internal', createEmptyRunExecutionData(), 0, [], { main: [[{ json: {} }]] }, { node, data: {}, source: null }, []);
	try {
		await new RoutingNode(context, temporary, { id: '1', name: type.name, type: type.name, data }).runNode();
		return { ok: true, detail: '' };
	} catch (error) {
		const { cause, message } = error instanceof Error ? error : new Error(String(error));
		return { ok: false, detail: statusOf(cause) || message };
	}
}
