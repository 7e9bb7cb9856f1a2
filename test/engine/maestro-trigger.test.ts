import { createHmac } from 'node:crypto';

import { MaestroTrigger } from '../../nodes/MaestroTrigger/MaestroTrigger.node';
import { signEvent } from '../../nodes/shared/n8n-api';
import { openBench, REPOSITORY, WEBHOOK_SECRET, type Bench } from './support/bench';
import { callHook, type HookCall } from './support/call-hook';
import { workflowOf } from './support/workflow';
import { callWebhook, type WebhookCall, type WebhookOutcome } from './support/call-webhook';

let bench: Bench;
beforeAll(async () => {
	bench = await openBench();
	await bench.project();
});
afterAll(async () => await bench.close());

let labels = 0;
/** No two are alike: what GitHub sends twice counts once. */
const labelled = (changes: object = {}): object => ({
	action: 'labeled',
	installation: { id: ++labels },
	label: { name: 'auto' },
	issue: { number: 12, title: 'Cart is empty', body: 'Steps', html_url: 'https://github.com/octo/shop/issues/12', user: { login: 'ada' }, author_association: 'MEMBER', labels: [{ name: 'auto' }] },
	repository: { full_name: REPOSITORY, html_url: `https://github.com/${REPOSITORY}` },
	sender: { login: 'bob' },
	...changes,
});

let deliveries = 0;
async function deliver(body: unknown, { parameters = {}, headers = {}, secret = WEBHOOK_SECRET, ...call }: WebhookCall & { secret?: string } = {}): Promise<WebhookOutcome> {
	const text = typeof body === 'string' ? body : JSON.stringify(body);
	const signature = `sha256=${createHmac('sha256', secret).update(text).digest('hex')}`;
	return await callWebhook(new MaestroTrigger(), {
		credentials: bench.credentials,
		body: text,
		parameters: { source: 'github', ...parameters },
		headers: { 'x-github-event': 'issues', 'x-github-delivery': `d-${++deliveries}`, 'x-hub-signature-256': signature, ...headers },
		...call,
	});
}

