import { existsSync } from 'node:fs';

import { hasEnded, outputsOf } from './support/client';
import { type N8n, startN8n } from './support/n8n';
import { isAlive, processesIn } from './support/processes';
import { waitFor } from './support/poll';
import { property } from './support/rest';
import type { WorkflowJson } from './support/workflows';

const echo: WorkflowJson = {
	name: 'Echo',
	nodes: [
		{ id: 'a', name: 'Webhook', type: 'n8n-nodes-base.webhook', typeVersion: 2, position: [0, 0], webhookId: 'echo', parameters: { httpMethod: 'POST', path: 'echo', responseMode: 'onReceived' } },
		{
			id: 'b',
			name: 'Set',
			type: 'n8n-nodes-base.set',
			typeVersion: 3.4,
			position: [220, 0],
			parameters: { assignments: { assignments: [{ id: 'x', name: 'said', value: '={{ $json.body.word }}', type: 'string' }] }, options: {} },
		},
	],
	connections: { Webhook: { main: [[{ node: 'Set', type: 'main', index: 0 }]] } },
	settings: { executionOrder: 'v1' },
};

const pause: WorkflowJson = {
	name: 'Pause',
	nodes: [
		{ id: 'a', name: 'Webhook', type: 'n8n-nodes-base.webhook', typeVersion: 2, position: [0, 0], webhookId: 'pause', parameters: { httpMethod: 'POST', path: 'pause', responseMode: 'onReceived' } },
		{ id: 'b', name: 'Wait', type: 'n8n-nodes-base.wait', typeVersion: 1.1, position: [220, 0], webhookId: 'wait', parameters: { amount: 2, unit: 'hours' } },
	],
	connections: { Webhook: { main: [[{ node: 'Wait', type: 'main', index: 0 }]] } },
	settings: { executionOrder: 'v1' },
};

describe('a real n8n under test', () => {
	let n8n: N8n;
	beforeAll(async () => {
		n8n = await startN8n();
	}, 300_000);
	afterAll(async () => {
		await n8n.stop();
	}, 60_000);

	test('runs a published workflow for a webhook and shows what its nodes put out', async () => {
		const id = await n8n.client.importWorkflow(echo);
		await n8n.client.publish(id);
		const answer = await n8n.client.postWebhook('echo', { word: 'hello' });
		expect(answer.status).toBe(200);
		const execution = await n8n.client.waitForExecution(id);
		expect(execution.status).toBe('success');
		expect(outputsOf(execution, 'Set')).toEqual([[{ said: 'hello' }]]);
	}, 60_000);

	test('has this package loaded as a community package', async () => {
		const types = await n8n.client.editor('/types/credentials.json');
		const names = (Array.isArray(types) ? types : []).map((type: unknown) => property(type, 'name'));
		expect(names.filter((name) => String(name).startsWith('maestro')).sort()).toEqual(['maestroClaudeApi', 'maestroGithubApi', 'maestroImapApi', 'maestroN8nApi', 'maestroSentryApi', 'maestroSmtpApi']);
	});

	test('keeps workflows, key and waiting executions over a kill and a restart', async () => {
		const id = await n8n.client.importWorkflow(pause);
		await n8n.client.publish(id);
		await n8n.client.postWebhook('pause', {});
		const waiting = await n8n.client.waitForExecution(id, { accept: ({ status }) => status === 'waiting' });
		const before = n8n.pid();
		await n8n.kill9();
		expect(isAlive(before)).toBe(false);
		await n8n.restart();
		expect(n8n.pid()).not.toBe(before);
		expect((await n8n.client.getExecution(waiting.id)).status).toBe('waiting');
		await n8n.client.stopExecution(waiting.id);
		const stopped = await n8n.client.waitForExecution(id, { accept: hasEnded });
		expect(stopped.status).toBe('canceled');
		expect((await n8n.client.postWebhook('echo', { word: 'again' })).status).toBe(200);
	}, 180_000);

	test('leaves no process and no folder behind', async () => {
		const pid = n8n.pid();
		await n8n.stop();
		expect(isAlive(pid)).toBe(false);
		await waitFor('everything in its folder to end', () => (processesIn(n8n.userFolder).length === 0 ? true : undefined));
		expect(existsSync(n8n.userFolder)).toBe(false);
	}, 60_000);
});
