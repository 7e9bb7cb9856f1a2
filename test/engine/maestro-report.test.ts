/** The node's digest and health check, against stand-ins for n8n's API, GitHub and the model. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { setGlobalState } from 'n8n-workflow';

import { blank } from '../../core/task/blank';
import { runColumns, type Run } from '../../core/task/records';
import { Maestro } from '../../nodes/Maestro/Maestro.node';
import { say, when } from '../fixtures/model';
import { CLAUDE_TOKEN, GITHUB_TOKEN, openBench, REPOSITORY, type Bench } from './support/bench';
import { runNode, type NodeRun, type RunOptions } from './support/run-node';

jest.setTimeout(90_000);

const signal = new AbortController().signal;
const HOUR_MS = 60 * 60_000;
const ago = (hours: number): string => new Date(Date.now() - hours * HOUR_MS).toISOString();
/** In the middle of the day that is over, in UTC. */
const yesterday = (): string => new Date(Math.floor(Date.now() / (24 * HOUR_MS)) * 24 * HOUR_MS - 12 * HOUR_MS).toISOString();

const page = (name: string): string => readFileSync(join(resolve(__dirname, '../../docs'), name), 'utf8');
const firstCells = (table: string): string[] => [...table.matchAll(/^\| ([^|]+?) \|/gm)].map(([, cell = '']) => cell).slice(1);
const quoted = (text: string): string[] => [...text.matchAll(/`(\w+)`/g)].map(([, word = '']) => word);

let bench: Bench;
// Without this a workflow lives in New York, where yesterday is another day for some hours.
beforeAll(() => setGlobalState({ defaultTimezone: 'UTC' }));
beforeEach(async () => {
	bench = await openBench([when('ready').turns([say('ready')])]);
	bench.api.setExecution('execution-1', 'running');
	await bench.project();
});
afterEach(async () => await bench.close());

const report = async (parameters: NonNullable<RunOptions['parameters']>, credentials: Bench['credentials'] = bench.credentials): Promise<NodeRun> =>
	await runNode(new Maestro(), { parameters: { resource: 'report', ...parameters }, credentials });
const json = (result: NodeRun): Record<string, unknown> => {
	expect(result.error).toBeUndefined();
	expect(result.outputs[0]).toHaveLength(1);
	return result.outputs[0]?.[0] ?? {};
};
const run = async (fields: Partial<Run>): Promise<void> => {
	await bench.store.runs.insert([{ ...blank(runColumns), status: 'completed', version: 1, ...fields }], signal);
};

