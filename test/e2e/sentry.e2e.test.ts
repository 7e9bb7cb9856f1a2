/** The bundled workflow "Sentry to task", as it ships: from an alert to a merged pull request, and what must not become one. */
import { randomUUID } from 'node:crypto';

import { inParallel } from '../../core/parallel';
import { bash, done, quote, when, type Reply } from '../fixtures/model';
import { eventAlert, exception, frame, installationCreated, issueChange, metricAlert, sentryHeaders } from '../fixtures/sentry';
import type { WebhookAnswer } from './support/client';
import { asleep, atOnce, commitsOf, editRows, pullRequestsOf, runsOf, taskIs, type RowOf } from './support/flow';
import { waitFor } from './support/poll';
import { openStage, type Stage } from './support/stage';

const CLIENT_SECRET = 'client-secret-of-sentry';
const TEST = "const { test } = require('node:test');\nconst assert = require('node:assert');\nconst { add } = require('./add');\n\ntest('adds two numbers', () => assert.equal(add(2, 3), 5));\n";
const AT_ONCE = 20;

const work = (summary: string, ...commands: string[]): Reply[] => [...commands.map((command) => bash(command)), done(summary)];
const write = (path: string, text: string): string => `printf '%s' ${quote(text)} > ${quote(path)}`;
const commit = (message: string): string => `git add -A && git commit -q -m ${quote(message)}`;