describe('a webhook of GitHub', () => {
	it('that is signed starts the workflow with a signal', async () => {
		const { answer, workflowData } = await deliver(labelled());
		expect(answer).toEqual({ status: 202, body: { accepted: true } });
		expect(workflowData?.[0]).toMatchObject([{ json: { signal: { kind: 'issue.labeled', fingerprint: 'github:octo/shop#12', authorTrust: 'member' }, pullRequests: [] } }]);
	});

	it.each([
		['another secret', { secret: 'guessed' }],
		['no signature', { headers: { 'x-hub-signature-256': '' } }],
		['half a signature', { headers: { 'x-hub-signature-256': 'sha256=ab' } }],
		['an older kind of signature', { headers: { 'x-hub-signature-256': `sha1=${createHmac('sha1', WEBHOOK_SECRET).update('x').digest('hex')}` } }],
	])('with %s is refused with 401, and nothing is stored', async (_, call) => {
		const before = bench.api.requests.length;
		const { answer, workflowData } = await deliver(labelled(), call);
		expect(answer?.status).toBe(401);
		expect(workflowData).toBeUndefined();
		expect(bench.api.requests).toHaveLength(before);
	});

	it('is refused where the credential has no secret, even when it is signed with an empty one', async () => {
		const credentials = { ...bench.credentials, maestroGithubApi: { ...bench.credentials.maestroGithubApi, webhookSecret: '' } };
		expect((await deliver(labelled(), { credentials, secret: '' })).answer?.status).toBe(401);
	});

	it('whose body was changed on the way is refused', async () => {
		const signature = `sha256=${createHmac('sha256', WEBHOOK_SECRET).update(JSON.stringify(labelled())).digest('hex')}`;
		expect((await deliver(labelled({ action: 'opened' }), { headers: { 'x-hub-signature-256': signature } })).answer?.status).toBe(401);
	});

	it('is taken once, however often the same delivery comes, also under another id, which GitHub does not sign', async () => {
		const headers = { 'x-github-delivery': 'the-same' };
		const body = labelled();
		const outcomes = await Promise.all([1, 2, 3].map(async () => await deliver(body, { headers })));
		expect(outcomes.filter(({ workflowData }) => workflowData !== undefined)).toHaveLength(1);
		const before = bench.api.requests.length;
		for (const again of [headers, { 'x-github-delivery': 'another' }]) {
			expect((await deliver(body, { headers: again })).answer).toMatchObject({ status: 200, body: { ignored: expect.stringContaining('already') } });
		}
		// Who took it need not ask.
		expect(bench.api.requests.slice(before)).toEqual([]);
	});

	it('that another process has taken is not taken here', async () => {
		const body = labelled();
		const signature = `sha256=${createHmac('sha256', WEBHOOK_SECRET).update(JSON.stringify(body)).digest('hex')}`;
		const node = workflowOf(new MaestroTrigger(), {}).node;
		await bench.store.locks.insert([{ key: `delivery:github:${signature}:${node.id}`, expiresAt: new Date(Date.now() + 60_000).toISOString(), version: 2, owner: 'another process' }], new AbortController().signal);
		expect((await deliver(body)).answer).toMatchObject({ status: 200, body: { ignored: expect.stringContaining('already') } });
	});

	it('that could not be kept is free again: sent once more, it is taken', async () => {
		const body = labelled();
		// The row is written, and what it says is not read back.
		bench.api.failNext((method, path) => method === 'GET' && path.includes('/rows'), { status: 500, times: 30, after: 1 });
		expect((await deliver(body)).answer?.status).toBe(500);
		bench.api.clearFaults();
		expect((await deliver(body)).answer?.status).toBe(202);
	});

	it('for a repository that is no project is counted and starts nothing, until there is one and it is sent again', async () => {
		const other = labelled({ repository: { full_name: 'octo/later', html_url: 'https://github.com/octo/later' } });
		const headers = { 'x-github-delivery': 'too-early' };
		for (const _ of [1, 2]) expect((await deliver(other, { headers })).answer).toEqual({ status: 202, body: { ignored: 'there is no project for the repository "octo/later"' } });
		const lines = bench.api.rows('maestro_events').filter(({ type }) => type === 'signal.ignored');
		expect(lines).toMatchObject([{ message: 'A webhook of GitHub was left out: there is no project for the repository "octo/later"', detail: '{"count":2}' }]);
		const later = await bench.project({ repository: 'Octo/Later' });
		expect((await deliver(other, { headers })).workflowData).toHaveLength(1);
		expect((await deliver(other, { headers })).workflowData).toBeUndefined();
		await bench.store.projects.remove({ id: { eq: later.id } }, new AbortController().signal);
	});

	it.each([
		['its own account wrote', 'maestro-bot', '<!-- maestro:maestro-task-3 -->', 'certain'],
		['another account wrote with its mark', 'eve', '<!-- maestro:maestro-task-3 -->', undefined],
		['its own account wrote without its mark', 'maestro-bot', 'a person with the same token', undefined],
	])('says of what %s whether Maestro wrote it', async (_, login, body, own) => {
		const issue = { number: 13, title: 'Cart', body, html_url: 'https://github.com/octo/shop/issues/13', user: { login }, author_association: 'OWNER', labels: [{ name: 'auto' }] };
		const { workflowData } = await deliver(labelled({ issue }));
		const { signal } = workflowData?.[0]?.[0]?.json ?? {};
		expect(signal).toMatchObject({ author: login });
		expect(Object(signal).own).toBe(own);
	});

	it('with the mark, while GitHub does not say who Maestro is, may be its own', async () => {
		const issue = { number: 14, title: 'Cart', body: '<!-- maestro:maestro-task-3 -->', html_url: 'https://github.com/octo/shop/issues/14', user: { login: 'eve' }, author_association: 'NONE', labels: [{ name: 'auto' }] };
		bench.github.failNext('GET /user', { times: 20 });
		// Another token, so that its login is not known yet.
		const credentials = { ...bench.credentials, maestroGithubApi: { ...bench.credentials.maestroGithubApi, accessToken: 'ghp_of_somebody_else_0123456789012345' } };
		const { workflowData } = await deliver(labelled({ issue }), { credentials });
		bench.github.clearFaults();
		expect(workflowData?.[0]).toMatchObject([{ json: { signal: { own: 'possible' } } }]);
	});

	it('that is a ping, or is not asked for, is answered and starts nothing', async () => {
		const ignored: [unknown, WebhookCall, string][] = [
			[{ zen: 'Keep it simple' }, { headers: { 'x-github-event': 'ping' } }, 'answers'],
			[labelled(), { headers: { 'x-github-event': 'star' } }, 'not known'],
			[labelled(), { parameters: { events: ['pull_request'] } }, 'event issues'],
			[labelled({ action: 'closed' }), {}, 'action closed'],
			[labelled({ label: { name: 'bug' } }), {}, 'labels'],
			[labelled(), { parameters: { repositories: 'octo/other' } }, 'repository'],
			[labelled(), { parameters: { minimumTrust: 'owner' } }, 'trusted as member'],
		];
		for (const [body, call, reason] of ignored) {
			const { answer, workflowData } = await deliver(body, call);
			expect(answer).toMatchObject({ status: 202, body: { ignored: expect.stringContaining(reason) } });
			expect(workflowData).toBeUndefined();
		}
	});

	it('that is no JSON, no event or without an id is refused with 400', async () => {
		expect((await deliver('{"action":')).answer?.status).toBe(400);
		expect((await deliver('{}')).answer?.status).toBe(400);
		expect((await deliver(labelled(), { headers: { 'x-github-delivery': '' } })).answer?.status).toBe(400);
	});

	it('may come as a form', async () => {
		const { workflowData } = await deliver(`payload=${encodeURIComponent(JSON.stringify(labelled()))}`, { headers: { 'content-type': 'application/x-www-form-urlencoded' } });
		expect(workflowData?.[0]).toMatchObject([{ json: { signal: { title: 'Cart is empty' } } }]);
	});

	it('above 25 MB is refused before anything is read of it', async () => {
		expect((await deliver('x'.repeat(25 * 1024 * 1024 + 1))).answer?.status).toBe(413);
	});

	it('that cannot be kept now is answered with 500, so that GitHub shows it and it can be sent again, without a secret', async () => {
		bench.api.scopes = [];
		try {
			const { answer, workflowData } = await deliver(labelled());
			expect(answer).toEqual({ status: 500, body: { error: expect.stringContaining('log of n8n') } });
			expect(workflowData).toBeUndefined();
		} finally {
			bench.api.scopes = ['dataTable:list', 'dataTable:create', 'dataTableRow:create', 'dataTableRow:read', 'dataTableRow:update', 'dataTableRow:delete'];
		}
	});
});

