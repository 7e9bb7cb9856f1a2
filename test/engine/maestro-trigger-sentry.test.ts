import { createHmac } from 'node:crypto';

import type { ICredentialTestFunctions } from 'n8n-workflow';

import { openRepository } from '../../core/git/repository';
import { MaestroTrigger } from '../../nodes/MaestroTrigger/MaestroTrigger.node';
import { waitFor } from '../e2e/support/poll';
import { errorCreated, eventAlert, exception, frame, installationCreated, ISSUE_ID, issueChange, metricAlert, sentryHeaders } from '../fixtures/sentry';
import { GITHUB_TOKEN, openBench, REPOSITORY, type Bench } from './support/bench';
import { callHook, type HookCall } from './support/call-hook';
import { callWebhook, type WebhookCall, type WebhookOutcome } from './support/call-webhook';
import { workflowOf } from './support/workflow';

const SECRET = '5a1c0b2d9e8f47361a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f7081';
const MAPPED = { sentryProjects: { map: [{ sentryProject: '', repository: REPOSITORY }] } };

let bench: Bench;
beforeAll(async () => {
	bench = await openBench();
});
afterAll(async () => await bench.close());

interface SentryCall extends WebhookCall {
	readonly resource?: string;
	readonly secret?: string;
	readonly at?: Date;
}

let events = 0;
/** Each body is new unless the test gives a text: an event of its own happened. */
function textOf(body: unknown): string {
	if (typeof body === 'string') return body;
	events += 1;
	return JSON.stringify({ ...Object(body), delivery: events });
}

async function deliver(body: unknown, { resource = 'event_alert', secret = SECRET, at = new Date(), parameters = {}, headers = {}, ...call }: SentryCall = {}): Promise<WebhookOutcome> {
	const text = textOf(body);
	return await callWebhook(new MaestroTrigger(), {
		credentials: { ...bench.credentials, maestroSentryApi: { clientSecret: SECRET } },
		body: text,
		parameters: { source: 'sentry', ...MAPPED, ...parameters },
		headers: { ...sentryHeaders(resource, text, secret, at), ...headers },
		...call,
	});
}

const fresh = (): object => eventAlert({ received: Date.now() / 1000 });
const secondsAgo = (seconds: number): Date => new Date(Date.now() - seconds * 1000);

async function leftOut(): Promise<{ message: string; detail: string }[]> {
	const rows = await bench.store.events.find({ type: { eq: 'signal.ignored' } }, { limit: 50 }, new AbortController().signal);
	return rows.map(({ message, detail }) => ({ message, detail }));
}

