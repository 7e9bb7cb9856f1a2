import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { signature } from '../fixtures/github';
import { askFor, asleep, atOnce, doAsTitled, gate, labelOften, pullRequestsOf, runsOf, sessionsOf, statusSetter, taskIs, taskOf, type Gate, type RowOf } from './support/flow';
import { bash, editTestCommit, when } from '../fixtures/model';
import { outputsOf, type WebhookAnswer } from './support/client';
import { addProject } from './support/installation';
import { waitFor } from './support/poll';
import { property, record } from './support/rest';
import { openStage, type Stage } from './support/stage';
import type { WorkflowJson } from './support/workflows';

const ELSEWHERE = 'octo/elsewhere';
const IN_PROJECT = 2;
const IN_ALL = 3;

/** Makes a task of fields, as a person's own workflow does. */
const MAKE: WorkflowJson = {
	name: 'Make a task',
	nodes: [
		{ id: 'a', name: 'Webhook', type: 'n8n-nodes-base.webhook', typeVersion: 2, position: [0, 0], webhookId: 'make-task', parameters: { httpMethod: 'POST', path: 'make-task', responseMode: 'lastNode' } },
		{
			id: 'b',
			name: 'Make',
			type: 'n8n-nodes-maestro.maestroCreateTask',
			typeVersion: 1,
			position: [220, 0],
			parameters: {
				from: 'fields',
				repository: '={{ $json.body.repository }}',
				title: '={{ $json.body.title }}',
				fingerprint: '={{ $json.body.title }}',
				options: { dependsOn: '={{ $json.body.dependsOn }}', conflictsWith: '={{ $json.body.conflictsWith }}' },
			},
		},
	],
	connections: { Webhook: { main: [[{ node: 'Make', type: 'main', index: 0 }]] } },
	settings: { executionOrder: 'v1' },
};