describe("Maestro's own event", () => {
	const parameters = { source: 'maestro' };
	const event = { event: { type: 'task.ready' }, task: { id: 4 } };
	const send = async (key: string, body = JSON.stringify(event)): Promise<WebhookOutcome> =>
		await callWebhook(new MaestroTrigger(), { credentials: bench.credentials, parameters, body, headers: { 'x-maestro-signature-256': signEvent(key, body) } });

	it('starts the workflow', async () => {
		const { answer, workflowData } = await send(bench.api.apiKey);
		expect(answer?.status).toBe(202);
		expect(workflowData?.[0]).toEqual([{ json: event }]);
	});

	it('signed with another key, or not signed, is refused with 401', async () => {
		expect((await send('another key')).answer?.status).toBe(401);
		expect((await callWebhook(new MaestroTrigger(), { credentials: bench.credentials, parameters, body: event })).answer?.status).toBe(401);
	});

	it('that is no object is refused with 400', async () => {
		expect((await send(bench.api.apiKey, '3')).answer?.status).toBe(400);
		expect((await send(bench.api.apiKey, '{"event":')).answer?.status).toBe(400);
	});
});

describe('publishing', () => {
	const hooks = (): { url: string }[] => bench.github.repositoryState(REPOSITORY).hooks.map(({ config }) => ({ url: config.url }));
	const hook = async (name: 'checkExists' | 'create' | 'delete', call: HookCall = {}): Promise<boolean> =>
		await callHook(new MaestroTrigger(), name, { credentials: bench.credentials, parameters: { source: 'github' }, ...call });
	const rows = (): ReturnType<Bench['api']['rows']> => bench.api.rows('maestro_subscriptions');

	afterEach(async () => {
		await hook('delete');
		expect(rows()).toEqual([]);
		expect(hooks()).toEqual([]);
	});

	it('writes one subscription and one webhook, also when it is done again, and takes both back', async () => {
		for (const _ of [1, 2]) {
			expect(await hook('checkExists')).toBe(false);
			expect(await hook('create')).toBe(true);
		}
		expect(rows()).toMatchObject([{ workflowId: 'workflow-1', nodeId: 'node-1', path: '/webhook/maestro/github', webhookEvents: 'issues', events: '' }]);
		expect(hooks()).toEqual([{ url: 'http://127.0.0.1:5678/webhook/maestro/github' }]);
		expect(bench.github.violations).toEqual([]);
	});

	it('of the source Maestro writes what it subscribes to, and asks GitHub nothing', async () => {
		const before = bench.github.requests.length;
		await hook('create', { parameters: { source: 'maestro', maestroEvents: ['task.ready', 'task.failed'], maxRunning: 5, path: 'maestro/ready' } });
		expect(rows()).toMatchObject([{ events: 'task.ready,task.failed', maxRunning: 5, path: '/webhook/maestro/ready', webhookUrl: '' }]);
		expect(bench.github.requests).toHaveLength(before);
	});

	it('is taken as done while n8n starts, without any request', async () => {
		const before = [bench.api.requests.length, bench.github.requests.length];
		expect(await hook('checkExists', { activation: 'init' })).toBe(true);
		expect(await hook('checkExists', { activation: 'leadershipChange' })).toBe(true);
		expect([bench.api.requests.length, bench.github.requests.length]).toEqual(before);
	});

	it('leaves nothing for a test run from the editor', async () => {
		await hook('create', { mode: 'manual' });
		expect(rows()).toEqual([]);
	});

	it('goes on where the token may not make webhooks, and says what to enter by hand', async () => {
		bench.github.failNext('POST /repos/octo/shop/hooks', { status: 403, body: { message: 'Resource not accessible by personal access token' } });
		expect(await hook('create')).toBe(true);
		expect(rows()).toHaveLength(1);
		const notes = (await bench.timeline()).filter(({ type }) => type === 'note');
		expect(notes.at(-1)?.message).toMatch(/octo\/shop\/settings\/hooks\/new.*http:\/\/127\.0\.0\.1:5678\/webhook\/maestro\/github/);
		expect(notes.at(-1)?.message).not.toContain(WEBHOOK_SECRET);
	});

	it('makes no webhook where that is switched off', async () => {
		await hook('create', { parameters: { source: 'github', registerWebhook: false } });
		expect(rows()).toMatchObject([{ webhookUrl: '' }]);
		expect(hooks()).toEqual([]);
	});

	it('is taken back also when a repository refuses to give its webhook up', async () => {
		await bench.github.createRepository({ fullName: 'octo/second', files: { a: 'a' } });
		const parameters = { source: 'github', repositories: `octo/second,${REPOSITORY}` };
		await hook('create', { parameters });
		bench.github.failNext('DELETE /repos/octo/second/hooks/*', { status: 403, times: 5 });
		expect(await hook('delete', { parameters })).toBe(true);
		expect(rows()).toEqual([]);
		expect(hooks()).toEqual([]);
	});
});
