import { askFor, asleep, atOnce, doAsTitled, pullRequestsOf, taskIs, taskOf } from './support/flow';
import { property, text } from './support/rest';
import { openStage, type Stage } from './support/stage';
import type { WorkflowJson } from './support/workflows';

const LIST_TASKS: WorkflowJson = {
	name: 'List the tasks',
	nodes: [
		{ id: 'a', name: 'Start', type: 'n8n-nodes-base.manualTrigger', typeVersion: 1, position: [0, 0], parameters: {} },
		{ id: 'b', name: 'Maestro', type: 'n8n-nodes-maestro.maestro', typeVersion: 1, position: [220, 0], parameters: { resource: 'task', operation: 'getAll' } },
	],
	connections: { Start: { main: [[{ node: 'Maestro', type: 'main', index: 0 }]] } },
	settings: { executionOrder: 'v1' },
};

describe('an n8n that is not set up as it should be', () => {
	let stage: Stage;
	beforeAll(async () => {
		stage = await openStage({ scripts: [doAsTitled], adapt: atOnce });
	}, 180_000);
	afterAll(async () => await stage.close(), 60_000);

	/** What a person sees of a node that works with this credential. */
	const tryWith = async (data: Record<string, unknown>): Promise<{ message: string; advice: string; test: { status: string; message: string } }> => {
		const { client } = stage.n8n;
		const credential = await client.createCredential('maestroN8nApi', `n8n ${JSON.stringify(data.baseUrl)}`, data);
		const id = await client.importWorkflow(LIST_TASKS, { maestroN8nApi: credential });
		await client.runManually(id, 'Start');
		const execution = await client.waitForExecution(id);
		expect(execution.status).toBe('error');
		const error = property(execution.data, 'resultData', 'error');
		return { message: text(error, 'message'), advice: text(error, 'description'), test: await client.testCredential('maestroN8nApi', credential) };
	};

	test('an API key without the scopes is told which ones it needs', async () => {
		const made = await stage.n8n.client.editor('/rest/api-keys', { method: 'POST', body: { label: 'narrow', scopes: ['workflow:list'], expiresAt: null } });
		const seen = await tryWith({ baseUrl: stage.n8n.url, apiKey: text(made, 'data', 'rawApiKey') });
		expect(seen.message).toMatch(/^The n8n API key lacks the scope "dataTable:list"/);
		expect(seen.advice).toContain('dataTableRow:update');
		expect(seen.test.status).toBe('Error');
	}, 60_000);

	test('a base URL at which no n8n answers is named', async () => {
		const seen = await tryWith({ baseUrl: 'http://127.0.0.1:9', apiKey: stage.n8n.apiKey });
		expect(seen.message).toContain('n8n did not answer at http://127.0.0.1:9');
		expect(seen.advice).toContain('Base URL');
		expect(seen.test.status).toBe('Error');
	}, 60_000);

	test('full data tables are named, and the signal that met them can be delivered again', async () => {
		await stage.n8n.restart({ env: { N8N_DATA_TABLES_MAX_SIZE_BYTES: '1000' } });
		const number = stage.github.openIssue({ repository: stage.fullName, title: 'Meet full tables', body: '', association: 'OWNER' });
		const deliveries = stage.github.addLabel({ repository: stage.fullName, number }, 'auto');
		await stage.github.delivered();
		const refused = stage.github.deliveries.filter(({ id }) => deliveries.includes(id));
		expect(refused.map(({ status }) => status)).toContain(500);
		expect(await taskOf(stage, number)).toBeUndefined();
		expect(await stage.n8n.log()).toMatch(/Maestro could not take a webhook: n8n's data tables are full.*Raise N8N_DATA_TABLES_MAX_SIZE_BYTES/);

		await stage.n8n.restart();
		for (const { id } of refused) stage.github.redeliver(id);
		const task = await taskIs(stage, number, 'in_review', 120_000);
		await asleep(stage, task.id);
		expect(pullRequestsOf(stage, number)).toHaveLength(1);
		expect((await stage.rows('maestro_tasks')).filter(({ issueNumber }) => issueNumber === number)).toHaveLength(1);
	}, 240_000);

	test('what was under way when the tables filled up goes on once there is room', async () => {
		const issue = askFor(stage, 'Fill up behind me');
		const { id } = await taskIs(stage, issue, 'in_review', 90_000);
		await asleep(stage, id);
		const [number = 0] = pullRequestsOf(stage, issue);
		await stage.n8n.restart({ env: { N8N_DATA_TABLES_MAX_SIZE_BYTES: '1000' } });
		await stage.github.merge({ repository: stage.fullName, number }, 'ada');
		await stage.github.delivered();
		await stage.reconcile();
		await stage.n8n.restart();
		await stage.reconcile();
		await taskIs(stage, issue, 'completed', 180_000);
	}, 300_000);
});
