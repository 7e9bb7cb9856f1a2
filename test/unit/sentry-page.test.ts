/** docs/sentry.md is held against what the code does. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { readSentryWebhook, type SentryReading } from '../../core/signal/sentry';
import type { SentryFilter } from '../../core/signal/sentry-filter';
import { MaestroCreateTask } from '../../nodes/MaestroCreateTask/MaestroCreateTask.node';
import { MaestroTrigger } from '../../nodes/MaestroTrigger/MaestroTrigger.node';
import { errorCreated, eventAlert, installationCreated, issueChange, metricAlert } from '../fixtures/sentry';

const page = readFileSync(resolve(join(__dirname, '../../docs/sentry.md')), 'utf8');
const FILTER: SentryFilter = { resources: [], issueActions: [], projects: [{ sentryProject: '', repository: 'octo/shop' }], levels: [], environments: [], minimumCount: 0, trust: 'none' };

function read(resource: string, body: object): SentryReading {
	return readSentryWebhook({ resource, deliveryId: 'd', body: JSON.stringify(body), receivedAt: '2026-03-01T12:00:00.000Z', notBefore: '2026-02-26T12:00:00.000Z', filter: FILTER });
}

/** The rows of the table whose head begins so. */
function table(head: string): string[][] {
	const [, after = ''] = page.split(`| ${head} |`);
	const [rows = ''] = after.split('\n\n');
	return rows.split('\n').slice(2).map((row) => row.split('|').slice(1, -1).map((cell) => cell.trim()));
}
const quoted = (text = ''): string => /`([^`]+)`/.exec(text)?.[1] ?? '';

function example(resource: string, action: string): object {
	switch (resource) {
		case 'event_alert':
			return eventAlert();
		case 'issue':
			return issueChange(action);
		case 'error':
			return errorCreated();
		case 'metric_alert':
			return metricAlert();
		case 'installation':
			return installationCreated();
		default:
			return { ...metricAlert(), action };
	}
}

test('it says what becomes of each webhook', () => {
	const rows = table('webhook | action | becomes');
	expect(rows.length).toBeGreaterThan(8);
	for (const [resource, action, becomes = ''] of rows) {
		const body = example(quoted(resource), quoted(action));
		expect(body).toMatchObject({ action: quoted(action) });
		const reading = read(quoted(resource), body);
		const said = reading.kind === 'signal' ? `a signal \`${reading.signal.kind}\`` : reading.kind === 'ignored' ? `left out${reading.unforeseen ? ', and counted' : ''}` : 'refused';
		expect(becomes.startsWith(said)).toBe(true);
		if (reading.kind === 'ignored') expect(becomes.includes('counted')).toBe(reading.unforeseen);
	}
});

test('it says which severity each level has', () => {
	const rows = table('level | severity and priority');
	const severities = rows.map(([level]) => {
		const reading = read('event_alert', eventAlert({ level: quoted(level) }));
		return reading.kind === 'signal' ? reading.signal.severity : reading.kind;
	});
	expect(rows.map(([, severity]) => quoted(severity))).toEqual(severities);
	expect(severities).toHaveLength(5);
});

test('it names only fields that the nodes have', () => {
	const { properties } = new MaestroTrigger().description;
	const options = new MaestroCreateTask().description.properties.flatMap((property) => property.options ?? []);
	const labels = [...properties, ...options].map((each) => ('displayName' in each ? each.displayName : each.name));
	const [, inN8n = ''] = page.split('## In n8n');
	const named = [...inN8n.matchAll(/\*\*([^*]+)\*\*/g)].map(([, label]) => label ?? '');
	expect(named.length).toBeGreaterThan(5);
	expect(named.filter((label) => !labels.includes(label))).toEqual([]);
});

test('what it gives to try the secret with is what the trigger takes', () => {
	const [, body = ''] = /^body='(.*)'$/m.exec(page) ?? [];
	expect(read('installation', JSON.parse(body))).toMatchObject({ kind: 'ignored', unforeseen: false });
	const paths = new MaestroTrigger().description.properties.filter(({ name }) => name === 'path').map((property) => property.default);
	expect(paths).toContain(/webhook\/(maestro\/\w+)/.exec(page)?.[1]);
});