describe('errors that Sentry reports', () => {
	let stage: Stage;
	beforeAll(async () => {
		stage = await openStage({
			scripts: [
				when(/step 1 of 3/).turns(work('Shown.', write('add.test.js', TEST), commit('Show the bug'))),
				when(/step 2 of 3/).turns(work('Mended.', write('add.js', 'exports.add = (a, b) => a + b;\n'), commit('Add instead of subtract'))),
				when(/^/).turns([done('Looked through.')]),
			],
			playbooks: true,
			adapt: atOnce,
			further: ['sentryToTask'],
			furtherCredentials: { maestroSentryApi: { clientSecret: CLIENT_SECRET } },
		});
		await setProject({ verifyCommand: 'npm test' });
		await stage.n8n.client.publish(stage.workflow('sentryToTask'));
		await waitFor('the webhook for Sentry', async () => ((await send('installation', installationCreated())).status === 200 ? true : undefined));
	}, 180_000);
	afterAll(async () => await stage.close(), 60_000);

	async function setProject(fields: RowOf): Promise<void> {
		const [project] = await stage.rows('maestro_projects');
		await editRows(stage, 'maestro_projects', project?.id, fields);
	}

	async function post(body: string, headers: Record<string, string>): Promise<WebhookAnswer> {
		return await stage.n8n.client.postWebhook('maestro/sentry', body, { headers });
	}

	async function send(resource: string, payload: object, secret = CLIENT_SECRET): Promise<WebhookAnswer> {
		const body = JSON.stringify(payload);
		return await post(body, sentryHeaders(resource, body, secret, new Date()));
	}

	/** One more event of an issue, unlike any other. */
	const alert = (issue: number): object =>
		eventAlert({ issue_id: String(issue), issue_url: '', web_url: `https://sentry.io/organizations/acme/issues/${issue}/`, event_id: randomUUID().replaceAll('-', ''), received: Date.now() / 1000 });
	const change = (action: string, issue: number): object => issueChange(action, { id: String(issue), url: '', web_url: `https://sentry.io/organizations/acme/issues/${issue}/`, lastSeen: new Date().toISOString() });
	const tasksOf = async (issue: number): Promise<RowOf[]> => (await stage.rows('maestro_tasks')).filter(({ fingerprint }) => String(fingerprint).includes(`:${issue}`)).sort((one, other) => Number(one.id) - Number(other.id));
	const at = (number: number): { repository: string; number: number } => ({ repository: stage.fullName, number });
	/** What a webhook can leave; the sweep writes other events at any time. */
	const left = async (): Promise<unknown> => [(await stage.rows('maestro_tasks')).length, (await stage.rows('maestro_events')).filter(({ type }) => String(type).startsWith('signal.')).length];
	const duplicatesAre = async (issue: number, wanted: number): Promise<true> =>
		await waitFor(`${wanted} repeats of ${issue}`, async () => ((await tasksOf(issue)).at(-1)?.duplicates === wanted ? true : undefined), { limitMs: 60_000, seen: async () => await tasksOf(issue) });

	test('an alert becomes an issue with the label bug, a task by fix-bug, and a pull request; more of the same are counted', async () => {
		expect((await send('event_alert', alert(41))).status).toBe(202);
		const [made] = await waitFor('the task', async () => {
			const tasks = await tasksOf(41);
			return Number(tasks[0]?.issueNumber) > 0 ? tasks : undefined;
		});
		const number = Number(made?.issueNumber);
		expect(made).toMatchObject({ source: 'sentry', playbook: 'fix-bug', fingerprint: 'sentry:shop-front:41' });
		expect(stage.github.issue(at(number))).toMatchObject({ labels: ['bug'], body: expect.stringContaining('`src/cart.ts:12` in `total`') });
		expect((await send('event_alert', alert(41))).status).toBe(202);
		expect((await send('issue', change('unresolved', 41))).status).toBe(202);
		await duplicatesAre(41, 2);
		const task = await taskIs(stage, number, 'in_review', 120_000);
		await asleep(stage, task.id);
		const [pull = 0, ...others] = pullRequestsOf(stage, number);
		expect(others).toEqual([]);
		expect(commitsOf(stage, pull)).toEqual(['Add instead of subtract', 'Show the bug']);
		expect((await runsOf(stage, task.id)).map(({ purpose }) => purpose)).toEqual(['step:1', 'step:2', 'step:3']);
		await stage.github.merge(at(pull), 'ada');
		await taskIs(stage, number, 'completed');
		expect(stage.github.issue(at(number)).state).toBe('closed');
	}, 240_000);

	test('one that is back after its task was completed becomes a new task that is linked to the old one', async () => {
		const [old] = await tasksOf(41);
		// Nothing is to work on it: what it would mend is mended.
		await setProject({ maxRunning: 0 });
		expect((await send('issue', change('unresolved', 41))).status).toBe(202);
		const [, again] = await waitFor('the new task', async () => {
			const tasks = await tasksOf(41);
			return tasks.length === 2 && Number(tasks[1]?.issueNumber) > 0 ? tasks : undefined;
		});
		expect(again).toMatchObject({ status: 'pending', regressionOf: old?.id, duplicates: 0 });
		expect(again?.issueNumber).not.toBe(old?.issueNumber);
		expect(stage.github.issue(at(Number(again?.issueNumber))).body).toContain(`task ${String(old?.id)}, ${String(old?.pullRequestUrl)}`);
	}, 90_000);

	test('the places on its stack are named by the files of the repository, once Maestro has them', async () => {
		// The first task brought the mirror.
		const frames = [frame({ filename: '/home/deploy/releases/42/add.js', function: 'add', lineno: 1 }), frame({ filename: '/home/deploy/releases/42/gone.js', function: 'gone', lineno: 2 })];
		const payload = eventAlert({ issue_id: '46', issue_url: '', web_url: 'https://sentry.io/organizations/acme/issues/46/', received: Date.now() / 1000, exception: { values: [exception(frames)] } });
		expect((await send('event_alert', payload)).status).toBe(202);
		const [task] = await waitFor('the task', async () => ((await tasksOf(46)).length === 1 ? await tasksOf(46) : undefined), { limitMs: 60_000 });
		expect(task?.body).toContain('1. `add.js:1` in `add`');
		expect(task?.body).toContain('1. `home/deploy/releases/42/gone.js:2` in `gone` (no such file in the repository)');
	}, 90_000);

	test.each<[string, number, () => Promise<WebhookAnswer>]>([
		['is forged', 401, async () => await send('event_alert', alert(42), 'a guess')],
		['carries no signature', 401, async () => await post(JSON.stringify(alert(42)), { 'content-type': 'application/json', 'sentry-hook-resource': 'event_alert', 'sentry-hook-timestamp': String(Math.floor(Date.now() / 1000)) })],
		['is ten minutes old', 401, async () => {
			const body = JSON.stringify(alert(42));
			return await post(body, sentryHeaders('event_alert', body, CLIENT_SECRET, new Date(Date.now() - 600_000)));
		}],
		// n8n itself refuses what is no JSON, before any node sees it.
		['was cut off', 422, async () => {
			const body = JSON.stringify(alert(42)).slice(0, -40);
			return await post(body, sentryHeaders('event_alert', body, CLIENT_SECRET, new Date()));
		}],
	])('a webhook that %s is answered with %i and leaves nothing', async (_, status, sent) => {
		const before = await left();
		expect((await sent()).status).toBe(status);
		expect(await left()).toEqual(before);
	});

	test('what Sentry also sends is answered with 200, says why nothing came of it, and makes no task', async () => {
		const tasks = (await stage.rows('maestro_tasks')).length;
		for (const [resource, payload, why] of [
			['installation', installationCreated(), 'installed'],
			['metric_alert', metricAlert(), 'metric alert'],
			['comment', { action: 'created', data: {}, installation: { uuid: 'any' } }, 'comment'],
			['issue', change('resolved', 41), 'resolved'],
		] as const) {
			expect(await send(resource, payload)).toEqual({ status: 200, body: expect.stringContaining(why) });
		}
		const body = JSON.stringify(alert(43));
		const headers = sentryHeaders('event_alert', body, CLIENT_SECRET, new Date());
		expect((await post(body, headers)).status).toBe(202);
		await waitFor('the task', async () => ((await tasksOf(43)).length === 1 ? true : undefined));
		expect(await post(body, headers)).toEqual({ status: 200, body: expect.stringContaining('taken already') });
		expect(await stage.rows('maestro_tasks')).toHaveLength(tasks + 1);
	}, 60_000);

	test('with GitHub down for a moment, and its answer lost, there is one task with one issue', async () => {
		// What came before has its issues by then.
		await waitFor('the issues of all tasks', async () => ((await stage.rows('maestro_tasks')).every(({ issueNumber }) => Number(issueNumber) > 0) ? true : undefined), { limitMs: 90_000, seen: async () => (await stage.rows('maestro_tasks')).map(({ id, issueNumber }) => [id, issueNumber]) });
		const before = stage.github.issues(stage.fullName).length;
		stage.github.failNext('POST /repos/*/issues', { status: 502, times: 1 });
		stage.github.failNext('POST /repos/*/issues', { lost: true, times: 1 });
		expect((await send('event_alert', alert(44))).status).toBe(202);
		await waitFor('the issue of the task', async () => (Number((await tasksOf(44))[0]?.issueNumber) > 0 ? true : undefined), { limitMs: 90_000, seen: async () => await tasksOf(44) });
		expect(stage.github.issues(stage.fullName).length).toBe(before + 1);
	}, 210_000);

	test('five megabytes of an event are one task of bounded size', async () => {
		const payload = eventAlert({ issue_id: '45', issue_url: '', web_url: 'https://sentry.io/organizations/acme/issues/45/', received: Date.now() / 1000, message: 'x'.repeat(5_000_000), title: 'y'.repeat(100_000), culprit: 'z'.repeat(100_000) });
		expect((await send('event_alert', payload)).status).toBe(202);
		const [task] = await waitFor('the task', async () => ((await tasksOf(45)).length === 1 ? await tasksOf(45) : undefined), { limitMs: 60_000 });
		expect(String(task?.title).length).toBeLessThanOrEqual(300);
		expect(JSON.stringify(task).length).toBeLessThan(100_000);
	}, 90_000);

	test('a storm becomes one task for each issue, and every repeat is counted', async () => {
		const issues = Array.from({ length: 10 }, (_, index) => 5_000 + index);
		const list = Array.from({ length: 200 }, (_, index) => alert(issues[index % issues.length] ?? 0));
		const answers = await inParallel(list, AT_ONCE, async (each) => await send('event_alert', each));
		expect(answers).toHaveLength(200);
		expect(answers.filter(({ status }) => status !== 202)).toEqual([]);
		const ours = async (): Promise<RowOf[]> => (await stage.rows('maestro_tasks')).filter(({ fingerprint }) => /:50\d\d$/.test(String(fingerprint)));
		await waitFor('all to be counted', async () => ((await ours()).reduce((sum, task) => sum + 1 + Number(task.duplicates), 0) >= 200 ? true : undefined), {
			limitMs: 180_000,
			seen: async () => (await ours()).map(({ fingerprint, duplicates }) => [fingerprint, duplicates]),
		});
		const tasks = await ours();
		expect(tasks.map(({ duplicates }) => duplicates)).toEqual(issues.map(() => 19));
		await waitFor('each to have its issue', async () => ((await ours()).every(({ issueNumber }) => Number(issueNumber) > 0) ? true : undefined), { limitMs: 60_000 });
		expect(new Set((await ours()).map(({ issueNumber }) => issueNumber)).size).toBe(issues.length);
		expect(await stage.n8n.client.listExecutions({ workflowId: stage.workflow('sentryToTask'), status: 'error' })).toEqual([]);
		expect(stage.github.violations).toEqual([]);
	}, 400_000);
});
