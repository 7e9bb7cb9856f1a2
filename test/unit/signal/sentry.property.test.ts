import fc from 'fast-check';

import { isMaestroError } from '../../../core/errors';
import { parseSignal } from '../../../core/signal/parse';
import { PathIndex } from '../../../core/signal/path-index';
import { readSentryWebhook, withFiles, type SentryReading } from '../../../core/signal/sentry';
import type { SentryFilter } from '../../../core/signal/sentry-filter';
import { errorCreated, eventAlert, issueChange } from '../../fixtures/sentry';

const FILTER: SentryFilter = { resources: [], issueActions: [], projects: [{ sentryProject: '', repository: 'octo/shop' }], levels: [], environments: [], minimumCount: 0, trust: 'none' };
const resources = fc.constantFrom('event_alert', 'issue', 'error', 'metric_alert', 'installation', 'comment', '');
/** Some fit what the examples name. */
const files = fc.option(fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }).map((folder) => `${folder}/src/cart.ts`)), { maxLength: 20 }), { nil: undefined });

/** Reads it, and checks what holds of every reading. */
function check(resource: string, body: string, known: readonly string[] | undefined): SentryReading | undefined {
	try {
		const reading = readSentryWebhook({ resource, deliveryId: 'd', body, receivedAt: '2026-03-01T12:00:00.000Z', notBefore: '2026-02-26T12:00:00.000Z', filter: FILTER });
		if (reading.kind !== 'signal') return reading;
		const { signal } = known === undefined ? reading : withFiles(reading, new PathIndex(known));
		expect(parseSignal(JSON.parse(JSON.stringify(signal)))).toEqual(signal);
		expect(signal.fingerprint).toMatch(/^sentry:[^:]*:\d+$/);
		expect(signal.repository).toBe('octo/shop');
		expect(signal.body.length).toBeLessThanOrEqual(12_000);
		// eslint-disable-next-line no-control-regex -- these are what must be gone
		expect(`${signal.title}${signal.body}`).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]|<!--|\u200b|\u202e/);
		expect(signal.url).toMatch(/^(?:https?:\/\/\S+)?$/);
		return reading;
	} catch (error) {
		if (isMaestroError(error)) return undefined;
		throw error;
	}
}

/** One of our examples, in which something at any depth is put in the place of what stood there. */
function mutate(value: unknown, path: readonly number[], replacement: unknown): unknown {
	const [step, ...rest] = path;
	if (step === undefined || typeof value !== 'object' || value === null) return replacement;
	const keys = Object.keys(value);
	const key = keys[step % Math.max(1, keys.length)];
	if (key === undefined) return replacement;
	if (Array.isArray(value)) return value.map((entry: unknown, index) => (String(index) === key ? mutate(entry, rest, replacement) : entry));
	return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, name === key ? mutate(entry, rest, replacement) : entry]));
}

test('no text makes the reader throw anything but an error of Maestro', () => {
	fc.assert(fc.property(resources, fc.string({ unit: 'binary' }), files, (resource, body, known) => void check(resource, body, known)), { numRuns: 300 });
});

test('no JSON makes the reader throw anything but an error of Maestro', () => {
	fc.assert(fc.property(resources, fc.json({ noUnicodeString: false }), files, (resource, body, known) => void check(resource, body, known)), { numRuns: 500 });
});

test('no change of a real webhook makes the reader throw anything but an error of Maestro, and most are still read', () => {
	const examples: [string, object][] = [
		['event_alert', eventAlert()],
		['error', errorCreated()],
		['issue', issueChange('created')],
		['issue', issueChange('unresolved')],
	];
	const kinds = new Map<string, number>();
	fc.assert(
		fc.property(fc.constantFrom(...examples), fc.array(fc.nat(60), { minLength: 2, maxLength: 9 }), fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary' })), files, ([resource, body], path, replacement, known) => {
			const kind = check(resource, JSON.stringify(mutate(body, path, replacement)), known)?.kind ?? 'refused';
			kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
		}),
		{ numRuns: 1_000 },
	);
	expect(kinds.get('signal')).toBeGreaterThan(500);
});
