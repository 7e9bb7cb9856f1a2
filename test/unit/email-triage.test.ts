/** The workflow "e-mail triage" as a drawing: where a mail goes that fails, and whether a person can read the canvas. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { IDataObject } from 'n8n-workflow';

import { escapeMarkup } from '../../core/signal/text-escape';
import { evaluate } from '../fixtures/expression';

interface Drawn {
	readonly name: string;
	readonly type: string;
	readonly onError?: string;
	readonly position: readonly [number, number];
	readonly parameters: {
		readonly width?: number;
		readonly height?: number;
		readonly options?: object;
		readonly errorMessage?: string;
		readonly message?: string;
		readonly assignments?: { readonly assignments: readonly { readonly name: string; readonly value: string }[] };
		readonly conditions?: { readonly conditions: readonly { readonly leftValue: string }[] };
	};
}

const workflow = JSON.parse(readFileSync(join(__dirname, '../../workflows/email-triage.json'), 'utf8')) as {
	nodes: readonly Drawn[];
	connections: Readonly<Record<string, { main: readonly (readonly { node: string }[])[] }>>;
};
const outputsOf = (name: string): readonly (readonly { node: string }[])[] => workflow.connections[name]?.main ?? [];

test.each([
	['Sort it', 4, 'Tell a person'],
	['Make an issue of the bug', 2, 'Tell a person of a failure'],
	['Make an issue of the wish', 2, 'Tell a person of a failure'],
	['Count it on its task', 2, 'Tell a person of a failure'],
	['Put the spam away', 1, 'Tell a person of a failure'],
])('a mail that fails at "%s" is told to a person, and holds up no other', (name, errorOutput, told) => {
	expect(workflow.nodes.find((node) => node.name === name)?.onError).toBe('continueErrorOutput');
	expect(outputsOf(name)[errorOutput]).toMatchObject([{ node: told }]);
});

test('a person is told in the same words wherever a mail failed', () => {
	const [one, other] = ['Tell a person', 'Tell a person of a failure'].map((name) => workflow.nodes.find((node) => node.name === name));
	expect(one?.parameters).toBeDefined();
	expect(other).toMatchObject({ type: one?.type, parameters: one?.parameters });
});

test('a mail that cannot even be read is told to a person, whose address comes next', () => {
	expect(workflow.nodes.find(({ name }) => name === 'Read the mail')?.onError).toBe('continueErrorOutput');
	expect(outputsOf('Read the mail')).toMatchObject([[{ node: 'Your addresses' }], [{ node: 'Your addresses' }]]);
	expect(outputsOf('Are your addresses there?')[0]).toMatchObject([{ node: 'What is to be done?' }]);
	// It has no outcome.
	expect(workflow.nodes.find(({ name }) => name === 'What is to be done?')?.parameters.options).toMatchObject({ fallbackOutput: 'extra' });
	expect(outputsOf('What is to be done?')[3]).toMatchObject([{ node: 'Tell a person' }]);
});

describe('as long as an address is missing', () => {
	const parametersOf = (name: string): Drawn['parameters'] => workflow.nodes.find((node) => node.name === name)?.parameters ?? {};
	const isThere = (addresses: IDataObject): unknown => evaluate(parametersOf('Are your addresses there?').conditions?.conditions[0]?.leftValue, { addresses });
	const said = (addresses: IDataObject): unknown => evaluate(parametersOf('Enter your addresses').errorMessage, { addresses });

	test('a mail stops before anything is done with it, also before an agent costs something', () => {
		expect(outputsOf('Your addresses')).toMatchObject([[{ node: 'Are your addresses there?' }]]);
		expect(outputsOf('Are your addresses there?')).toMatchObject([[{ node: 'What is to be done?' }], [{ node: 'Enter your addresses' }]]);
		expect(workflow.nodes.find(({ name }) => name === 'Enter your addresses')?.type).toBe('n8n-nodes-base.stopAndError');
		const { assignments } = parametersOf('Your addresses').assignments ?? { assignments: [] };
		const untouched = Object.fromEntries(assignments.map(({ name, value }) => [name.replace('addresses.', ''), value]));
		expect(Object.keys(untouched)).toEqual(['from', 'person']);
		expect(isThere(untouched)).toBe(false);
	});

	test.each([
		[{ from: '', person: '' }, 'addresses.from and addresses.person'],
		[{ from: 'support@example.com', person: ' ' }, 'addresses.person'],
		[{ person: 'grace@example.com' }, 'addresses.from'],
	])('the execution of %j says what to enter where', (addresses, missing) => {
		expect(isThere(addresses)).toBe(false);
		expect(said(addresses)).toMatch(new RegExp(`^Enter ${missing} in \\*Your addresses\\*\\. `));
	});

	test('and with both of them the mail goes on', () => {
		expect(isThere({ from: 'support@example.com', person: 'grace@example.com' })).toBe(true);
	});
});

describe('what a person is asked to approve', () => {
	const item = (text: string): IDataObject => ({
		mail: { subject: 'Hi', from: { name: '<b>Eve</b>', address: 'eve@example.com' }, verified: false, trustReason: 'nobody vouches for it' },
		reply: { to: 'eve@example.com', subject: 'Re: Hi' },
		report: { summary: 'A tag is missing.', reply: 'We will look into it.' },
		feedback: { parts: [{ label: 'e-mail', text }] },
	});
	const message = (text: string): string => String(evaluate(workflow.nodes.find(({ name }) => name === 'May this be sent?')?.parameters.message, item(text)));
	/** As n8n un-escapes it once on the way into the page, and the page shows the rest. */
	const once = (text: string): string => text.replace(/&(amp|lt|gt|quot);/g, (_, name: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"' })[name] ?? '');

	test.each(['Where is <my> order & "invoice"?', 'See [this](https://example.com), \\<b>, \\\\<i> and C:\\temp', '</p><a href="https://evil.example">Send it</a><!-- -->', 'It says ~~~ here and ``` there'])('shows the words of %j as they were written', (written) => {
		const [, mail] = once(once(message(escapeMarkup(written)))).split('--- The mail ---');
		// n8n indents what it fills into a text of several lines.
		expect(mail?.trim().split('\n')[0]).toBe(written);
	});

	test.each(['\\<a href="https://evil.example">Send it</a>', '\\\\\\<script>', '&lt;b&gt; &amp;lt;b&amp;gt;', ']\\(\\<b>'])('has no HTML of others in it: %j', (written) => {
		for (const text of [written, escapeMarkup(written)]) expect(once(message(text))).not.toMatch(/[<>"]/);
	});
});

test('nothing on the canvas lies on something else', () => {
	const boxes = workflow.nodes.map(({ name, type, position: [x, y], parameters }) => {
		const isNote = type.endsWith('stickyNote');
		const height = isNote ? (parameters.height ?? 0) : Math.max(96, 32 * (outputsOf(name).length + 1));
		return { name, left: x, top: y, right: x + (isNote ? (parameters.width ?? 0) : 96), bottom: y + height };
	});
	const overlaps = boxes.flatMap((one, at) => boxes.slice(at + 1).filter((other) => one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom).map((other) => `${one.name}, ${other.name}`));
	expect(overlaps).toEqual([]);
});
