/** A text is taken when a person asks for it with the label, and what is written there afterwards is not. */
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { IDataObject, INodeParameters } from 'n8n-workflow';

import type { Task } from '../../core/task/records';
import { MaestroCreateTask } from '../../nodes/MaestroCreateTask/MaestroCreateTask.node';
import { MaestroTrigger } from '../../nodes/MaestroTrigger/MaestroTrigger.node';
import { openBench, REPOSITORY, WEBHOOK_SECRET, type Bench } from './support/bench';
import { callWebhook } from './support/call-webhook';
import { runNode } from './support/run-node';

const workflow: { nodes: { type: string; parameters: INodeParameters }[] } = JSON.parse(readFileSync(join(__dirname, '../../workflows/github-issue-to-task.json'), 'utf8'));
const never = new AbortController().signal;

function parametersOf(type: string): INodeParameters {
	const found = workflow.nodes.find((node) => node.type === `n8n-nodes-maestro.${type}`);
	if (found === undefined) throw new Error(`The workflow has no ${type}`);
	return found.parameters;
}

let bench: Bench;
beforeEach(async () => {
	bench = await openBench();
	await bench.project();
});
afterEach(async () => await bench.close());

let deliveries = 0;

/** A webhook about issue 12, through the nodes of the bundled workflow. Gives how many items came out of the last. */
async function send(action: string, title: string, more: object = {}, event = 'issues'): Promise<number[]> {
	const body = JSON.stringify({
		action,
		...(action === 'labeled' ? { label: { name: 'auto' } } : {}),
		issue: { number: 12, title, body: `${title}, in full.`, html_url: `https://github.com/${REPOSITORY}/issues/12`, user: { login: 'ada' }, author_association: 'MEMBER', labels: [{ name: 'auto' }] },
		repository: { full_name: REPOSITORY, html_url: `https://github.com/${REPOSITORY}` },
		sender: { login: 'ada' },
		...more,
	});
	const headers = { 'x-github-event': event, 'x-github-delivery': `edited-${++deliveries}`, 'x-hub-signature-256': `sha256=${createHmac('sha256', WEBHOOK_SECRET).update(body).digest('hex')}` };
	const { workflowData } = await callWebhook(new MaestroTrigger(), { credentials: bench.credentials, body, headers, parameters: parametersOf('maestroTrigger') });
	const input: IDataObject[] = (workflowData?.[0] ?? []).map(({ json }) => json);
	if (input.length === 0) return [];
	const { error, outputs } = await runNode(new MaestroCreateTask(), { credentials: bench.credentials, parameters: parametersOf('maestroCreateTask'), input });
	if (error !== undefined) throw error;
	return outputs.map((items) => items.length);
}

async function task(): Promise<Task> {
	const rows = await bench.store.tasks.find({}, { limit: 5 }, never);
	const [row] = rows;
	if (row === undefined || rows.length > 1) throw new Error(`There should be one task, and there are ${rows.length}`);
	return row;
}

it.each([
	['edited', 'issues', { changes: { title: { from: 'Asked for' } } }],
	['unlabeled', 'issues', { label: { name: 'auto' } }],
	['reopened', 'issues', {}],
	['created', 'issue_comment', { comment: { body: 'Do this instead.', html_url: '', user: { login: 'ada' }, author_association: 'OWNER' } }],
	['edited', 'issue_comment', { comment: { body: 'Do this instead.', html_url: '', user: { login: 'ada' }, author_association: 'OWNER' } }],
])('what is written on the issue after the label changes nothing: %s of %s', async (action, event, more) => {
	expect(await send('labeled', 'Asked for')).toEqual([1, 0]);
	expect(await send(action, 'Written later', more, event)).toEqual([]);
	expect(await task()).toMatchObject({ title: 'Asked for', body: 'Asked for, in full.', duplicates: 0, version: 1 });
});

it.each(['pending', 'in_progress', 'in_review', 'completed'] as const)('the label again does not change the text of a task that is %s', async (status) => {
	await send('labeled', 'Asked for');
	const { id } = await task();
	await bench.store.tasks.update({ id: { eq: id } }, { status }, never);
	expect(await send('labeled', 'Written later')).toEqual([0, 1]);
	expect(await task()).toMatchObject({ title: 'Asked for', body: 'Asked for, in full.', duplicates: 1, status });
});

it('the label again is a person who asks again: a task that stands still takes the text of then', async () => {
	await send('labeled', 'Asked for');
	const { id } = await task();
	await bench.store.tasks.update({ id: { eq: id } }, { status: 'blocked' }, never);
	await send('edited', 'Written later');
	expect(await task()).toMatchObject({ title: 'Asked for' });
	await new Promise((resolve) => setTimeout(resolve, 5));
	expect(await send('labeled', 'Asked for anew')).toEqual([0, 1]);
	expect(await task()).toMatchObject({ title: 'Asked for anew', body: 'Asked for anew, in full.', status: 'pending' });
});