describe('how work comes in', () => {
	let stage: Stage;
	let first: Gate;
	/** A body as GitHub sends it, and its headers, to be sent again in other forms. */
	let genuine: { body: string; headers: Record<string, string> };

	const at = (number: number): { repository: string; number: number } => ({ repository: stage.fullName, number });

	beforeAll(async () => {
		stage = await openStage({
			scripts: [],
			project: { maxRunning: IN_PROJECT },
			adapt: (name, workflow) => {
				const adapted = atOnce(name, workflow);
				return { ...adapted, nodes: adapted.nodes.map((node) => (node.name === 'When a task is ready' ? { ...node, parameters: { ...record(node.parameters), maxRunning: IN_ALL } } : node)) };
			},
		});
		first = gate(stage.root, 'first');
		const count = join(stage.root, 'at-work.log');
		stage.model.setScripts([
			when(/Take turns/).turns([bash(`echo "+ $PWD" >> '${count}'; sleep 2; echo "- $PWD" >> '${count}'`), ...editTestCommit({ files: { 'turn.txt': 'done\n' }, test: '', commit: 'Take a turn', summary: 'Done.' })]),
			when(/Go first/).turns([first.turn, ...editTestCommit({ files: { 'first.txt': 'done\n' }, test: '', commit: 'Go first', summary: 'Done.' })]),
			doAsTitled,
		]);
		genuine = await capture(stage);
	}, 180_000);
	afterAll(async () => await stage.close(), 60_000);

	async function tasks(): Promise<RowOf[]> {
		return await stage.rows('maestro_tasks');
	}

	/** Everything that a webhook could leave behind. Asked only when nothing but the sweep, which comes of itself, is on its way. */
	async function left(): Promise<unknown> {
		const tables = ['maestro_tasks', 'maestro_sessions', 'maestro_runs', 'maestro_events', 'maestro_locks', 'maestro_waits'];
		const ofSweep = (row: RowOf): boolean => row.key === 'reconcile' || row.key === 'dispatch';
		const rows = await Promise.all(tables.map(async (table) => (await stage.rows(table)).filter((row) => !ofSweep(row)).length));
		return { rows, executions: (await stage.n8n.client.listExecutions({ workflowId: stage.workflows.issueToTask })).length };
	}

	interface Sending {
		readonly issue: number;
		readonly title?: string;
		readonly repository?: string;
		readonly label?: string;
		readonly delivery?: string;
		readonly sign?: (body: string) => string | undefined;
		readonly tamper?: boolean;
	}

	/** A webhook like the genuine one, about another issue. */
	async function send({ issue, title = `Sent ${issue}`, repository = stage.fullName, label = 'auto', delivery = randomUUID(), sign = (body) => signature(stage.secrets.webhook, body), tamper = false }: Sending): Promise<WebhookAnswer> {
		const payload = record(JSON.parse(genuine.body));
		const sent = JSON.stringify({
			...payload,
			repository: { ...record(payload.repository), full_name: repository },
			issue: { ...record(payload.issue), number: issue, title, html_url: `https://github.com/${repository}/issues/${issue}` },
			label: { ...record(payload.label), name: label },
		});
		const signed = sign(sent);
		const headers = { ...genuine.headers, 'x-github-delivery': delivery, ...(signed === undefined ? {} : { 'x-hub-signature-256': signed }) };
		return await stage.n8n.client.postWebhook('maestro/github', tamper ? sent.replace(title, `${title}!`) : sent, { headers });
	}

	test('fifty copies of a signal at once are one task, one session and one pull request; the others are counted', async () => {
		const issue = stage.github.openIssue({ repository: stage.fullName, title: 'Fifty at once', body: 'Please.', association: 'OWNER' });
		const before = stage.github.deliveries.length;
		const ids = new Set(labelOften(stage, issue, 50));
		await stage.github.delivered();
		const answers = stage.github.deliveries.slice(before).filter(({ id }) => ids.has(id));
		expect(answers).toHaveLength(50);
		// The stand-in waits ten seconds, as GitHub does; on a busy machine an answer may come later, and the copy counts all the same.
		expect(answers.filter(({ status }) => status !== 202 && status !== 0)).toEqual([]);
		const task = await taskIs(stage, issue, 'in_review', 120_000);
		await waitFor('every copy to be counted', async () => ((await taskOf(stage, issue))?.duplicates === 49 ? true : undefined), {
			limitMs: 60_000,
			seen: async () => ({ duplicates: (await taskOf(stage, issue))?.duplicates, locks: (await stage.rows('maestro_locks')).length, log: (await stage.n8n.log()).split('\n').filter((line) => /error|webhook/i.test(line)).slice(-8) }),
		});
		expect((await tasks()).filter(({ issueNumber }) => issueNumber === issue)).toHaveLength(1);
		expect(await sessionsOf(stage, task.id)).toMatchObject([{ status: 'completed' }]);
		expect(await runsOf(stage, task.id)).toMatchObject([{ status: 'completed', epoch: 1 }]);
		expect(pullRequestsOf(stage, issue)).toHaveLength(1);
		const made = await waitFor('the executions to end', async () => {
			const executions = await stage.n8n.client.listExecutions({ workflowId: stage.workflows.issueToTask });
			return executions.length === 50 && executions.every(({ status }) => status !== 'running' && status !== 'new') ? executions : undefined;
		});
		expect(new Set(made.map(({ status }) => status))).toEqual(new Set(['success']));
		const { execution } = await asleep(stage, task.id);
		// n8n lists those that run or wait only where they are asked for.
		for (const [status, ids] of [['waiting', [execution.id]], ['running', []], ['success', []], ['error', []]] as const) {
			expect((await stage.n8n.client.listExecutions({ workflowId: stage.workflows.taskToPr, status })).map(({ id }) => id)).toEqual(ids);
		}
	}, 240_000);

	test.each<[string, Partial<Sending>]>([
		['with a forged signature', { sign: (body) => signature('a guess', body) }],
		['without a signature', { sign: () => undefined }],
		['with an empty signature', { sign: () => 'sha256=' }],
		['that was changed after it was signed', { tamper: true }],
		['signed with the weaker hash', { sign: () => 'sha1=da39a3ee5e6b4b0d3255bfef95601890afd80709' }],
	])('a webhook %s is refused and leaves nothing', async (_, how) => {
		const before = await left();
		expect(await send({ issue: 900, title: 'Forged', ...how })).toEqual({ status: 401, body: expect.stringContaining('signature') });
		expect(await left()).toEqual(before);
	});

	test('a delivery that comes again is dropped, also when it comes several times at once', async () => {
		const delivery = randomUUID();
		const answers = await Promise.all(Array.from({ length: 5 }, async () => await send({ issue: 901, delivery })));
		expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 202]);
		expect(await send({ issue: 901, delivery })).toEqual({ status: 200, body: expect.stringContaining('taken already') });
		const task = await taskIs(stage, 901, 'in_review', 90_000);
		expect(task.duplicates).toBe(0);
		await asleep(stage, task.id);
	}, 120_000);

	test('another label is answered with the reason, and starts nothing', async () => {
		const before = await left();
		expect(await send({ issue: 902, label: 'bug' })).toEqual({ status: 202, body: expect.stringContaining('label') });
		expect(await left()).toEqual(before);
	});

	test('a webhook for a repository without a project is counted and fails nothing; with the project added, the same delivery is taken', async () => {
		const delivery = randomUUID();
		const wanted = { issue: 70, repository: ELSEWHERE, title: 'From elsewhere', delivery };
		const { executions } = record(await left());
		expect(await send(wanted)).toMatchObject({ status: 202, body: expect.stringContaining(`no project for the repository \\"${ELSEWHERE}\\"`) });
		expect(record(await left()).executions).toBe(executions);
		expect((await tasks()).filter(({ repository }) => repository === ELSEWHERE)).toEqual([]);
		expect((await stage.rows('maestro_events')).filter(({ type, message }) => type === 'signal.ignored' && String(message).includes(ELSEWHERE))).toHaveLength(1);

		await stage.github.createRepository({ fullName: ELSEWHERE, files: { 'README.md': '# Elsewhere\n' } });
		await addProject(stage.n8n, stage.workflows.setup, stage.form, ELSEWHERE, { maxRunning: 0 });
		expect(await send(wanted)).toMatchObject({ status: 202, body: expect.stringContaining('accepted') });
		const task = await waitFor('the task of elsewhere', async () => (await tasks()).find(({ repository, status }) => repository === ELSEWHERE && status === 'in_review'), { limitMs: 90_000 });
		expect(task).toMatchObject({ title: 'From elsewhere', issueNumber: 70, duplicates: 0 });
	}, 150_000);

	test('an author whom the project does not trust gets a blocked task, which a person can let run', async () => {
		const issue = stage.github.openIssue({ repository: stage.fullName, title: 'From a stranger', body: 'Please.', author: 'stranger', association: 'NONE' });
		stage.github.addLabel(at(issue), 'auto');
		const task = await taskIs(stage, issue, 'blocked');
		expect(task.statusReason).toContain('stranger');
		expect(task.statusReason).toContain('collaborator');
		// Asking twice is no way round it.
		stage.github.addLabel(at(issue), 'auto');
		await waitFor('the second signal', async () => ((await taskOf(stage, issue))?.duplicates === 1 ? true : undefined));
		await stage.reconcile();
		expect(await taskOf(stage, issue)).toMatchObject({ status: 'blocked', statusReason: task.statusReason });
		expect(await sessionsOf(stage, task.id)).toEqual([]);

		await (await statusSetter(stage))(task.id, 'pending');
		await taskIs(stage, issue, 'in_review', 90_000);
		expect(pullRequestsOf(stage, issue)).toHaveLength(1);
	}, 150_000);

	test('no more agents are at work than the project and the installation allow', async () => {
		const here = [1, 2, 3, 4].map((turn) => askFor(stage, `Take turns ${turn}`));
		for (const turn of [1, 2, 3]) expect(await send({ issue: 70 + turn, repository: ELSEWHERE, title: `Take turns elsewhere ${turn}` })).toMatchObject({ status: 202 });
		for (const issue of here) await taskIs(stage, issue, 'in_review', 240_000);
		await waitFor('the tasks of elsewhere', async () => ((await tasks()).filter(({ title, status }) => String(title).startsWith('Take turns elsewhere') && status === 'in_review').length === 3 ? true : undefined), { limitMs: 240_000 });
		let [all, ours, mostInAll, mostOfOurs] = [0, 0, 0, 0];
		const lines = readFileSync(join(stage.root, 'at-work.log'), 'utf8').trim().split('\n');
		expect(lines).toHaveLength(14);
		for (const line of lines) {
			const step = line.startsWith('+') ? 1 : -1;
			all += step;
			if (line.includes(`/${stage.fullName}/`)) ours += step;
			mostInAll = Math.max(mostInAll, all);
			mostOfOurs = Math.max(mostOfOurs, ours);
		}
		expect(mostOfOurs).toBeLessThanOrEqual(IN_PROJECT);
		expect(mostInAll).toBeLessThanOrEqual(IN_ALL);
		// It is a limit and no queue of one.
		expect(mostInAll).toBeGreaterThan(1);
	}, 300_000);

	test('a task waits for those that it depends on, and for those that it conflicts with, until they are merged', async () => {
		await stage.n8n.client.publish(await stage.n8n.client.importWorkflow(MAKE, stage.credentials));
		const make = async (title: string, options: { dependsOn?: unknown; conflictsWith?: unknown } = {}): Promise<number> => {
			const answer = await stage.n8n.client.postWebhook('make-task', { repository: ELSEWHERE, title, dependsOn: '', conflictsWith: '', ...options });
			expect(answer.status).toBe(200);
			return Number(property(JSON.parse(answer.body), 'task', 'id'));
		};
		const statusOf = async (id: number): Promise<unknown> => (await tasks()).find((task) => task.id === id)?.status;
		const becomes = async (id: number, status: string): Promise<RowOf> =>
			await waitFor(`task ${id} to be ${status}`, async () => (await tasks()).find((task) => task.id === id && task.status === status), { limitMs: 90_000, seen: tasks });

		const before = await make('Go first');
		await first.reached();
		const dependent = await make('Go after it is merged', { dependsOn: before });
		const rival = await make('Not beside it', { conflictsWith: String(before) });
		await stage.reconcile();
		expect([await statusOf(dependent), await statusOf(rival)]).toEqual(['pending', 'pending']);

		first.open();
		const reviewed = await becomes(before, 'in_review');
		await stage.reconcile();
		expect([await statusOf(dependent), await statusOf(rival)]).toEqual(['pending', 'pending']);

		await stage.github.merge({ repository: ELSEWHERE, number: Number(reviewed.pullRequestNumber) });
		await stage.reconcile();
		await becomes(before, 'completed');
		await becomes(rival, 'in_review');
		const last = await becomes(dependent, 'in_review');
		expect(last).toMatchObject({ title: 'Go after it is merged', source: 'manual', issueNumber: 0 });
	}, 300_000);

	test('GitHub saw no request that it would have refused', () => {
		expect(stage.github.violations).toEqual([]);
	});

	test('an execution that only counted a copy says so', async () => {
		const executions = await stage.n8n.client.listExecutions({ workflowId: stage.workflows.issueToTask });
		const oldest = executions.at(-1);
		const shown = await Promise.all(executions.slice(-5).map(async ({ id }) => await stage.n8n.client.getExecution(id)));
		expect(oldest).toBeDefined();
		const leaving = shown.map((execution) => outputsOf(execution, 'Make one task of it').map((items) => items.length));
		expect(leaving.filter(([created, counted]) => Number(created) + Number(counted) === 1)).toHaveLength(leaving.length);
	});
});