describe('a webhook of Sentry', () => {
	beforeAll(async () => {
		await bench.project();
	});

	it('that is signed starts the workflow with a signal for the repository that the trigger gives it', async () => {
		const { answer, workflowData } = await deliver(fresh());
		expect(answer).toEqual({ status: 202, body: { accepted: true } });
		expect(workflowData?.[0]).toMatchObject([{ json: { signal: { source: 'sentry', kind: 'event_alert.triggered', repository: REPOSITORY, fingerprint: `sentry:shop-front:${ISSUE_ID}`, names: [`sentry:acme:${ISSUE_ID}`], author: '', authorTrust: 'collaborator' }, sentry: { project: 'shop-front', places: [{ path: 'src/cart.ts', line: 12 }, { path: 'src/page.tsx' }] } } }]);
	});

	it.each([
		['another secret', { secret: 'guessed' }],
		['no signature', { headers: { 'sentry-hook-signature': '' } }],
		['half a signature', { headers: { 'sentry-hook-signature': 'ab' } }],
		['a signature in the form of GitHub', { headers: { 'sentry-hook-signature': `sha256=${createHmac('sha256', SECRET).update('x').digest('hex')}` } }],
		['an old time', { at: secondsAgo(400) }],
		['a time to come', { at: secondsAgo(-120) }],
		['no time', { headers: { 'sentry-hook-timestamp': '' } }],
		['a time that is no number', { headers: { 'sentry-hook-timestamp': 'now' } }],
	])('with %s is refused with 401, and nothing is stored', async (_, call) => {
		const before = bench.api.requests.length;
		const { answer, workflowData } = await deliver(fresh(), call);
		expect(answer?.status).toBe(401);
		expect(workflowData).toBeUndefined();
		expect(bench.api.requests).toHaveLength(before);
	});

	it('is refused where the credential has no secret, even when it is signed with an empty one', async () => {
		const credentials = { ...bench.credentials, maestroSentryApi: { clientSecret: '' } };
		expect((await deliver(fresh(), { credentials, secret: '' })).answer?.status).toBe(401);
	});

	it('whose body was changed or cut on the way is refused', async () => {
		const text = JSON.stringify(fresh());
		const headers = sentryHeaders('event_alert', text, SECRET, new Date());
		expect((await deliver(text.replace('error', 'fatal'), { headers })).answer?.status).toBe(401);
		expect((await deliver(text.slice(0, -20), { headers })).answer?.status).toBe(401);
	});

	it('is taken once, however often the same body comes, and whatever is new in headers that are not signed', async () => {
		const text = JSON.stringify(eventAlert({ received: Date.now() / 1000, event_id: 'once' }));
		const calls = [1, 2, 3].map(async (id) => await deliver(text, { headers: { 'request-id': `request-${id}` } }));
		const outcomes = await Promise.all(calls);
		expect(outcomes.filter(({ workflowData }) => workflowData !== undefined)).toHaveLength(1);
		for (const at of [new Date(), secondsAgo(200)]) {
			expect((await deliver(text, { at })).answer).toMatchObject({ status: 200, body: { ignored: expect.stringContaining('already') } });
		}
	});

	it('about the same issue is taken again when something new happened', async () => {
		const kinds: unknown[] = [];
		for (const [resource, body] of [['event_alert', fresh()], ['event_alert', fresh()], ['issue', issueChange('unresolved')], ['error', errorCreated({ received: Date.now() / 1000 })]] as const) {
			const { workflowData } = await deliver(body, { resource, parameters: { sentryResources: ['event_alert', 'issue', 'error'] } });
			kinds.push(workflowData?.[0]?.[0]?.json.signal);
		}
		expect(kinds).toMatchObject(['event_alert.triggered', 'event_alert.triggered', 'regressed', 'error.created'].map((kind) => ({ kind, fingerprint: `sentry:shop-front:${ISSUE_ID}` })));
	});

	it('that is not asked for is answered with 200 and the reason, and starts nothing', async () => {
		const ignored: [unknown, SentryCall, string][] = [
			[installationCreated(), { resource: 'installation' }, 'installed'],
			[metricAlert(), { resource: 'metric_alert' }, 'metric alert'],
			[errorCreated(), { resource: 'error' }, 'resource error'],
			[issueChange('created'), { resource: 'issue' }, 'action created'],
			[issueChange('assigned'), { resource: 'issue' }, 'assigned'],
			[eventAlert({ level: 'info', received: Date.now() / 1000 }), {}, 'level info'],
			[fresh(), { parameters: { sentryEnvironments: 'staging, qa' } }, 'environment production'],
			[issueChange('unresolved'), { resource: 'issue', parameters: { sentryMinimumCount: 13 } }, '12 times'],
			[eventAlert({ received: Date.now() / 1000 - 4 * 24 * 3600 }), {}, 'so long ago'],
		];
		const before = bench.api.rows('maestro_locks').length;
		for (const [body, call, reason] of ignored) {
			const { answer, workflowData } = await deliver(body, call);
			expect(answer).toMatchObject({ status: 200, body: { ignored: expect.stringContaining(reason) } });
			expect(workflowData).toBeUndefined();
		}
		expect(bench.api.rows('maestro_locks')).toHaveLength(before);
		expect(await leftOut()).toEqual([]);
	});

	it('that nobody foresaw is answered with 200 and counted, in one line for each reason', async () => {
		const other = { sentryProjects: { map: [{ sentryProject: 'other', repository: REPOSITORY }] } };
		await Promise.all([1, 2, 3].map(async () => await deliver(metricAlert(), { resource: 'comment' })));
		expect((await deliver(metricAlert(), { resource: 'comment' })).answer).toMatchObject({ status: 200, body: { ignored: expect.stringContaining('comment is not known') } });
		expect((await deliver(fresh(), { parameters: other })).answer).toMatchObject({ status: 200, body: { ignored: expect.stringContaining('shop-front') } });
		expect(await leftOut()).toEqual([
			{ message: 'A webhook of Sentry was left out: the resource comment is not known', detail: '{"count":4}' },
			{ message: 'A webhook of Sentry was left out: no repository is given for Sentry\'s project "shop-front"', detail: '{"count":1}' },
		]);
	});

	it('for a repository that is no project is counted and starts nothing, until there is one and it is sent again', async () => {
		const parameters = { sentryProjects: { map: [{ sentryProject: '', repository: 'octo/later' }] } };
		const text = JSON.stringify(fresh());
		const before = await leftOut();
		expect((await deliver(text, { parameters })).answer).toMatchObject({ status: 202, body: { ignored: expect.stringContaining('octo/later') } });
		expect((await leftOut()).slice(before.length)).toMatchObject([{ message: expect.stringContaining('there is no project') }]);
		const later = await bench.project({ repository: 'octo/later' });
		expect((await deliver(text, { parameters })).workflowData).toHaveLength(1);
		await bench.store.projects.remove({ id: { eq: later.id } }, new AbortController().signal);
	});

	it('that nobody foresaw is counted once, however often the same body comes', async () => {
		const text = JSON.stringify({ ...metricAlert(), delivery: 'the same' });
		const before = await leftOut();
		await deliver(text, { resource: 'seer' });
		await deliver(text, { resource: 'seer' });
		expect((await leftOut()).slice(before.length)).toEqual([{ message: 'A webhook of Sentry was left out: the resource seer is not known', detail: '{"count":1}' }]);
	});

	it('that is no JSON or no webhook of Sentry is refused with 400', async () => {
		expect((await deliver('{"action":')).answer?.status).toBe(400);
		expect((await deliver('{}')).answer?.status).toBe(400);
		expect((await deliver(fresh(), { resource: '' })).answer?.status).toBe(400);
		expect((await deliver(eventAlert({ received: Date.now() / 1000, issue_id: null, issue_url: '', web_url: '' }))).answer?.status).toBe(400);
	});

	it('of 5 MB is read, and gives a small signal', async () => {
		const { answer, workflowData } = await deliver(eventAlert({ received: Date.now() / 1000, extra: 'x'.repeat(5 * 1024 * 1024), title: 'x'.repeat(100_000) }));
		expect(answer?.status).toBe(202);
		expect(JSON.stringify(workflowData).length).toBeLessThan(20_000);
	});

	it('above 25 MB is refused before anything is read of it', async () => {
		expect((await deliver('x'.repeat(25 * 1024 * 1024 + 1))).answer?.status).toBe(413);
	});

	it('that cannot be kept now is answered with 500, without a secret', async () => {
		const scopes = bench.api.scopes;
		bench.api.scopes = [];
		try {
			const { answer, workflowData } = await deliver(fresh());
			expect(answer).toEqual({ status: 500, body: { error: expect.stringContaining('log of n8n') } });
			expect(workflowData).toBeUndefined();
		} finally {
			bench.api.scopes = scopes;
		}
	});

	it('names the places on the stack by the files of the repository, as soon as its mirror is there', async () => {
		const frames = [frame({ filename: 'node:internal/process', in_app: false }), frame({ filename: '/home/deploy/releases/42/src/cart.js', lineno: 7 })];
		const places = async (): Promise<unknown> => {
			const { workflowData } = await deliver(eventAlert({ received: Date.now() / 1000, exception: { values: [exception(frames)] } }));
			return workflowData?.[0]?.[0]?.json;
		};
		expect(await places()).toMatchObject({ signal: { body: expect.stringContaining('1. `home/deploy/releases/42/src/cart.js:7` in') }, sentry: { places: [{ path: 'home/deploy/releases/42/src/cart.js' }] } });
		await openRepository({ dataDir: bench.dataDir, repository: REPOSITORY, cloneUrl: `${bench.github.webUrl}/${REPOSITORY}.git`, token: GITHUB_TOKEN }).fetch(new AbortController().signal);
		// Sentry waits for a second only: on a busy machine the list of files is there for the next webhook.
		const named = await waitFor('the files of the repository', async () => {
			const found = await places();
			return JSON.stringify(found).includes('"known":true') ? found : undefined;
		});
		expect(named).toMatchObject({ signal: { body: expect.stringContaining('1. `src/cart.js:7` in') }, sentry: { places: [{ path: 'src/cart.js', known: true }] } });
	});

	it('gets the trust that the trigger gives it', async () => {
		const { workflowData } = await deliver(fresh(), { parameters: { sentryTrust: 'none' } });
		expect(workflowData?.[0]?.[0]?.json.signal).toMatchObject({ authorTrust: 'none' });
	});
});

