import type { SentryFilter } from '../../../core/signal/sentry-filter';
import { readSentryWebhook, withFiles, type SentryReading } from '../../../core/signal/sentry';
import { PathIndex } from '../../../core/signal/path-index';
import { REGRESSED, type Signal } from '../../../core/signal/signal';
import { errorCreated, event, eventAlert, exception, frame, installationCreated, ISSUE_ID, issueChange, metricAlert } from '../../fixtures/sentry';

const ALL: SentryFilter = { resources: [], issueActions: [], projects: [{ sentryProject: '', repository: 'octo/shop' }], levels: [], environments: [], minimumCount: 0, trust: 'collaborator' };

function read(resource: string, body: unknown, filter: Partial<SentryFilter> = {}): SentryReading {
	const text = typeof body === 'string' ? body : JSON.stringify(body);
	return readSentryWebhook({ resource, deliveryId: 'd-1', body: text, receivedAt: '2026-03-01T12:00:00.000Z', notBefore: '2026-02-26T12:00:00.000Z', filter: { ...ALL, ...filter } });
}

function signalOf(reading: SentryReading): Signal {
	if (reading.kind !== 'signal') throw new Error(`${reading.kind}: ${reading.reason}`);
	return reading.signal;
}

function ignored(reading: SentryReading): string {
	if (reading.kind !== 'ignored') throw new Error(`not ignored, but ${JSON.stringify(reading)}`);
	return `${reading.unforeseen ? 'unforeseen: ' : ''}${reading.reason}`;
}

