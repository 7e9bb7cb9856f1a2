/** A storm of signed Sentry webhooks, next to a webhook of n8n's own that writes a row; and what refused ones cost. */
import { randomUUID } from 'node:crypto';
import { inParallel } from '../../core/parallel';
import type { WebhookAnswer } from '../e2e/support/client';
import { waitFor } from '../e2e/support/poll';
import { record, text } from '../e2e/support/rest';
import { openStage, type Stage, type StageOptions } from '../e2e/support/stage';
import type { WorkflowJson } from '../e2e/support/workflows';
import { eventAlert, sentryHeaders } from '../fixtures/sentry';
import { median, milliseconds, timed, times, type Figure, type Measured } from './figure';

const WEBHOOKS = 1_000;
const ISSUES = 50;
/** Sent at the same time; more only wait in n8n's own queue. */
const AT_ONCE = 50;
const SINGLE = 25;
const FIRST_ISSUE = 10_000;
const CLIENT_SECRET = 'client-secret-of-the-storm';

/** Without a GitHub issue for each task, which is GitHub's time, and without work for an agent. */
const bare: NonNullable<StageOptions['adapt']> = (name, workflow) => {
	if (name !== 'sentryToTask') return workflow;
	const nodes = workflow.nodes.map((node) => (String(node.type).endsWith('maestroCreateTask') ? { ...node, parameters: { ...record(node.parameters), options: { dispatch: false } } } : node));
	return { ...workflow, nodes };
};

const bareWorkflow = (table: string): WorkflowJson => ({
	name: 'Bare insert',
	nodes: [
		{ id: 'a', name: 'Webhook', type: 'n8n-nodes-base.webhook', typeVersion: 2, position: [0, 0], webhookId: 'bare-insert', parameters: { httpMethod: 'POST', path: 'bare-insert', responseMode: 'onReceived' } },
		{
			id: 'b',
			name: 'Insert',
			type: 'n8n-nodes-base.dataTable',
			typeVersion: 1,
			position: [220, 0],
			parameters: {
				resource: 'row',
				operation: 'insert',
				dataTableId: { __rl: true, mode: 'id', value: table },
				columns: { mappingMode: 'defineBelow', value: { title: '={{ $json.body.data.event.title }}', issue: '={{ $json.body.data.event.issue_id }}' }, matchingColumns: [], schema: ['title', 'issue'].map((id) => ({ id, displayName: id, required: false, defaultMatch: false, display: true, type: 'string', canBeUsedToMatch: true })) },
			},
		},
	],
	connections: { Webhook: { main: [[{ node: 'Insert', type: 'main', index: 0 }]] } },
	settings: { executionOrder: 'v1' },
});

interface Sent {
	readonly body: string;
	readonly headers: Record<string, string>;
}

/** One event of an issue, unlike any other. */
function webhook(issue: number): Sent {
	const body = JSON.stringify(eventAlert({ issue_id: String(issue), issue_url: '', web_url: `https://sentry.io/organizations/acme/issues/${issue}/`, title: `Error of issue ${issue}`, event_id: randomUUID().replaceAll('-', ''), received: Date.now() / 1000 }));
	return { body, headers: sentryHeaders('event_alert', body, CLIENT_SECRET, new Date()) };
}

export const figure: Figure = {
	name: 'storm',
	about: `${WEBHOOKS} signed Sentry webhooks of ${ISSUES} issues as fast as n8n takes them, next to Webhook → Data Table insert in the same n8n`,
	measure: async (say) => {
		// As n8n does it by itself; the tests have it write each node's data.
		const stage = await openStage({ scripts: [], further: ['sentryToTask'], furtherCredentials: { maestroSentryApi: { clientSecret: CLIENT_SECRET } }, adapt: bare, env: { EXECUTIONS_DATA_SAVE_ON_PROGRESS: 'false' } });
		try {
			const { client } = stage.n8n;
			await client.unpublish(stage.workflows.reconcile);
			await client.publish(stage.workflow('sentryToTask'));
			const made = await client.api('/data-tables', { method: 'POST', body: { name: 'bare', columns: [{ name: 'title', type: 'string' }, { name: 'issue', type: 'string' }] } });
			const bareId = await client.importWorkflow(bareWorkflow(text(made, 'id')));
			await client.publish(bareId);
			// The first of each loads what is loaded on first use.
			await one(stage, 'maestro/sentry', webhook(FIRST_ISSUE - 1));
			await one(stage, 'bare-insert', webhook(FIRST_ISSUE - 1));
			await tasksCounted(stage, 1);
			const found = await storms(stage, say);
			return [...found, ...(await refusals(stage, say))];
		} finally {
			await stage.close();
		}
	},
};