describe('where the trigger names no repository', () => {
	const parameters = { source: 'sentry', sentryProjects: {} };
	let alone: Bench;
	beforeAll(async () => {
		alone = await openBench();
	});
	afterAll(async () => await alone.close());

	const call = async (): Promise<WebhookOutcome> => await deliver(fresh(), { parameters, credentials: { ...alone.credentials, maestroSentryApi: { clientSecret: SECRET } } });
	const publish = async (given: HookCall = {}): Promise<boolean> =>
		await callHook(new MaestroTrigger(), 'create', { credentials: { ...alone.credentials, maestroSentryApi: { clientSecret: SECRET } }, parameters, ...given });

	it('nothing is published, and nothing taken, as long as there is no project', async () => {
		await expect(publish()).rejects.toMatchObject({ code: 'no_project', message: expect.stringContaining('exactly one active project') });
		expect((await call()).answer).toMatchObject({ status: 200, body: { ignored: expect.stringContaining('no repository is given') } });
	});

	it('it is that of the only active project', async () => {
		await alone.project({ repository: 'octo/asleep', active: false });
		await alone.project();
		expect((await call()).workflowData?.[0]?.[0]?.json.signal).toMatchObject({ repository: REPOSITORY });
		expect(await publish()).toBe(true);
	});

	it('nothing is published as soon as there are two', async () => {
		await alone.project({ repository: 'octo/second' });
		await expect(publish()).rejects.toMatchObject({ code: 'no_project' });
	});

	it('publishing leaves no subscription, as Sentry is told the address by a person', async () => {
		expect(await publish({ parameters: { source: 'sentry', ...MAPPED } })).toBe(true);
		expect(alone.api.rows('maestro_subscriptions')).toEqual([]);
	});

	it('publishing says which repository is no project, and that a secret is missing', async () => {
		const elsewhere = { source: 'sentry', sentryProjects: { map: [{ sentryProject: 'x', repository: 'octo/asleep' }] } };
		await expect(publish({ parameters: elsewhere })).rejects.toMatchObject({ code: 'no_project', message: expect.stringContaining('octo/asleep') });
		await expect(publish({ parameters: { source: 'sentry', sentryProjects: { map: [{ sentryProject: 'x', repository: 'no address' }] } } })).rejects.toMatchObject({ code: 'bad_parameter', message: expect.stringContaining('no address') });
		await expect(publish({ parameters: { source: 'sentry', ...MAPPED }, credentials: { ...alone.credentials, maestroSentryApi: { clientSecret: ' ' } } })).rejects.toMatchObject({ code: 'bad_parameter', message: expect.stringContaining('Client Secret') });
	});
});