describe('a digest', () => {
	const digest = async (digestOptions: Record<string, string | number> = {}): Promise<Record<string, unknown>> => json(await report({ operation: 'digest', digestOptions }));

	it('has tasks, pull requests, issues and what yesterday cost, as fields and in three forms', async () => {
		bench.github.openIssue({ repository: REPOSITORY, title: 'Cart <b>breaks</b> @octo' });
		const blocked = await bench.task({ title: 'Needs an answer', status: 'blocked', statusReason: 'Which cart?', issueNumber: 1 });
		const done = await bench.task({ title: 'Done', status: 'completed', finishedAt: yesterday() });
		const archived = await bench.task({ title: 'Archived', status: 'archived' });
		await bench.task({ title: 'Long done', status: 'completed', finishedAt: ago(100) });
		await bench.task({ title: 'Failed', status: 'failed', finishedAt: ago(0) });
		await bench.task({ title: 'Failed long ago', status: 'failed', finishedAt: ago(100) });
		await run({ taskId: done.id, costUsd: 1.25, finishedAt: yesterday() });
		await run({ taskId: archived.id, costUsd: 0.25, finishedAt: yesterday() });
		await run({ taskId: blocked.id, costUsd: 8, finishedAt: ago(60) });
		await run({ taskId: blocked.id, costUsd: 4, status: 'running' });
		const found = await digest();
		expect(found).toMatchObject({
			isQuiet: false,
			subject: 'Maestro: 2 tasks need you, 0 running, 0 in review, $1.50 yesterday',
			digest: {
				day: yesterday().slice(0, 10),
				waiting: [{ title: 'Needs an answer' }, { title: 'Failed' }],
				completed: [{ title: 'Done' }],
				cost: { usd: 1.5, runs: 2, byRepository: [{ repository: REPOSITORY, usd: 1.5, runs: 2 }] },
				repositories: [{ repository: REPOSITORY, openIssues: 1, issues: [{ number: 1, isNew: true }], openPullRequests: 0 }],
				problems: [],
			},
		});
		expect(found.text).toContain(`(${bench.github.webUrl}/octo/shop/issues/1)`);
		expect(found.html).toContain('Cart &lt;b&gt;breaks&lt;/b&gt;');
		expect(found.html).not.toContain('<b>');
		expect(found.slack).toContain('&lt;b&gt;');
		expect(String(found.text)).not.toContain('@octo');
		expect(bench.github.violations).toEqual([]);
	});

	it('is quiet where nothing happened, and has the fields that its page names', async () => {
		const found = await digest();
		expect(found).toMatchObject({ isQuiet: true, subject: 'Maestro: nothing to report' });
		const [, table = ''] = page('daily-digest.md').split('| field | holds |');
		const named = quoted(table.split('\n\n')[0] ?? '');
		expect(named.sort()).toEqual([...Object.keys(found), ...Object.keys(found.digest as object).filter((field) => !(field in found))].sort());
	});

	it('leaves out inactive projects, and all but one where one is named, however it is spelled', async () => {
		await bench.github.createRepository({ fullName: 'octo/site', files: { a: 'a' } });
		await bench.github.createRepository({ fullName: 'octo/asleep', files: { a: 'a' } });
		await bench.project({ repository: 'octo/site' });
		await bench.project({ repository: 'octo/asleep', active: false });
		await bench.task({ status: 'blocked' });
		await bench.task({ status: 'blocked', repository: 'octo/site' });
		const names = (found: Record<string, unknown>): unknown => (found.digest as { repositories: { repository: string }[] }).repositories.map(({ repository }) => repository);
		expect(names(await digest())).toEqual([REPOSITORY, 'octo/site']);
		const one = await digest({ repository: 'Octo/Site' });
		expect(names(one)).toEqual(['octo/site']);
		expect(one).toMatchObject({ digest: { waiting: [{ repository: 'octo/site' }] } });
		expect((await report({ operation: 'digest', digestOptions: { repository: 'octo/none' } })).error).toMatchObject({ context: { code: 'no_project' } });
	});

	it('tells what the tables say also while GitHub refuses the token, and that it does', async () => {
		await bench.task({ status: 'blocked' });
		const maestroGithubApi = { ...bench.credentials.maestroGithubApi, accessToken: 'ghp_anotherTokenThatIsWrong' };
		const result = await report({ operation: 'digest' }, { ...bench.credentials, maestroGithubApi });
		expect(json(result)).toMatchObject({ isQuiet: false, digest: { waiting: [{ status: 'blocked' }], repositories: [], problems: [expect.stringContaining('did not accept the token')] } });
		expect(JSON.stringify(result.run)).not.toContain('ghp_anotherTokenThatIsWrong');
	});

	it('counts the day as the time zone of the workflow does', async () => {
		const noon = Date.parse(yesterday());
		setGlobalState({ defaultTimezone: 'Pacific/Kiritimati' });
		await run({ costUsd: 1, finishedAt: new Date(noon).toISOString() });
		const [day] = [await digest()].map((found) => found.digest as { day: string; cost: { usd: number } });
		setGlobalState({ defaultTimezone: 'UTC' });
		// Fourteen hours ahead: noon in UTC is two at night of the next date, which is today there until ten in the morning in UTC.
		const isToday = new Date().getUTCHours() < 10;
		expect(day?.cost.usd).toBe(isToday ? 0 : 1);
		expect(day?.day).toBe(new Date(noon + (isToday ? 0 : 24) * HOUR_MS).toISOString().slice(0, 10));
	});

	it('has only as many entries as are wanted', async () => {
		for (const title of ['One', 'Two', 'Three']) bench.github.openIssue({ repository: REPOSITORY, title });
		const found = await digest({ entries: 1 });
		expect(found).toMatchObject({ digest: { repositories: [{ openIssues: 3, issues: [{ title: 'Three' }] }] } });
		expect(found.text).toContain('and 2 more');
	});
});

interface Found {
	readonly name: string;
	readonly ok: boolean;
	readonly message: string;
	readonly advice: string;
}

