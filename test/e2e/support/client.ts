import { setTimeout as sleep } from 'node:timers/promises';

import { waitFor } from './poll';
import { list, property, record, rest, rawRest, RestError, type RestRequest, text } from './rest';
import { type ChosenCredentials, credentialTypesByNode, withCredentials, type WorkflowJson } from './workflows';

/** Execution as n8n's public API gives it. `data` is there when asked for. */
export interface Execution {
	readonly id: string;
	readonly workflowId: string;
	readonly status: string;
	readonly mode: string;
	readonly startedAt?: string;
	readonly stoppedAt?: string;
	readonly waitTill?: string;
	readonly data?: unknown;
}

export interface ExecutionFilter {
	readonly workflowId?: string;
	readonly status?: 'running' | 'success' | 'error' | 'waiting' | 'crashed' | 'canceled';
	readonly includeData?: boolean;
}

export interface WebhookAnswer {
	readonly status: number;
	readonly body: string;
}

/** What tests and the demo do to an n8n, through its public API and, where that has no word for it, its editor's API. */
export class N8nClient {
	private nodeTypes: Promise<ReadonlyMap<string, readonly string[]>> | undefined;

	constructor(
		readonly url: string,
		readonly apiKey: string,
		readonly cookie: string,
	) {}

	async api(path: string, request: RestRequest = {}): Promise<unknown> {
		return await rest(`${this.url}/api/v1${path}`, { ...request, headers: { 'x-n8n-api-key': this.apiKey, ...request.headers } });
	}

	/** The editor's own API. */
	async editor(path: string, request: RestRequest = {}): Promise<unknown> {
		return await rest(`${this.url}${path}`, { ...request, headers: { cookie: this.cookie, ...request.headers } });
	}

	async createCredential(type: string, name: string, data: Record<string, unknown>): Promise<{ id: string; name: string }> {
		const created = await this.api('/credentials', { method: 'POST', body: { name, type, data } });
		return { id: text(created, 'id'), name };
	}

	/** The answer of the credential's test, as its dialog shows it. */
	async testCredential(type: string, credential: { id: string; name: string }): Promise<{ status: string; message: string }> {
		const stored = await this.editor(`/rest/credentials/${credential.id}?includeData=true`);
		const body = { credentials: { ...credential, type, data: property(stored, 'data', 'data') } };
		const answer = await this.editor('/rest/credentials/test', { method: 'POST', body });
		return { status: text(answer, 'data', 'status'), message: text(answer, 'data', 'message') };
	}

	/** Imports a workflow, with a credential chosen wherever one of these types is taken. Gives its id. */
	async importWorkflow(workflow: WorkflowJson, credentials: ChosenCredentials = {}): Promise<string> {
		this.nodeTypes ??= this.editor('/types/nodes.json').then(credentialTypesByNode);
		const { name, nodes, connections, settings } = withCredentials(workflow, credentials, await this.nodeTypes);
		return text(await this.api('/workflows', { method: 'POST', body: { name, nodes, connections, settings: settings ?? {} } }), 'id');
	}

	async publish(workflowId: string): Promise<void> {
		await this.api(`/workflows/${workflowId}/publish`, { method: 'POST', body: {} });
	}

	async unpublish(workflowId: string): Promise<void> {
		await this.api(`/workflows/${workflowId}/unpublish`, { method: 'POST', body: {} });
	}

	/** Newest first; all pages. */
	async listExecutions(filter: ExecutionFilter = {}): Promise<Execution[]> {
		const query = new URLSearchParams(Object.entries(filter).map(([key, value]) => [key, String(value)]));
		return (await this.allPages('/executions', query)).map(toExecution);
	}

	async getExecution(id: string, { includeData = true } = {}): Promise<Execution> {
		return toExecution(await this.api(`/executions/${id}?includeData=${includeData}`));
	}

	async stopExecution(id: string): Promise<void> {
		await this.api(`/executions/${id}/stop`, { method: 'POST' });
	}

