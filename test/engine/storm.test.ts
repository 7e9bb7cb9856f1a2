/** A storm of one thing after another: what it costs in calls to n8n's tables, which is what takes the time. */
import type { IDataObject } from 'n8n-workflow';

import { MaestroCreateTask } from '../../nodes/MaestroCreateTask/MaestroCreateTask.node';
import { MaestroTrigger } from '../../nodes/MaestroTrigger/MaestroTrigger.node';
import { eventAlert, sentryHeaders } from '../fixtures/sentry';
import { openBench, type Bench } from './support/bench';
import { callWebhook } from './support/call-webhook';
import { runNode } from './support/run-node';

jest.setTimeout(120_000);

const SECRET = 'client-secret-of-the-storm';
const ISSUES = 10;
const WEBHOOKS = 200;
const MANY_ISSUES = 50;

let bench: Bench;
beforeEach(async () => {
	bench = await openBench();
	await bench.project();
	await bench.subscription();
});
afterEach(async () => await bench.close());

async function send(index: number, issues = ISSUES): Promise<number[]> {
	const issue = 10_000 + (index % issues);
	const body = JSON.stringify(eventAlert({ issue_id: String(issue), issue_url: '', web_url: `https://sentry.io/organizations/acme/issues/${issue}/`, title: `Error ${issue}`, event_id: `event-${index}`, received: Date.now() / 1000 }));
	const credentials = { ...bench.credentials, maestroSentryApi: { clientSecret: SECRET } };
	const { answer, workflowData } = await callWebhook(new MaestroTrigger(), { credentials, body, headers: sentryHeaders('event_alert', body, SECRET, new Date()), parameters: { source: 'sentry' } });
	const input: IDataObject[] = (workflowData?.[0] ?? []).map(({ json }) => json);
	if (input.length === 0) throw new Error(`Nothing was started: ${JSON.stringify(answer)}`);
	const { error, outputs } = await runNode(new MaestroCreateTask(), { credentials, parameters: { from: 'signal', options: { dispatch: false } }, input, executionId: `execution-${index}` });
	if (error !== undefined) throw error;
	return outputs.map((items) => items.length);
}

it('makes one task of each thing, counts the others, and calls n8n seldom', async () => {
	await send(0);
	const before = bench.api.requests.length;
	const made = await Promise.all(Array.from({ length: WEBHOOKS }, async (_, index) => await send(index)));
	const calls = bench.api.requests.length - before;
	expect([made.filter(([created]) => created === 1).length, made.filter(([, counted]) => counted === 1).length]).toEqual([ISSUES - 1, WEBHOOKS - ISSUES + 1]);
	const rows = bench.api.rows('maestro_tasks');
	expect(rows).toHaveLength(ISSUES);
	expect(rows.reduce((sum, row) => sum + Number(row.duplicates), 0)).toBe(WEBHOOKS + 1 - ISSUES);
	expect(calls).toBeLessThan(0.75 * WEBHOOKS);
});

it('makes the tasks of many things at once with hardly more than a call for each, and counts what came again with hardly more', async () => {
	const begin = bench.api.requests.length;
	await Promise.all(Array.from({ length: MANY_ISSUES }, async (_, index) => await send(index, MANY_ISSUES)));
	expect(bench.api.rows('maestro_tasks')).toHaveLength(MANY_ISSUES);
	expect(bench.api.requests.length - begin).toBeLessThan(2 * MANY_ISSUES);
	const before = bench.api.requests.length;
	const made = await Promise.all(Array.from({ length: MANY_ISSUES }, async (_, index) => await send(MANY_ISSUES + index, MANY_ISSUES)));
	expect(made).toEqual(made.map(() => [0, 1]));
	expect(bench.api.rows('maestro_tasks').map(({ duplicates }) => duplicates)).toEqual(made.map(() => 1));
	expect(bench.api.requests.length - before).toBeLessThan(1.5 * MANY_ISSUES);
});
