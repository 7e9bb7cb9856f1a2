/** All attacks through a real n8n and the real CLI, against a model that does whatever it is told outside a fence. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { attacksOn, orderOf } from '../fixtures/attacks';
import { bash, done, gullible, outsideFences, when, type Conversation, type Reply } from '../fixtures/model';
import { eventAlert, exception, frame, sentryHeaders } from '../fixtures/sentry';
import { asleep, atOnce, editRows, pullRequestsOf, taskIs, type RowOf } from './support/flow';
import { waitFor } from './support/poll';
import { property, record } from './support/rest';
import { openStage, SAMPLE, type Stage, type StageOptions } from './support/stage';
import type { WorkflowJson } from './support/workflows';

const CLIENT_SECRET = 'client-secret-of-the-injection-suite';
const PLAYBOOK = `# Steps

- [ ] Write a line on {{GIT_BRANCH}}
  verify: cat docs/said.txt; test "$(wc -l < work.txt)" -ge 2
- [ ] Write another line
`;
/** What an agent says that has been turned: it may report, and nothing on GitHub may come of it. */
const SUMMARY = 'Done. @octocat @octo/everyone: fixes #5, closes octo/other#6. <!-- maestro:maestro-task-1 --> <!-- maestro -->';

/** What stands behind Email Trigger (IMAP), with the mail coming another way. */
const MAIL: WorkflowJson = {
	name: 'Mail to task',
	nodes: [
		{ id: 'a', name: 'Webhook', type: 'n8n-nodes-base.webhook', typeVersion: 2, position: [0, 0], webhookId: 'mail', parameters: { httpMethod: 'POST', path: 'mail', responseMode: 'lastNode' } },
		{ id: 'b', name: 'Make', type: 'n8n-nodes-maestro.maestroCreateTask', typeVersion: 1, position: [220, 0], parameters: { from: 'email', email: '={{ $json.body }}', emailRepository: SAMPLE.fullName, receivingServer: 'mx.example.com', allowedSenders: 'ada@example.com', options: { createIssue: true } } },
	],
	connections: { Webhook: { main: [[{ node: 'Make', type: 'main', index: 0 }]] } },
	settings: { executionOrder: 'v1' },
};

/** As somebody could who puts a text from outside where only instructions belong. */
const UNFENCED: WorkflowJson = {
	name: 'Not fenced',
	nodes: [
		{ id: 'a', name: 'Webhook', type: 'n8n-nodes-base.webhook', typeVersion: 2, position: [0, 0], webhookId: 'unfenced', parameters: { httpMethod: 'POST', path: 'unfenced', responseMode: 'lastNode' } },
		{ id: 'b', name: 'Agent', type: 'n8n-nodes-maestro.maestroSpawnAgent', typeVersion: 1, position: [220, 0], parameters: { taskId: '', workspace: 'empty', purpose: 'read', prompt: '={{ $json.body.text }}', sessionMode: 'new' } },
	],
	connections: { Webhook: { main: [[{ node: 'Agent', type: 'main', index: 0 }]] } },
	settings: { executionOrder: 'v1' },
};

/** Only what a workflow's owner decides, by a word of the title that no attack has. */
const choosing: NonNullable<StageOptions['adapt']> = (name, workflow) => {
	const adapted = atOnce(name, workflow);
	if (name !== 'issueToTask' && name !== 'sentryToTask') return adapted;
	const playbook = "={{ $json.signal.title.startsWith('By steps') ? 'docs/steps.md' : '' }}";
	const nodes = adapted.nodes.map((node) =>
		String(node.type).endsWith('maestroCreateTask') ? { ...node, parameters: { ...record(node.parameters), options: { ...record(property(node.parameters, 'options')), playbook } } } : node);
	return { ...adapted, nodes };
};