	/** Waits until an execution of the workflow satisfies `accept` (default: it has ended) and gives it with its data. */
	async waitForExecution(
		workflowId: string,
		{ accept = hasEnded, limitMs = 60_000 }: { accept?: (execution: Execution) => boolean; limitMs?: number } = {},
	): Promise<Execution> {
		let last: Execution[] = [];
		const found = await waitFor(
			`an execution of workflow ${workflowId}`,
			async () => {
				last = await this.listExecutions({ workflowId });
				return last.find(accept);
			},
			{ limitMs, seen: () => last.map(({ id, status }) => ({ id, status })) },
		);
		return await this.getExecution(found.id);
	}

	/** All rows of the data table with this name; undefined when there is no such table. */
	async tableRows(name: string): Promise<Record<string, unknown>[] | undefined> {
		const tables = await this.allPages('/data-tables', new URLSearchParams({ filter: JSON.stringify({ name }) }));
		const table = tables.find((candidate) => property(candidate, 'name') === name);
		if (table === undefined) return undefined;
		return (await this.allPages(`/data-tables/${text(table, 'id')}/rows`, new URLSearchParams())).map(record);
	}

	/** POSTs to a production webhook. n8n answers 404 for a moment after publishing: that is tried again, for `limitMs`. */
	async postWebhook(
		path: string,
		body: unknown,
		{ headers = {}, limitMs = 10_000 }: { headers?: Record<string, string>; limitMs?: number } = {},
	): Promise<WebhookAnswer> {
		const deadline = Date.now() + limitMs;
		for (;;) {
			const response = await fetch(`${this.url}/webhook/${path}`, {
				method: 'POST',
				headers: { 'content-type': 'application/json', ...headers },
				// A signature is over the exact bytes, so a string goes out as it is.
				body: typeof body === 'string' ? body : JSON.stringify(body),
				signal: AbortSignal.timeout(60_000),
			});
			const answer = { status: response.status, body: await response.text() };
			if (answer.status !== 404 || Date.now() > deadline) return answer;
			await sleep(100);
		}
	}

	/** Runs a workflow as the editor's Execute button does. Gives the execution's id. */
	async runManually(workflowId: string, triggerNode: string): Promise<string> {
		const workflow = property(await this.editor(`/rest/workflows/${workflowId}`), 'data');
		const body = { workflowData: workflow, triggerToStartFrom: { name: triggerNode } };
		const answer = await this.editor(`/rest/workflows/${workflowId}/run`, { method: 'POST', body });
		return text(answer, 'data', 'executionId');
	}

	private async allPages(path: string, query: URLSearchParams): Promise<unknown[]> {
		const found: unknown[] = [];
		for (;;) {
			const page = await this.api(`${path}?${query}`);
			found.push(...list(page, 'data'));
			const cursor = property(page, 'nextCursor');
			if (typeof cursor !== 'string') return found;
			query.set('cursor', cursor);
		}
	}
}

export function hasEnded(execution: Execution): boolean {
	return !['new', 'running', 'waiting', 'unknown'].includes(execution.status);
}

/** What a node put out in an execution: one list of items per output. `run` counts from 0; without it the last one. */
export function outputsOf(execution: Execution, node: string, run?: number): Record<string, unknown>[][] {
	const runs = property(execution.data, 'resultData', 'runData', node);
	if (!Array.isArray(runs) || runs.length === 0) return [];
	const main: unknown = property(runs.at(run ?? -1), 'data', 'main');
	return (Array.isArray(main) ? main : []).map((items: unknown) => (Array.isArray(items) ? items : []).map((item: unknown) => record(property(item, 'json'))));
}

export { rawRest, RestError };

function toExecution(value: unknown): Execution {
	const optional = (name: string): string | undefined => {
		const found = property(value, name);
		return typeof found === 'string' ? found : undefined;
	};
	return {
		id: text(value, 'id'),
		workflowId: text(value, 'workflowId'),
		status: text(value, 'status'),
		mode: text(value, 'mode'),
		startedAt: optional('startedAt'),
		stoppedAt: optional('stoppedAt'),
		waitTill: optional('waitTill'),
		data: property(value, 'data'),
	};
}
