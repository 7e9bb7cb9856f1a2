import { type Setting, workflowOf } from './workflow';

import { WebhookContext } from 'n8n-core';
import type { IDataObject, INodeExecutionData, INodeType } from 'n8n-workflow';

export interface WebhookCall extends Setting {
	readonly headers?: Readonly<Record<string, string>>;
	/** A string is sent as it is; anything else as JSON. */
	readonly body?: unknown;
	readonly query?: Readonly<Record<string, string>>;
	/** Path and query as they came to n8n's server. */
	readonly url?: string;
	/** Name of the webhook in the node's description. */
	readonly webhook?: 'default' | 'setup';
}

export interface WebhookOutcome {
	/** What starts (or wakes) the workflow; undefined when nothing does. */
	readonly workflowData: INodeExecutionData[][] | undefined;
	/** What the node itself answered; undefined when it leaves that to n8n. */
	readonly answer: { readonly status: number; readonly body: unknown } | undefined;
	readonly webhookResponse: unknown;
	/** The workflow's static data afterwards. */
	readonly staticData: IDataObject;
}

/** Calls a node's `webhook()` in n8n-core with a request as n8n's server would hand it on (raw body included). */
export async function callWebhook(nodeType: INodeType, call: WebhookCall = {}): Promise<WebhookOutcome> {
	const { node, workflow, additionalData, mode } = workflowOf(nodeType, { mode: 'webhook', ...call });
	const name = call.webhook ?? 'default';
	const webhookDescription = nodeType.description.webhooks?.find((candidate) => candidate.name === name);
	if (webhookDescription === undefined || nodeType.webhook === undefined) throw new Error(`${node.name} has no webhook "${name}".`);

	const rawBody = Buffer.from(typeof call.body === 'string' ? call.body : JSON.stringify(call.body ?? {}));
	const response = new RecordedResponse();
	const headers = Object.fromEntries(Object.entries({ 'content-type': 'application/json', ...call.headers }).map(([key, value]) => [key.toLowerCase(), value]));
	const request = {
		method: 'POST',
		headers,
		query: call.query ?? {},
		originalUrl: call.url ?? '/webhook/test',
		params: {},
		rawBody,
		body: parsed(rawBody),
		readRawBody: async () => undefined,
		header: (header: string) => headers[header.toLowerCase()],
		get: (header: string) => headers[header.toLowerCase()],
	};
	Object.assign(additionalData, { httpRequest: request, httpResponse: response });
	const webhookData = { httpMethod: 'POST' as const, node: node.name, path: 'test', webhookDescription, workflowId: workflow.id, workflowExecuteAdditionalData: additionalData };
	const context = new WebhookContext(workflow, node, additionalData, mode, webhookData, [], null);
	const result = await nodeType.webhook.call(context);
	return {
		workflowData: result.workflowData,
		answer: response.answer(),
		webhookResponse: result.webhookResponse,
		staticData: workflow.staticData,
	};
}

function parsed(rawBody: Buffer): unknown {
	try {
		return JSON.parse(rawBody.toString());
	} catch {
		return {}; // n8n, too, hands on an empty body then; the raw one is what a signature is over.
	}
}

/** The part of Express's response that a node may use. */
class RecordedResponse {
	private code = 200;
	private sent: { body: unknown } | undefined;
	headersSent = false;

	status(code: number): this {
		this.code = code;
		return this;
	}

	setHeader(): this {
		return this;
	}

	set(): this {
		return this;
	}

	send(body?: unknown): this {
		this.sent = { body };
		this.headersSent = true;
		return this;
	}

	json(body: unknown): this {
		return this.send(body);
	}

	end(body?: unknown): this {
		return this.send(body);
	}

	sendStatus(code: number): this {
		return this.status(code).send();
	}

	answer(): { status: number; body: unknown } | undefined {
		return this.sent === undefined ? undefined : { status: this.code, body: this.sent.body };
	}
}
