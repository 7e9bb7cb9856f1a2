/** The bundled workflow "Sentry to task", node by node with the parameters that it ships with. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { MaestroCreateTask } from '../../nodes/MaestroCreateTask/MaestroCreateTask.node';
import { MaestroTrigger } from '../../nodes/MaestroTrigger/MaestroTrigger.node';
import { eventAlert, ISSUE_ID, issueChange, sentryHeaders } from '../fixtures/sentry';
import { openBench, REPOSITORY, type Bench } from './support/bench';
import { callWebhook } from './support/call-webhook';
import { runNode, type NodeRun } from './support/run-node';

const SECRET = '5a1c0b2d9e8f47361a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f7081';
const workflow: { nodes: { type: string; parameters: INodeParameters }[] } = JSON.parse(readFileSync(join(__dirname, '../../workflows/sentry-to-task.json'), 'utf8'));

function parametersOf(type: string): INodeParameters {
	const found = workflow.nodes.find((node) => node.type === `n8n-nodes-maestro.${type}`);
	if (found === undefined) throw new Error(`The workflow has no ${type}`);
	return found.parameters;
}

let bench: Bench;
beforeEach(async () => {
	bench = await openBench();
});
afterEach(async () => await bench.close());

/** Sends a webhook to the first node, and what comes out of it through the second. Undefined: the first let nothing out. */
async function send(resource: string, body: object): Promise<NodeRun | undefined> {
	const text = JSON.stringify(body);
	const credentials = { ...bench.credentials, maestroSentryApi: { clientSecret: SECRET } };
	const { workflowData } = await callWebhook(new MaestroTrigger(), { credentials, body: text, parameters: parametersOf('maestroTrigger'), headers: sentryHeaders(resource, text, SECRET, new Date()) });
	const input: IDataObject[] | undefined = workflowData?.[0]?.map(({ json }) => json);
	return input === undefined ? undefined : await runNode(new MaestroCreateTask(), { credentials, parameters: parametersOf('maestroCreateTask'), input });
}

let events = 0;
const alert = (fields: object = {}): object => eventAlert({ received: Date.now() / 1000, event_id: `event-${++events}`, ...fields });
const issues = (): { title: string; body: string; labels: readonly string[] }[] => bench.github.issues(REPOSITORY).map(({ title, body, labels }) => ({ title, body, labels }));

it('makes one task with the playbook fix-bug and one issue with the label bug of an error, however often it happens', async () => {
	await bench.project();
	await bench.subscription();
	const first = await send('event_alert', alert());
	expect(first?.error).toBeUndefined();
	expect(first?.outputs).toMatchObject([[{ created: true, task: { status: 'pending', priority: 'high', issueNumber: 1 } }], []]);
	for (const [resource, body] of [['event_alert', alert()], ['issue', issueChange('unresolved')], ['issue', issueChange('unresolved', { url: undefined, web_url: undefined, project_url: undefined, count: '13' })]] as const) {
		expect((await send(resource, body))?.outputs).toMatchObject([[], [{ created: false }]]);
	}
	expect(bench.api.rows('maestro_tasks')).toMatchObject([{ repository: REPOSITORY, source: 'sentry', playbook: 'fix-bug', fingerprint: `sentry:shop-front:${ISSUE_ID}`, duplicates: 3, issueNumber: 1 }]);
	expect(issues()).toMatchObject([{ title: "TypeError: Cannot read properties of undefined (reading 'items')", labels: ['bug'], body: expect.stringContaining('1. `src/cart.ts:12` in `total`') }]);
	expect(bench.api.posted).toHaveLength(1);
});

it('lets out nothing of a low level, and no new issue that no alert asked for', async () => {
	await bench.project();
	expect(await send('event_alert', alert({ level: 'warning' }))).toBeUndefined();
	expect(await send('issue', issueChange('created'))).toBeUndefined();
	expect(bench.api.rows('maestro_tasks')).toEqual([]);
});

it('holds a task back where the project asks for more trust than the trigger gives to Sentry', async () => {
	await bench.project({ minimumTrust: 'member' });
	await bench.subscription();
	const made = await send('event_alert', alert());
	expect(made?.outputs[0]).toMatchObject([{ task: { status: 'blocked', statusReason: expect.stringMatching(/^A signal of sentry is "collaborator".*"member"/) } }]);
	expect(bench.api.posted).toEqual([]);
});

it('lets out nothing where there are two projects and nobody said which', async () => {
	await bench.project();
	await bench.project({ repository: 'octo/second' });
	expect(await send('event_alert', alert())).toBeUndefined();
});