describe('a health check', () => {
	const NAMES = ['Claude', 'Claude token', 'GitHub token', 'Repositories', 'n8n API key', 'n8n API key expiry', 'Data tables', 'Disk', 'Sessions'];
	const health = async (parameters: NonNullable<RunOptions['parameters']> = {}, credentials = bench.credentials): Promise<{ found: Record<string, unknown>; checks: Found[]; of: (name: string) => Found | undefined; all: string }> => {
		const result = await report({ operation: 'health', healthOptions: { minimumDiskGb: 0 }, ...parameters }, credentials);
		const found = json(result);
		const checks = found.checks as Found[];
		return { found, checks, of: (name) => checks.find((check) => check.name === name), all: JSON.stringify(result.run) };
	};
	/** Without the agent, which takes its time. */
	const quick = { healthOptions: { minimumDiskGb: 0, askClaude: false } };

	it('finds a whole installation healthy', async () => {
		bench.github.changeToken({ expires: '2999-01-01 00:00:00 UTC' });
		const { found, checks, of, all } = await health({ claudeTokenExpiresOn: '2999-01-01' });
		expect(checks.filter(({ ok }) => !ok)).toEqual([]);
		expect(checks.map(({ name }) => name)).toEqual(NAMES);
		expect(firstCells(page('health-check.md'))).toEqual(NAMES);
		expect(quoted(/^\*Check everything\* gives .*$/m.exec(page('health-check.md'))?.[0] ?? '').sort()).toEqual([...Object.keys(found), ...new Set(checks.flatMap((check) => Object.keys(check)))].sort());
		expect(found).toMatchObject({ healthy: true, failed: [], subject: 'Maestro is healthy' });
		expect(of('Claude')?.message).toMatch(/Claude Code \d+\.\d+.* answers/);
		expect(of('Claude token')?.message).toContain('2999-01-01');
		expect(of('GitHub token')?.message).toMatch(/maestro-bot.*repo.*2999-01-01/);
		expect(of('Data tables')?.message).toContain('of 200 MB');
		expect(bench.api.rows('maestro_locks')).toEqual([]);
		for (const secret of [CLAUDE_TOKEN, GITHUB_TOKEN, bench.api.apiKey]) expect(all).not.toContain(secret);
	});

	it('has every other check stand when one fails, and no secret in any', async () => {
		const wrongToken = 'sk-ant-oat01-wrong-token-of-this-test';
		const credentials = {
			...bench.credentials,
			maestroClaudeApi: { ...bench.credentials.maestroClaudeApi, token: wrongToken },
			maestroGithubApi: { ...bench.credentials.maestroGithubApi, accessToken: 'ghp_anotherTokenThatIsWrong' },
		};
		const { found, checks, of, all } = await health({}, credentials);
		expect(checks.map(({ name }) => name)).toEqual(NAMES);
		expect(found).toMatchObject({ healthy: false, failed: ['Claude', 'GitHub token', 'Repositories'], subject: 'Maestro: 3 of 9 checks failed' });
		expect(of('GitHub token')).toMatchObject({ message: expect.stringContaining('did not accept the token'), advice: expect.stringContaining('credential') });
		for (const secret of [wrongToken, 'ghp_anotherTokenThatIsWrong']) expect(all).not.toContain(secret);
		expect(found.text).toContain('✘ GitHub token');
	});

	it('says that a credential is empty, and goes on', async () => {
		const credentials = { ...bench.credentials, maestroClaudeApi: { ...bench.credentials.maestroClaudeApi, token: '' }, maestroGithubApi: { ...bench.credentials.maestroGithubApi, accessToken: '' } };
		const { checks, of } = await health({}, credentials);
		expect(checks.filter(({ ok }) => !ok).map(({ name }) => name)).toEqual(['Claude', 'GitHub token', 'Repositories']);
		expect(of('Claude')?.advice).toContain('Maestro Claude API');
	});

	it('warns before the Claude token expires, and of a date that is none', async () => {
		const inDays = (days: number): string => new Date(Date.now() + days * 24 * HOUR_MS + HOUR_MS).toISOString();
		expect((await health({ ...quick, claudeTokenExpiresOn: inDays(20) })).of('Claude token')).toMatchObject({ ok: true });
		expect((await health({ ...quick, claudeTokenExpiresOn: inDays(10) })).of('Claude token')).toMatchObject({ ok: false, message: expect.stringContaining('in 10 days'), advice: expect.stringContaining('claude setup-token') });
		expect((await health({ healthOptions: { ...quick.healthOptions, expiryDays: 5 }, claudeTokenExpiresOn: inDays(10) })).of('Claude token')).toMatchObject({ ok: true });
		expect((await report({ operation: 'health', ...quick, claudeTokenExpiresOn: 'next year' })).error).toMatchObject({ message: expect.stringContaining('Claude Token Expires On'), context: { code: 'bad_parameter' } });
	});

	it('warns of a GitHub token that is about to expire, or that lacks the scope', async () => {
		bench.github.changeToken({ expires: new Date(Date.now() + 3 * 24 * HOUR_MS).toISOString().replace('T', ' ').replace(/\.\d+Z/, ' UTC') });
		expect((await health(quick)).of('GitHub token')).toMatchObject({ ok: false, message: expect.stringContaining('expires in 2 days') });
		bench.github.changeToken({ expires: '', scopes: ['read:org'] });
		expect((await health(quick)).of('GitHub token')).toMatchObject({ ok: false, message: expect.stringContaining('read:org'), advice: expect.stringContaining('repo') });
		bench.github.changeToken({ scopes: [] });
		expect((await health(quick)).of('GitHub token')).toMatchObject({ ok: false, message: expect.stringContaining('fine-grained') });
	});

	it('names the repositories that cannot be worked on', async () => {
		await bench.github.createRepository({ fullName: 'octo/locked', files: { a: 'a' }, canPush: false });
		await bench.github.createRepository({ fullName: 'octo/old', files: { a: 'a' }, archived: true });
		for (const repository of ['octo/locked', 'octo/old', 'octo/gone']) await bench.project({ repository });
		await bench.project({ repository: 'octo/asleep', active: false });
		const { message = '', ok } = (await health(quick)).of('Repositories') ?? {};
		expect(ok).toBe(false);
		expect(message).toMatch(/octo\/locked may not be pushed to; octo\/old is archived; octo\/gone: /);
		expect(message).not.toMatch(/octo\/(shop|asleep)/);
	});

	it('warns of an n8n API key that is about to expire, or that may not write', async () => {
		const { url } = bench.api;
		const claims = Buffer.from(JSON.stringify({ exp: Math.floor(Date.now() / 1000) + 3_600 })).toString('base64url');
		const expiring = await health(quick, { ...bench.credentials, maestroN8nApi: { baseUrl: url, apiKey: `e30.${claims}.x` } });
		expect(expiring.of('n8n API key expiry')).toMatchObject({ ok: false, message: expect.stringContaining('in less than a day') });
		// It is not the key of this n8n: what needs it says so, and what does not is still found out.
		expect(expiring.found.failed).toEqual(['Repositories', 'n8n API key', 'n8n API key expiry', 'Data tables', 'Sessions']);
		for (const scope of ['dataTableRow:create', 'dataTableRow:update', 'dataTableRow:delete', 'execution:read']) {
			const all = bench.api.scopes;
			bench.api.scopes = all.filter((each) => each !== scope);
			const lacking = (await health(quick)).of('n8n API key');
			expect([lacking?.ok, lacking?.message.includes(scope) ?? false, lacking?.advice.includes(scope) ?? false]).toEqual([false, scope !== 'execution:read', true]);
			bench.api.scopes = all;
		}
	});

	it('warns of data tables that are nearly full, and says so where n8n does not tell', async () => {
		bench.api.bytesOfTable = 20 * 1024 * 1024;
		expect((await health(quick)).of('Data tables')).toMatchObject({ ok: false, message: expect.stringContaining('of 200 MB'), advice: expect.stringContaining('N8N_DATA_TABLES_MAX_SIZE_BYTES') });
		process.env.N8N_DATA_TABLES_MAX_SIZE_BYTES = String(400 * 1024 * 1024);
		expect((await health(quick)).of('Data tables')).toMatchObject({ ok: true, message: expect.stringContaining('of 400 MB') });
		delete process.env.N8N_DATA_TABLES_MAX_SIZE_BYTES;
		bench.api.bytesOfTable = undefined;
		expect((await health(quick)).of('Data tables')).toMatchObject({ ok: true, message: expect.stringContaining('does not say') });
	});

	it('warns of too little room on the disk, also before the data folder is there', async () => {
		expect((await health({ healthOptions: { askClaude: false, minimumDiskGb: 10_000_000 } })).of('Disk')).toMatchObject({ ok: false, advice: expect.stringContaining('MAESTRO_DATA_DIR') });
		process.env.MAESTRO_DATA_DIR = `${__filename}/below`;
		expect((await health(quick)).of('Disk')).toMatchObject({ ok: false, message: expect.stringContaining('is a file') });
	});

	it('names sessions that nobody has looked after for long', async () => {
		await run({ taskId: 7, status: 'running', heartbeatAt: ago(1) });
		await run({ taskId: 8, status: 'running', heartbeatAt: ago(0) });
		expect((await health(quick)).of('Sessions')).toMatchObject({ ok: false, message: expect.stringContaining('tasks: 7)'), advice: expect.stringContaining('reconcile') });
	});

	it('is one finding of each where n8n does not answer at all', async () => {
		await bench.api.close();
		const { found, of } = await health(quick);
		expect(found).toMatchObject({ healthy: false, failed: ['Repositories', 'n8n API key', 'Data tables', 'Sessions'] });
		expect(of('n8n API key')).toMatchObject({ message: expect.stringContaining(bench.api.url), advice: expect.stringContaining('Base URL') });
		expect(of('GitHub token')).toMatchObject({ ok: true });
	});
});
