/** What docs/playbooks.md says is held against what is there. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import type { INodeProperties } from 'n8n-workflow';

import { DEFAULT_MAX_LOOPS, fillVariables, formatVariables, loadPlaybook, nextStep, parseDocument, startPosition, tickStep, untickSteps } from '../../core/playbook';
import { findCommand } from '../../core/agent/find-command';
import { properties } from '../../nodes/MaestroRunPlaybookStep/description';
import { MaestroRunPlaybookStep } from '../../nodes/MaestroRunPlaybookStep/MaestroRunPlaybookStep.node';
import { BUNDLED_PLAYBOOKS, bundledPluginDir } from '../../nodes/shared/bundled';

const root = resolve(__dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const doc = read('docs/playbooks.md');
const examples = [...doc.matchAll(/^```markdown\n([^]*?)^```$/gm)].map(([, text = '']) => text);

function section(heading: string): string {
	const [, after] = doc.split(`\n## ${heading}\n`);
	if (after === undefined) throw new Error(`There is no heading "${heading}"`);
	return after.split('\n## ')[0] ?? '';
}

/** The cells of each line of the tables in a section, without their heads. */
function rows(heading: string): string[][] {
	const lines = section(heading).split('\n');
	return lines
		.filter((line, index) => line.startsWith('|') && !/^\|[-| ]+\|$/.test(line) && !/^\|[-| ]+\|$/.test(lines[index + 1] ?? ''))
		.map((line) => line.slice(1, -1).split('|').map((cell) => cell.trim()));
}

const bare = (cell = ''): string => cell.replace(/^`|`$/g, '');

/** The fields of an interface, read from the source: types are gone when a test runs. */
function fields(name: string): string[] {
	const [, body = ''] = new RegExp(`export interface ${name} \\{([^]*?)\\n\\}`).exec(read('core/playbook/playbook.ts')) ?? [];
	return [...body.matchAll(/readonly (\w+)\??:/g)].map(([, field = '']) => field);
}

/** The node's parameters and options, by the names that people see. */
function option(displayName: string): INodeProperties | undefined {
	const own = properties.flatMap((property) => [property, ...(property.options ?? []).filter((one): one is INodeProperties => 'type' in one)]);
	return own.find((property) => property.displayName === displayName);
}