test('Sentry has a path of its own where nobody gives one', () => {
	const paths = ['github', 'maestro', 'sentry'].map((source) => workflowOf(new MaestroTrigger(), { parameters: { source } }).node.parameters.path);
	expect(paths).toEqual(['maestro/github', 'maestro/github', 'maestro/sentry']);
	expect(workflowOf(new MaestroTrigger(), { parameters: { source: 'sentry', path: 'my/own' } }).node.parameters.path).toBe('my/own');
});

describe("the test in the credential's dialog", () => {
	const node = new MaestroTrigger();
	// n8n passes helpers for requests; this test makes none.
	const tried = async (clientSecret: unknown): Promise<string> => {
		const type = 'maestroSentryApi';
		const { status, message } = await node.methods.credentialTest.testSentryCredential.call({} as ICredentialTestFunctions, { id: '1', name: 'Sentry', type, data: { clientSecret: clientSecret as string } });
		return `${status}: ${message}`;
	};

	it('is the one that the node declares', () => {
		const declared = node.description.credentials?.find(({ name }) => name === 'maestroSentryApi')?.testedBy;
		expect(Object.keys(node.methods.credentialTest)).toEqual([declared]);
	});

	it('takes what looks like a client secret, and says that it could not try it', async () => {
		expect(await tried(SECRET)).toMatch(/^OK: .*no way to try it/);
	});

	it.each([
		['', /^Error: It is empty/],
		[undefined, /^Error: It is empty/],
		['https://abc@o1.ingest.sentry.io/2', /^Error: That is an address/],
		['sntryu_abcdef', /^Error: That is an auth token/],
		['a8e5d37a-696c-4c54-adb5-b3f28d64c7de', /^Error: That is an ID/],
		['two words', /^Error: There is a space/],
	])('says of %j what it is', async (secret, said) => {
		expect(await tried(secret)).toMatch(said);
	});
});
