/** The workflow "e-mail triage" as a drawing: where a mail goes that fails, and whether a person can read the canvas. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Drawn {
	readonly name: string;
	readonly type: string;
	readonly onError?: string;
	readonly position: readonly [number, number];
	readonly parameters: { readonly width?: number; readonly height?: number; readonly options?: object };
}

const workflow = JSON.parse(readFileSync(join(__dirname, '../../workflows/email-triage.json'), 'utf8')) as {
	nodes: readonly Drawn[];
	connections: Readonly<Record<string, { main: readonly (readonly { node: string }[])[] }>>;
};
const outputsOf = (name: string): readonly (readonly { node: string }[])[] => workflow.connections[name]?.main ?? [];

test.each([
	['Sort it', 4],
	['Make an issue of the bug', 2],
	['Make an issue of the wish', 2],
	['Count it on its task', 2],
	['Put the spam away', 1],
])('a mail that fails at "%s" is told to a person, and holds up no other', (name, errorOutput) => {
	expect(workflow.nodes.find((node) => node.name === name)?.onError).toBe('continueErrorOutput');
	expect(outputsOf(name)[errorOutput]).toMatchObject([{ node: 'Tell a person' }]);
});

test('a mail that cannot even be read is told to a person, whose address comes next', () => {
	expect(workflow.nodes.find(({ name }) => name === 'Read the mail')?.onError).toBe('continueErrorOutput');
	expect(outputsOf('Read the mail')).toMatchObject([[{ node: 'Your addresses' }], [{ node: 'Your addresses' }]]);
	expect(outputsOf('Your addresses')).toMatchObject([[{ node: 'What is to be done?' }]]);
	// It has no outcome.
	expect(workflow.nodes.find(({ name }) => name === 'What is to be done?')?.parameters.options).toMatchObject({ fallbackOutput: 'extra' });
	expect(outputsOf('What is to be done?')[3]).toMatchObject([{ node: 'Tell a person' }]);
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