describe("reading Sentry's webhooks", () => {
	it('makes a signal of an issue alert, with all that helps to find the cause', () => {
		expect(read('event_alert', eventAlert())).toEqual({
			kind: 'signal',
			signal: {
				source: 'sentry',
				kind: 'event_alert.triggered',
				title: "TypeError: Cannot read properties of undefined (reading 'items')",
				body: [
					"Thrown: `TypeError: Cannot read properties of undefined (reading 'items')`",
					'',
					'- Where: `total(src/cart)`',
					'- Level: `error`',
					'- Environment: `production`',
					'- Release: `shop@1.4.2`',
					'- Platform: `javascript`',
					'- Sentry project: `shop-front`',
					'- Alert: `New errors in the shop`',
					`- In Sentry: <https://sentry.io/organizations/acme/issues/${ISSUE_ID}/events/e4874d664c3540c1a32eab185f12c5ab/>`,
					'- Tags: `browser: Chrome 75.0.3770`, `handled: no`, `url: https://shop.example/cart`',
					'',
					"The project's code on the stack, the innermost call first:",
					'',
					'1. `src/cart.ts:12` in `total`',
					'   `return cart.items.reduce((sum, item) => sum + item.price, 0);`',
					'1. `src/page.tsx:40` in `Page`',
				].join('\n'),
				url: `https://sentry.io/organizations/acme/issues/${ISSUE_ID}/events/e4874d664c3540c1a32eab185f12c5ab/`,
				author: '',
				authorTrust: 'collaborator',
				repository: 'octo/shop',
				fingerprint: `sentry:shop-front:${ISSUE_ID}`,
				names: [`sentry:acme:${ISSUE_ID}`],
				severity: 'high',
				labels: ['level: error', 'environment: production', 'release: shop@1.4.2'],
				deliveryId: 'd-1',
				receivedAt: '2026-03-01T12:00:00.000Z',
			},
			sentry: expect.objectContaining({ organization: 'acme', project: 'shop-front', issueId: ISSUE_ID, level: 'error', environment: 'production' }),
			rule: 'New errors in the shop',
		});
	});

	it('names the places by the files of the repository, where these are known, and changes nothing else', () => {
		const reading = read('event_alert', eventAlert());
		if (reading.kind !== 'signal') throw new Error(reading.kind);
		const { signal, sentry } = withFiles(reading, new PathIndex(['web/src/cart.ts']));
		expect(signal).toEqual({ ...reading.signal, body: reading.signal.body.replace('`src/cart.ts:12`', '`web/src/cart.ts:12`').replace('`src/page.tsx:40` in `Page`', '`src/page.tsx:40` in `Page` (no such file in the repository)') });
		expect(signal.body).toContain('- Alert: `New errors in the shop`');
		expect(sentry.places).toMatchObject([{ path: 'web/src/cart.ts', known: true }, { path: 'src/page.tsx', known: false }]);
	});

	it.each([
		['created', 'issue.created'],
		['unresolved', REGRESSED],
		['resolved', 'issue.resolved'],
	])('makes a signal of an issue that is %s, with how often it was seen', (action, kind) => {
		const signal = signalOf(read('issue', issueChange(action)));
		expect(signal).toMatchObject({ kind, fingerprint: `sentry:shop-front:${ISSUE_ID}`, labels: ['level: error', 'issue: SHOP-FRONT-9'], url: `https://sentry.io/organizations/acme/issues/${ISSUE_ID}/` });
		expect(signal.body).toContain('- Seen: 12 times, by 3 users');
		expect(signal.body).toContain('- In Sentry (`SHOP-FRONT-9`): <https://sentry.io/');
		expect(signal.body).toContain('1. `src/cart.ts` in `total`');
	});

	it('makes a signal of an error', () => {
		expect(signalOf(read('error', errorCreated()))).toMatchObject({ kind: 'error.created', severity: 'high', fingerprint: `sentry:shop-front:${ISSUE_ID}` });
	});

	/** What a Sentry of one's own says of where it is; `at` is empty where nobody told it. */
	const eventAt = (at: string): Record<string, string> => ({ url: `${at}/api/0/projects/acme/shop-front/events/ab12/`, web_url: `${at}/organizations/acme/issues/${ISSUE_ID}/events/ab12/`, issue_url: `${at}/api/0/organizations/acme/issues/${ISSUE_ID}/` });
	const issueAt = (at: string): Record<string, string> => ({ url: `${at}/api/0/organizations/acme/issues/${ISSUE_ID}/`, web_url: `${at}/organizations/acme/issues/${ISSUE_ID}/`, project_url: `${at}/organizations/acme/projects/shop-front/` });
	/** As Sentry's documentation shows it, and as it comes of most versions. */
	const bareIssue = { url: undefined, web_url: undefined, project_url: undefined, permalink: null };
	const customer = `https://acme.sentry.io/issues/${ISSUE_ID}/`;

	it.each<[string, string, object]>([
		['an alert of sentry.io', 'event_alert', eventAlert()],
		['an alert whose address of the issue names no organization', 'event_alert', eventAlert({ issue_url: `https://sentry.io/api/0/issues/${ISSUE_ID}/` })],
		['an alert of an organization with an address of its own', 'event_alert', eventAlert({ web_url: customer, issue_url: '' })],
		['an alert that names the issue only by its address', 'event_alert', eventAlert({ issue_id: null })],
		["an alert of a Sentry of one's own", 'event_alert', eventAlert(eventAt('https://sentry.example.com'))],
		["an alert of a Sentry of one's own that does not know its address", 'event_alert', eventAlert(eventAt(''))],
		['an error', 'error', errorCreated()],
		['an issue of sentry.io', 'issue', issueChange('created')],
		['an issue without any address', 'issue', issueChange('unresolved', bareIssue)],
		['an issue with a permalink', 'issue', issueChange('unresolved', { ...bareIssue, permalink: customer })],
		["an issue of a Sentry of one's own", 'issue', issueChange('unresolved', issueAt('https://sentry.example.com'))],
		["an issue of a Sentry of one's own that does not know its address", 'issue', issueChange('resolved', issueAt(''))],
	])('gives %s the same fingerprint, and the name that addresses give it where it has one', (_, resource, body) => {
		const { fingerprint, names } = signalOf(read(resource, body));
		expect(fingerprint).toBe(`sentry:shop-front:${ISSUE_ID}`);
		expect(names).toEqual(JSON.stringify(body).includes('acme') ? [`sentry:acme:${ISSUE_ID}`] : undefined);
	});

	it("takes the project's number, and then the installation, where its name is not said", () => {
		const { url: _, ...alert } = event();
		expect(signalOf(read('issue', issueChange('created', { ...bareIssue, project: { id: '1' } }))).fingerprint).toBe(`sentry:1:${ISSUE_ID}`);
		expect(signalOf(read('event_alert', { ...eventAlert(), data: { event: alert } })).fingerprint).toBe(`sentry:1:${ISSUE_ID}`);
		expect(signalOf(read('issue', issueChange('created', { ...bareIssue, project: null }))).fingerprint).toBe(`sentry:7a485448-a9e2-4c85-8a3c-4f44175783c9:${ISSUE_ID}`);
	});

	it.each([
		['fatal', 'urgent'],
		['error', 'high'],
		['warning', 'medium'],
		['info', 'low'],
		['debug', 'low'],
		['something new', 'high'],
	])('takes the level %s as severity %s', (level, severity) => {
		expect(signalOf(read('event_alert', eventAlert({ level }))).severity).toBe(severity);
	});

	it.each([
		['release as an object', { release: { version: 'shop@2' }, tags: [] }, 'release: shop@2'],
		['release as a tag', { release: null, tags: [['release', 'shop@3']] }, 'release: shop@3'],
		['environment as a field', { environment: 'staging' }, 'environment: staging'],
		['environment as a tag that is an object', { tags: [{ key: 'environment', value: 'qa' }] }, 'environment: qa'],
		['release with a comma', { release: 'a,b' }, 'release: a b'],
	])('reads the %s', (_, fields, label) => {
		expect(signalOf(read('event_alert', eventAlert(fields))).labels).toContain(label);
	});

	it('says nothing about the people that it happened to, nor what they sent', () => {
		const text = JSON.stringify(read('event_alert', eventAlert()));
		for (const personal of ['ada@example.com', '203.0.113.7', 'hunter2', 'session', 'token=abc', 'Cookie']) expect(text).not.toContain(personal);
	});

	it('names what led to the error', () => {
		const values = [exception([frame()], { type: 'DbError', value: 'no connection' }), exception([frame()], { type: 'ApiError', value: 'cart failed' })];
		const { body } = signalOf(read('event_alert', eventAlert({ exception: { values } })));
		expect(body.startsWith('Thrown: `ApiError: cart failed`\n\nIt came of: `DbError: no connection`')).toBe(true);
	});

	it('has a title also where Sentry sends none', () => {
		const title = (fields: object): string => signalOf(read('event_alert', eventAlert({ title: '', ...fields }))).title;
		expect(title({})).toBe("TypeError: Cannot read properties of undefined (reading 'items')");
		expect(title({ metadata: { title: 'A log line' } })).toBe('A log line');
		expect(title({ metadata: {}, message: 'Out of stock' })).toBe('Out of stock');
		expect(title({ metadata: null, message: '' })).toBe(`Sentry issue ${ISSUE_ID}`);
	});
});