describe('the guide to playbooks', () => {
	test('has examples that load without a warning and without a variable that nobody knows', () => {
		expect(examples.length).toBeGreaterThanOrEqual(8);
		const facts = { agentName: 'a', worktree: 'b', branch: 'c', folder: 'd', documentName: 'e', documentPath: 'f', loop: 1, now: new Date(0) };
		for (const text of examples) {
			const playbook = loadPlaybook('example', [{ name: 'example.md', text }]);
			expect(playbook.warnings).toEqual([]);
			expect(fillVariables(text, { ...formatVariables(facts), VERIFY_COMMAND: 'npm test' }).unknown).toEqual([]);
		}
	});

	test('has examples whose settings are read, each of them', () => {
		const said = examples.flatMap((text) => [...text.matchAll(/^ +(?:<!-- )?([a-zA-Z]+): /gm)]);
		const found = examples.flatMap((text) => parseDocument('example', text).steps).flatMap(({ settings }) => Object.keys(settings));
		expect(said.length).toBeGreaterThan(10);
		expect(found.sort()).toEqual(said.map(([, name = '']) => name).sort());
	});

	test('shows a gate, a loop, front matter and a command by examples that are ones', () => {
		const documents = examples.map((text) => parseDocument('example', text));
		expect(documents.flatMap(({ markers }) => markers.map(({ kind }) => kind))).toEqual(['gate']);
		expect(documents.filter(({ frontMatter }) => frontMatter.loop === true)).toHaveLength(1);
		expect(documents.some(({ frontMatter }) => frontMatter.freshContext === 'document')).toBe(true);
		expect(documents.some(({ steps }) => steps.some(({ text }) => text.startsWith('/fix-github-issue ')))).toBe(true);
	});

	test('has a loop that goes on as long as its last step unticks the boxes, and ends when it does not', () => {
		const [work, check] = [...section('Loops').matchAll(/^```markdown\n([^]*?)^```$/gm)].map(([, text = '']) => text);
		const playbook = loadPlaybook('loop', [{ name: '1_WORK.md', text: work ?? '' }, { name: '2_CHECK.md', text: check ?? '' }]);
		let position = startPosition(playbook);
		let left = 3;
		const passes: number[] = [];
		for (;;) {
			const { next, position: at } = nextStep(playbook, position);
			if (next.kind !== 'step') {
				expect(next).toEqual({ kind: 'done', why: 'complete' });
				break;
			}
			position = tickStep(at, next.document, next.step.index);
			if (next.document === 0) continue;
			passes.push(position.loop);
			left -= 1;
			if (left > 0) position = untickSteps(position, [{ document: 0, steps: [0, 1] }]);
		}
		expect(passes).toEqual([1, 2, 3]);
	});

	test('lists every setting of a step and of a document, with a value that is read', () => {
		const steps = rows('Settings of a step').map(([name, example]) => [bare(name), bare(example)]);
		expect(steps.map(([name]) => name).sort()).toEqual(fields('StepSettings').sort());
		for (const [name = '', value = ''] of steps) {
			const { steps: [step], warnings } = parseDocument('example', `- [ ] A step\n  ${name}: ${value}\n`);
			expect([name, step?.settings[name as keyof typeof step.settings] === undefined, warnings]).toEqual([name, false, []]);
		}
		const documents = rows('Settings of a document').map(([name, example]) => [bare(name), bare(example)]);
		expect(documents.map(([name]) => name).sort()).toEqual(fields('FrontMatter').sort());
		for (const [name = '', value = ''] of documents) {
			const { frontMatter, warnings } = parseDocument('example', `---\n${name}: ${value}\n---\n- [ ] A step\n`);
			expect([name, frontMatter[name as keyof typeof frontMatter] === undefined, warnings]).toEqual([name, false, []]);
		}
	});

	test('lists every variable, in the form that it has', () => {
		const values = formatVariables({ agentName: 'Maestro', worktree: '/w', branch: 'b', folder: '/f', documentName: 'd', documentPath: '/f/d.md', loop: 1, now: new Date('2026-01-31T14:05:09Z') });
		const listed = new Map(rows('Variables').map(([name, what = '']) => [bare(name).slice(2, -2), what]));
		expect([...listed.keys()].sort()).toEqual([...Object.keys(values), 'VERIFY_COMMAND'].sort());
		for (const name of ['AGENT_NAME', 'LOOP_NUMBER', 'DATE', 'TIME']) expect(listed.get(name)).toContain(`\`${values[name] ?? 'nothing'}\``);
	});

	test('tells steps from text as its table says', () => {
		const { steps } = parseDocument('example', '# [ ] a\n- [ ] one\n  * [x] two\n+ [✔] three\n1. [ ] no\n| - [ ] no |\n````\n- [ ] no\n```` - [ ] no\n- [✓] four\n');
		expect(steps.map(({ text, isDone }) => [text, isDone])).toEqual([['one', false], ['two', true], ['three', true], ['four', true]]);
		const markers = rows('The format').map(([line]) => bare(line)).filter((line) => line.startsWith('<!--'));
		expect(parseDocument('example', `${markers.join('\n')}\n- [ ] one\n`).markers.map(({ kind }) => kind)).toEqual(['halt', 'gate']);
	});

	test('runs the documents of a folder in the order that it says', () => {
		const named = [...section('The format').matchAll(/`(\w+\.md)`/g)].map(([, name = '']) => name);
		expect(named).toEqual(['1_ANALYZE.md', '2_FIND.md', '10_CHECK.md', 'README.md']);
		const files = [...named].reverse().map((name) => ({ name, text: '- [ ] A step\n' }));
		expect(loadPlaybook('folder', files).documents.map(({ name }) => `${name}.md`)).toEqual(named.slice(0, 3));
	});

	test('lists the bundled playbooks, commands and skills, and no others', async () => {
		expect(rows('Bundled playbooks').map(([name]) => bare(name))).toEqual(BUNDLED_PLAYBOOKS.map(({ name }) => name));
		const listed = rows('Commands and skills').map(([name]) => bare(name).replace('/', ''));
		const there = [...readdirSync(join(bundledPluginDir(), 'commands')).map((file) => file.replace('.md', '')), ...readdirSync(join(bundledPluginDir(), 'skills'))];
		expect([...listed].sort()).toEqual(there.sort());
		for (const name of [...listed, 'maestro:fix-github-issue']) expect((await findCommand({ name, args: '' }, [bundledPluginDir()])).warnings).toEqual([]);
	});

	test('names the limits, the outputs and the options as they are', () => {
		expect(section('Settings of a document')).toContain(`; ${DEFAULT_MAX_LOOPS} without this line`);
		expect(option('Retries')?.default).toBe(2);
		expect(option('Check Timeout (Seconds)')?.default).toBe(600);
		for (const name of ['Playbook From', 'Answer', 'Loop', 'Max Loops', 'Retries', 'Check Command', 'Check Timeout (Seconds)']) {
			expect([name, option(name) !== undefined, doc.includes(`*${name.replace(' (Seconds)', '')}*`)]).toEqual([name, true, true]);
		}
		const outputs = new MaestroRunPlaybookStep().description.outputNames ?? [];
		const bold = [...doc.matchAll(/\*\*([A-Z]\w+(?: [A-Z]\w+)?)\*\*/g)].map(([, name = '']) => name);
		expect([...new Set(bold)].filter((name) => !outputs.includes(name))).toEqual([]);
		expect(outputs.filter((name) => name !== 'Paused' && !bold.includes(name))).toEqual([]);
	});

	test('links only to what is there', () => {
		const targets = [...doc.matchAll(/\]\((?!https?:|#)([^)]+)\)/g)].map(([, target = '']) => target);
		expect(targets).not.toEqual([]);
		expect(targets.filter((target) => !existsSync(join(root, 'docs', target)))).toEqual([]);
	});
});