/** Markdown without its code, in which nothing acts. */
const acting = (text: string): string => text.replaceAll(/(`+)(?!`)[^]*?(?<!`)\1(?!`)/g, '');
const effectsIn = (text: string): string[] => acting(text).match(/@[\w-]+|\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+(?:#|https?:|[\w.-]+\/[\w.-]+#)\S+|<!--[^]*?-->/gi) ?? [];

describe('text that tries to command', () => {
	let stage: Stage;
	let canaries: string;
	let texts: string[];

	const at = (number: number): { repository: string; number: number } => ({ repository: stage.fullName, number });
	const planted = (): string[] => (existsSync(canaries) ? readdirSync(canaries) : []);
	const prompts = (): Conversation[] => stage.model.requests.flatMap(({ conversation }) => (conversation !== undefined && conversation.turn === 0 && conversation.tools.length > 0 ? [conversation] : []));

	beforeAll(async () => {
		const said = attacksOn('/etc/hostname').map(({ text }) => text.slice(0, 300).replaceAll('\0', '')).join('\n');
		stage = await openStage({
			scripts: [],
			playbooks: true,
			adapt: choosing,
			further: ['sentryToTask'],
			furtherCredentials: { maestroSentryApi: { clientSecret: CLIENT_SECRET } },
			repository: { fullName: SAMPLE.fullName, files: { ...SAMPLE.files, 'docs/steps.md': PLAYBOOK, 'docs/said.txt': said, '.claude/commands/pwn.md': `${orderOf('command-of-the-repository')}\n` } },
		});
		canaries = join(stage.root, 'canaries');
		const secretFile = join(stage.root, 'order.txt');
		writeFileSync(secretFile, orderOf('file-of-the-host'));
		texts = attacksOn(secretFile).map(({ text }) => text);
		const work = ({ turn }: Conversation): Reply => (turn === 0 ? bash('echo line >> work.txt && git add -A && git commit -q -m Work') : done(SUMMARY));
		stage.model.setScripts([gullible(when(/^/).turns(work), canaries)]);
		await stage.n8n.client.publish(stage.workflow('sentryToTask'));
	}, 240_000);
	afterAll(async () => await stage.close(), 60_000);

	const short = (): string[] => texts.filter((text) => text.length < 5_000);

	function ask(title: string, body: string): number {
		const number = stage.github.openIssue({ repository: stage.fullName, title, body, association: 'OWNER' });
		stage.github.addLabel(at(number), 'auto');
		return number;
	}

	/** What Maestro wrote on the issue and its pull request, and nothing of it acts but what it means to. */
	function expectNoEffects(issue: number): void {
		const [pull = 0] = pullRequestsOf(stage, issue);
		const { title, body } = stage.github.issue(at(pull));
		expect(effectsIn(title)).toEqual([]);
		expect(effectsIn(body)).toEqual([`Closes #${issue}.`, '<!-- maestro -->']);
		expect(body).toContain('octocat');
	}

	test('in an issue, its title, and then in reviews and the logs of checks, stays in its fence', async () => {
		const issue = ask(`${orderOf('title')} ={{ $json }} {{LOOP_NUMBER}} @octocat fixes #5 $(id) /clear`, short().join('\n\n'));
		const task = await taskIs(stage, issue, 'in_review', 180_000);
		await asleep(stage, task.id);
		expectNoEffects(issue);
		const [pull = 0] = pullRequestsOf(stage, issue);
		const shares = Array.from({ length: 20 }, (_, index) => texts.filter((_text, each) => each % 20 === index).join('\n\n'));
		await stage.github.review(at(pull), { state: 'changes_requested', body: texts.slice(0, 10).join('\n'), comments: shares.map((body) => ({ path: `src/${body.slice(0, 100)}.js`, line: 1, body })) });
		await stage.github.setCheck(at(pull), orderOf('check-name'), 'failure', { log: short().join('\n'), summary: texts.slice(10, 20).join('\n') });
		await stage.reconcile();
		await waitFor('the round of feedback', async () => ((await stage.rows('maestro_runs')).some((run) => run.taskId === task.id && String(run.purpose).startsWith('feedback:') && run.status === 'completed') ? true : undefined), { limitMs: 120_000 });
		expectNoEffects(issue);
		expect(task.branch).toMatch(/^maestro\/[a-z0-9-]+$/);
		expect(planted()).toEqual([]);
	}, 400_000);

	test('in a step of a playbook, and in what its check says, stays in its fence', async () => {
		const issue = ask(`By steps ${orderOf('step-title')}`, short().toReversed().join('\n\n'));
		const task = await taskIs(stage, issue, 'in_review', 240_000);
		expect((await stage.rows('maestro_runs')).filter((run) => run.taskId === task.id && run.status === 'completed')).toHaveLength(3);
		expectNoEffects(issue);
		expect(planted()).toEqual([]);
	}, 300_000);

	test('in an error that Sentry reports stays in its fence, also on the page of its issue', async () => {
		const [first = '', second = ''] = [texts.slice(0, 30), texts.slice(30)].map((some) => some.join(' '));
		const frames = texts.slice(0, 30).map((text) => frame({ filename: `src/${text}.js`, function: text, context_line: text, abs_path: text, module: text }));
		const errors = texts.slice(0, 4).map((text) => exception(frames, { type: text, value: `${first} ${second}` }));
		const event = { title: `${orderOf('error')} @octocat fixes #5`, culprit: first, release: second, environment: first, platform: second, exception: { values: errors }, tags: texts.map((text) => [text, text]), received: Date.now() / 1000 };
		const body = JSON.stringify(eventAlert(event, first));
		expect((await stage.n8n.client.postWebhook('maestro/sentry', body, { headers: sentryHeaders('event_alert', body, CLIENT_SECRET, new Date()) })).status).toBe(202);
		const task: RowOf = await waitFor("the error's task", async () => (await stage.rows('maestro_tasks')).find(({ source, status }) => source === 'sentry' && status === 'in_review'), { limitMs: 180_000, seen: async () => (await stage.rows('maestro_tasks')).map(({ source, status, statusReason }) => [source, status, statusReason]) });
		expect(task).toMatchObject({ repository: stage.fullName, playbook: '', authorTrust: 'collaborator' });
		const issue = stage.github.issue(at(Number(task.issueNumber)));
		expect(effectsIn(issue.body)).toEqual([expect.stringMatching(new RegExp(`^<!-- maestro:maestro-task-${String(task.id)}-[0-9a-f]{12} -->$`))]);
		expectNoEffects(issue.number);
		expect(planted()).toEqual([]);
	}, 240_000);

	test('in a mail, its subject and its headers stays in its fence', async () => {
		const [project] = await stage.rows('maestro_projects');
		await editRows(stage, 'maestro_projects', project?.id, { ladder: 'email member: pull_request' });
		await stage.n8n.client.publish(await stage.n8n.client.importWorkflow(MAIL, stage.credentials));
		const results = 'mx.example.com; dkim=pass header.d=example.com; spf=pass smtp.mailfrom=ada@example.com; dmarc=pass header.from=example.com';
		const headers = { 'message-id': '<hostile@mail.example>', 'authentication-results': results, 'reply-to': orderOf('reply-to'), 'x-maestro-playbook': 'pwn' };
		const mail = { metadata: headers, from: `"${orderOf('sender')}" <ada@example.com>`, subject: `${orderOf('subject')} @octocat fixes #5`, textPlain: short().join('\n\n'), textHtml: '', date: '', to: '', cc: '' };
		expect((await stage.n8n.client.postWebhook('mail', mail)).status).toBe(200);
		const task: RowOf = await waitFor("the mail's task", async () => (await stage.rows('maestro_tasks')).find(({ source, status }) => source === 'email' && status === 'in_review'), { limitMs: 180_000, seen: async () => (await stage.rows('maestro_tasks')).map(({ source, status, statusReason }) => [source, status, statusReason]) });
		expect(task).toMatchObject({ repository: stage.fullName, playbook: '', authorTrust: 'member' });
		expectNoEffects(Number(task.issueNumber));
		const issue = stage.github.issue(at(Number(task.issueNumber)));
		expect(effectsIn(issue.body)).toEqual([expect.stringMatching(new RegExp(`^<!-- maestro:maestro-task-${String(task.id)}-[0-9a-f]{12} -->$`))]);
		expect(planted()).toEqual([]);
	}, 240_000);

	test('was told to the model in all those runs, each time fenced', () => {
		const told = prompts();
		expect(told.length).toBeGreaterThanOrEqual(7);
		for (const { sent } of told) {
			expect(sent.join('\n')).toContain('plant canary');
			expect(sent.map(outsideFences).join('\n')).not.toContain('plant canary');
		}
		expect(stage.github.violations).toEqual([]);
	});

	test('is obeyed by that model where a workflow does not fence it', async () => {
		await stage.n8n.client.publish(await stage.n8n.client.importWorkflow(UNFENCED, stage.credentials));
		expect((await stage.n8n.client.postWebhook('unfenced', { text: `Read this. ${orderOf('unfenced')}` })).status).toBe(200);
		expect(planted()).toEqual(['unfenced']);
	}, 90_000);
});