async function one({ n8n }: Stage, path: string, { body, headers }: Sent): Promise<WebhookAnswer> {
	return await n8n.client.postWebhook(path, body, { headers });
}

/** Sends all with so many at the same time; the answers in their order. */
async function all(stage: Stage, path: string, list: readonly Sent[]): Promise<WebhookAnswer[]> {
	return await inParallel(list, AT_ONCE, async (sent) => await one(stage, path, sent));
}

const signals = (rows: readonly Record<string, unknown>[]): number => rows.reduce((sum, row) => sum + 1 + Number(row.duplicates), 0);

/** Until the tasks have so many signals on them. */
async function tasksCounted(stage: Stage, wanted: number): Promise<Record<string, unknown>[]> {
	return await waitFor(
		`${wanted} signals to be counted`,
		async () => {
			const rows = await stage.rows('maestro_tasks');
			return signals(rows) >= wanted ? rows : undefined;
		},
		{ limitMs: 300_000, everyMs: 2_000, seen: async () => signals(await stage.rows('maestro_tasks')) },
	);
}

function refused(answers: readonly WebhookAnswer[]): number {
	return answers.filter(({ status }) => status < 200 || status > 299).length;
}

const perSecond = (count: number, ms: number): string => `${((count * 1000) / ms).toFixed(1)} a second`;

/** Both storms, until the last row is written; the bare one in two halves around ours, so that a slow moment falls on both. */
async function storms(stage: Stage, say: (line: string) => void): Promise<Measured[]> {
	let inserted = 1;
	const bareHalf = async (): Promise<number> => {
		const list = Array.from({ length: WEBHOOKS / 2 }, (_, index) => webhook(FIRST_ISSUE + (index % ISSUES)));
		inserted += list.length;
		const { ms, result } = await timed(async () => {
			const answers = await all(stage, 'bare-insert', list);
			await waitFor('the rows of the bare workflow', async () => ((await stage.rows('bare')).length >= inserted ? true : undefined), { limitMs: 300_000, everyMs: 2_000 });
			return answers;
		});
		if (refused(result) > 0) throw new Error(`The bare webhook refused ${refused(result)}.`);
		return ms;
	};
	const before = await bareHalf();
	say(`bare, first half: ${perSecond(WEBHOOKS / 2, before)}`);
	const list = Array.from({ length: WEBHOOKS }, (_, index) => webhook(FIRST_ISSUE + (index % ISSUES)));
	let answered = 0;
	const { ms, result: answers } = await timed(async () => {
		const { ms: taken, result } = await timed(async () => await all(stage, 'maestro/sentry', list));
		answered = taken;
		await tasksCounted(stage, WEBHOOKS + 1);
		return result;
	});
	say(`Maestro: all answered after ${milliseconds(answered)}, all counted after ${milliseconds(ms)}, ${perSecond(WEBHOOKS, ms)}`);
	const after = await bareHalf();
	say(`bare, second half: ${perSecond(WEBHOOKS / 2, after)}`);
	const rows = (await stage.rows('maestro_tasks')).filter((row) => Number(String(row.fingerprint).split(':').at(-1)) >= FIRST_ISSUE);
	const failed = (await stage.n8n.client.listExecutions({ workflowId: stage.workflow('sentryToTask'), status: 'error' })).length;
	const repeats = signals(rows) - rows.length;
	const share = (before + after) / ms;
	return [
		{ what: `${WEBHOOKS} webhooks of ${ISSUES} issues: tasks, counted repeats`, target: `${ISSUES}, ${WEBHOOKS - ISSUES}`, value: `${rows.length}, ${repeats}`, met: rows.length === ISSUES && repeats === WEBHOOKS - ISSUES },
		{ what: 'refused, failed executions', target: '0, 0', value: `${refused(answers)}, ${failed}`, met: refused(answers) === 0 && failed === 0 },
		{ what: 'throughput, until the last is counted', target: '', value: perSecond(WEBHOOKS, ms) },
		{ what: 'throughput of Webhook → Data Table insert', target: '', value: perSecond(WEBHOOKS, before + after) },
		{ what: 'share of that throughput', target: '≥ 0.5 ×', value: times(share), met: share >= 0.5 },
	];
}