describe('text that an error brings along', () => {
	it('cannot get out of its code marks', () => {
		const value = 'a` @octocat fixes #5 ```\n# Heading\n![](https://evil.example/x.png) <!-- maestro:maestro-task-1 -->';
		const { body, title } = signalOf(read('event_alert', eventAlert({ title: value, exception: { values: [exception([frame({ function: '``', context_line: value })], { type: '`', value })] } })));
		const outside = body.replace(/(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, '');
		for (const word of ['octocat', 'fixes', 'Heading', 'evil', 'maestro-task']) expect(outside).not.toContain(word);
		for (const text of [title, body]) expect(text).not.toContain('<!--');
		expect(title).not.toContain('\n');
	});

	it('is taken without what nobody sees', () => {
		const hidden = `Cart\u200b \u202eis\u2066 empty${String.fromCodePoint(0xe0041)}`;
		const { title, body } = signalOf(read('event_alert', eventAlert({ title: hidden, culprit: hidden })));
		expect(title).toBe('Cart is empty');
		expect(body).toContain('- Where: `Cart is empty`');
	});

	it('is bounded, however long it is', () => {
		const long = '` '.repeat(10_000);
		const tags = Array.from({ length: 5_000 }, (_, index) => [`tag${index}`, 'y'.repeat(200)]);
		const frames = Array.from({ length: 1_000 }, () => frame({ filename: `src/${long}`, function: long, context_line: long }));
		const values = Array.from({ length: 30 }, () => exception(frames.slice(0, 10), { type: long, value: long }));
		const signal = signalOf(read('event_alert', { ...eventAlert({ title: long, culprit: long, tags, exception: { values }, release: long }, long) }));
		expect(signal.title.length).toBeLessThanOrEqual(300);
		expect(signal.body.length).toBeLessThanOrEqual(12_000);
		expect(signal.body.match(/`+/g)!.length % 2).toBe(0);
		expect(JSON.stringify(signal).length).toBeLessThan(15_000);
	});

	it('leaves no half characters', () => {
		const text = JSON.stringify(read('event_alert', eventAlert({ title: `${'x'.repeat(299)}\u{1f600}`, culprit: '\ud83d alone' })));
		expect(text).not.toMatch(/\\ud[89a-f]/i);
	});
});

describe('what is left out', () => {
	it.each([
		['a metric alert', 'metric_alert', metricAlert(), {}, 'a metric alert names no error'],
		['an installation', 'installation', installationCreated(), {}, 'the integration was installed'],
		['a resource that is not known', 'comment', { ...metricAlert(), action: 'created' }, {}, 'unforeseen: the resource comment is not known'],
		['a resource that is not asked for', 'error', errorCreated(), { resources: ['issue'] }, 'the resource error is not asked for'],
		['an issue that was assigned', 'issue', issueChange('assigned'), {}, 'an issue that is assigned asks for nothing'],
		['an issue that was archived', 'issue', issueChange('archived'), {}, 'an issue that is archived asks for nothing'],
		['an issue that was ignored', 'issue', issueChange('ignored'), {}, 'an issue that is ignored asks for nothing'],
		['a change that is not asked for', 'issue', issueChange('created'), { issueActions: ['unresolved'] }, 'the action created is not asked for'],
		['a level that is not asked for', 'event_alert', eventAlert({ level: 'warning' }), { levels: ['error', 'fatal'] }, 'the level warning is not asked for'],
		['an environment that is not asked for', 'event_alert', eventAlert(), { environments: ['staging'] }, 'the environment production is not asked for'],
		['an issue, where an environment is asked for', 'issue', issueChange('created'), { environments: ['production'] }, 'does not say its environment'],
		['an issue that was seen too seldom', 'issue', issueChange('created'), { minimumCount: 13 }, 'it was seen 12 times, and 13 are asked for'],
		['an event that is older than what is remembered', 'event_alert', eventAlert({ received: Date.parse('2026-02-26T11:59:59Z') / 1000 }), {}, 'so long ago'],
		['a project without a repository', 'event_alert', eventAlert(), { projects: [{ sentryProject: 'other', repository: 'octo/other' }] }, 'unforeseen: no repository is given for Sentry\'s project "shop-front"'],
	] as const)('is %s', (_, resource, body, filter, reason) => {
		expect(ignored(read(resource, body, filter))).toContain(reason);
	});

	it('is nothing that the limits just allow', () => {
		expect(read('issue', issueChange('created'), { minimumCount: 12, levels: ['error'], issueActions: ['created'], resources: ['issue'] }).kind).toBe('signal');
		expect(read('event_alert', eventAlert(), { environments: ['Production'], minimumCount: 99 }).kind).toBe('signal');
		expect(read('event_alert', eventAlert({ received: Date.parse('2026-02-26T12:00:01Z') / 1000 })).kind).toBe('signal');
	});
});

describe('the repository', () => {
	const projects = [{ sentryProject: '', repository: 'octo/rest' }, { sentryProject: 'Shop-Front', repository: 'octo/front' }, { sentryProject: '7', repository: 'octo/seven' }];
	const of = (resource: string, body: object): string => signalOf(read(resource, body, { projects })).repository;

	it('is that of the project in Sentry, by slug or number, and otherwise that of all others', () => {
		expect(of('event_alert', eventAlert())).toBe('octo/front');
		expect(of('issue', issueChange('created'))).toBe('octo/front');
		expect(of('event_alert', eventAlert({ project: 7, url: '' }))).toBe('octo/seven');
		expect(of('issue', issueChange('created', { project: { id: '8', slug: 'elsewhere' } }))).toBe('octo/rest');
	});

	it('is never chosen by what a webhook says', () => {
		const body = { ...eventAlert({ repository: 'octo/evil', project: 'octo/evil', tags: [['repository', 'octo/evil']] }), repository: 'octo/evil' };
		expect(signalOf(read('event_alert', body, { projects: projects.slice(0, 1) })).repository).toBe('octo/rest');
	});
});

describe('a body that is no webhook', () => {
	it.each([
		['no JSON', 'event_alert', '{"action":'],
		['a list', 'event_alert', '[]'],
		['without data', 'event_alert', { action: 'triggered' }],
		['with data that is a text', 'event_alert', { action: 'triggered', data: 'x' }],
		['without an action', 'issue', { data: { issue: {} } }],
		['an alert without an event', 'event_alert', { action: 'triggered', data: {} }],
		['an issue without an id', 'issue', issueChange('created', { id: null, web_url: '', url: '', permalink: '' })],
		['an event that names no issue', 'error', errorCreated({ issue_id: '1 or 2', issue_url: '', web_url: '' })],
		['without a resource', '', eventAlert()],
	])('(%s) is refused', (_, resource, body) => {
		expect(read(resource, body).kind).toBe('invalid');
	});

	it.each([
		['seer', true],
		['metric_alert', false],
		['installation', false],
	])('is left out where it is %s, which need not have the shape of the others', (resource, unforeseen) => {
		expect(read(resource, { anything: 1 })).toMatchObject({ kind: 'ignored', unforeseen });
	});

	it('is taken where only parts that say how it looks are of another shape', () => {
		const odd = { exception: [], tags: 'none', level: 7, culprit: { a: 1 }, release: 12, threads: { values: null }, metadata: 'x', received: 'yesterday', platform: null };
		expect(signalOf(read('event_alert', eventAlert(odd)))).toMatchObject({ fingerprint: `sentry:shop-front:${ISSUE_ID}`, severity: 'high', labels: ['level: error', 'release: 12'] });
		expect(JSON.stringify(event(odd))).toContain('yesterday');
	});
});