/** Takes down what the stand-in for GitHub sends about a labelled issue, signed with the secret. */
async function capture(stage: Stage): Promise<{ body: string; headers: Record<string, string> }> {
	let taken: { body: string; headers: Record<string, string> } | undefined;
	const server = createServer((request, response) => {
		const chunks: Buffer[] = [];
		request.on('data', (chunk: Buffer) => chunks.push(chunk));
		request.on('end', () => {
			const body = Buffer.concat(chunks).toString('utf8');
			const headers = Object.fromEntries(['content-type', 'user-agent', 'x-github-event'].map((name) => [name, String(request.headers[name])]));
			if (property(JSON.parse(body), 'action') === 'labeled') taken = { body, headers };
			response.writeHead(202).end();
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const address = server.address();
	if (address === null || typeof address === 'string') throw new Error('no port');
	const { hooks } = stage.github.repositoryState(stage.fullName);
	const at = new Date().toISOString();
	const hook = { id: 1, active: true, events: ['issues'], config: { url: `http://127.0.0.1:${address.port}/`, content_type: 'json', secret: stage.secrets.webhook, insecure_ssl: '0' }, createdAt: at, updatedAt: at };
	hooks.push(hook);
	const issue = stage.github.openIssue({ repository: stage.fullName, title: 'Shows how it looks', body: 'Text.', association: 'OWNER' });
	stage.github.addLabel({ repository: stage.fullName, number: issue }, 'something');
	try {
		return await waitFor('the webhook', () => taken);
	} finally {
		hooks.splice(hooks.indexOf(hook), 1);
		await stage.github.delivered();
		server.close();
	}
}