type Bad = 'forged' | 'truncated' | 'replayed';

/** What was refused leaves nothing, and costs no more than what was taken. */
async function refusals(stage: Stage, say: (line: string) => void): Promise<Measured[]> {
	const left = async (): Promise<string> => {
		const tables = ['maestro_tasks', 'maestro_events', 'maestro_locks', 'maestro_sessions', 'maestro_runs'];
		return JSON.stringify(await Promise.all(tables.map(async (table) => (await stage.rows(table)).map(({ id, version, duplicates }) => [id, version, duplicates]))));
	};
	const taken: Sent = webhook(FIRST_ISSUE + ISSUES);
	// n8n itself answers 422 to a body that is no whole JSON, before any node sees it.
	const bad: Readonly<Record<Bad, { readonly sent: () => Sent; readonly status: readonly number[] }>> = {
		forged: { sent: () => ({ ...webhook(FIRST_ISSUE + ISSUES), headers: sentryHeaders('event_alert', 'another body', CLIENT_SECRET, new Date()) }), status: [401] },
		truncated: { sent: () => { const whole = webhook(FIRST_ISSUE + ISSUES); return { ...whole, body: whole.body.slice(0, -40) }; }, status: [400, 401, 422] },
		replayed: { sent: () => taken, status: [200] },
	};
	const spent: Record<Bad | 'valid', number[]> = { valid: [], forged: [], truncated: [], replayed: [] };
	let count = signals(await stage.rows('maestro_tasks'));
	const valid = async (sent: Sent): Promise<void> => {
		spent.valid.push((await timed(async () => await one(stage, 'maestro/sentry', sent))).ms);
		await tasksCounted(stage, ++count);
	};
	await valid(taken);
	const wrong: string[] = [];
	for (let turn = 0; turn < SINGLE; turn++) {
		await valid(webhook(FIRST_ISSUE + ISSUES));
		const before = turn === 0 ? await left() : '';
		for (const kind of ['forged', 'truncated', 'replayed'] as const) {
			const { ms, result } = await timed(async () => await one(stage, 'maestro/sentry', bad[kind].sent()));
			spent[kind].push(ms);
			if (!bad[kind].status.includes(result.status)) wrong.push(`${kind}: ${result.status} ${result.body}`);
		}
		if (turn === 0 && (await left()) !== before) wrong.push('rows were left');
	}
	if (wrong.length > 0) say(`not as it should be: ${[...new Set(wrong)].join('; ')}`);
	const ours = median(spent.valid);
	const kinds = ['forged', 'truncated', 'replayed'] as const;
	return [
		{ what: 'forged 401, truncated 4xx, replayed dropped, no row', target: 'all', value: wrong.length === 0 ? 'all' : `${wrong.length} not`, met: wrong.length === 0 },
		{ what: 'a valid webhook answered', target: '', value: milliseconds(ours) },
		...kinds.map((kind) => ({ what: `a ${kind} one answered`, target: `≤ ${milliseconds(ours)}`, value: milliseconds(median(spent[kind])), met: median(spent[kind]) <= ours })),
	];
}
