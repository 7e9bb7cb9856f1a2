import { parseDocument } from '../../../core/playbook';

const lines = (...all: string[]): string => all.join('\n');

describe('what a step says of itself', () => {
	const step = (...below: string[]): unknown => parseDocument('a', lines('- [ ] one', ...below)).steps[0]?.settings;
	const warnings = (...below: string[]): readonly string[] => parseDocument('a', lines('- [ ] one', ...below)).warnings;

	it.each([
		['verify: npm test', { verify: 'npm test' }],
		['verify: "npm test"', { verify: 'npm test' }],
		['verify: "a b" && "c d"', { verify: '"a b" && "c d"' }],
		['verify: echo # not a remark', { verify: 'echo # not a remark' }],
		['verify: {{VERIFY_COMMAND}}', { verify: '{{VERIFY_COMMAND}}' }],
		['expect: fail', { expect: 'fail' }],
		['expect: pass', { expect: 'pass' }],
		['model: opus', { model: 'opus' }],
		['maxTurns: 12', { maxTurns: 12 }],
		['maxBudgetUsd: 1.5', { maxBudgetUsd: 1.5 }],
		['allowedPaths: src/**, docs', { allowedPaths: ['src/**', 'docs'] }],
		['allowedPaths: [src, "test"]', { allowedPaths: ['src', 'test'] }],
		['allowedPaths: none', { allowedPaths: [] }],
		['change: yes', { change: true }],
		['change: no', { change: false }],
		['report: plan', { report: 'plan' }],
	])('is read from an indented line and from a comment: %s', (setting, settings) => {
		expect(step(`  ${setting}`)).toEqual(settings);
		expect(step(`\t${setting}  `)).toEqual(settings);
		expect(step(`<!-- ${setting} -->`)).toEqual(settings);
	});

	it('is read from several lines, also after the rest of the step’s own sentence', () => {
		expect(step('  that goes on', '  verify: make', '  expect: fail', '<!-- maxTurns: 3 -->', '  model: haiku')).toEqual({ verify: 'make', expect: 'fail', maxTurns: 3, model: 'haiku' });
	});

	it('is read from a comment wherever it stands below the step', () => {
		expect(step('', 'Prose.', '', '<!-- verify: make -->')).toEqual({ verify: 'make' });
	});

	it.each([
		['a line that is not indented', ['verify: make']],
		['a line after a blank one', ['', '  verify: make']],
		['a line after one that is not indented', ['prose', '  verify: make']],
		['a line in a fence', ['  ```', '  verify: make', '  ```']],
		['a line after a fence', ['  ```', '  ```', '  verify: make']],
		['a comment in a fence', ['```', '<!-- verify: make -->', '```']],
		['an item of a list', ['  - verify: make']],
		['another name', ['  command: make']],
		['another case', ['  Verify: make']],
		['prose around it', ['  to verify: make']],
		['a comment with something beside it', ['<!-- verify: make --> now']],
		['one of two comments on a line', ['<!-- verify: make --> <!-- note -->']],
		['no blank after the colon', ['  verify:make']],
		['the part below a heading', ['# Next', '  verify: make']],
		['what stands above any step', []],
	])('is not read from %s', (_what, below) => {
		expect(parseDocument('a', lines('  verify: above', '- [ ] one', ...below)).steps[0]?.settings).toEqual({});
	});

	it('belongs to the step that it stands below, and not to the one before or after', () => {
		const { steps } = parseDocument('a', lines('- [ ] one', '- [ ] two', '  verify: make', '- [ ] three'));
		expect(steps.map(({ settings }) => settings)).toEqual([{}, { verify: 'make' }, {}]);
	});

	it.each(['expect: maybe', 'maxTurns: many', 'maxTurns: 0', 'maxTurns: -1', 'maxTurns: 99999', 'maxBudgetUsd: 0', 'maxBudgetUsd: $5', 'change: perhaps', 'report: novel', 'verify:', 'allowedPaths: a,,b', 'model: ""'])('is left aside with a warning where it is malformed: %s', (setting) => {
		expect(step(`  ${setting}`)).toEqual({});
		expect(warnings(`  ${setting}`)).toEqual([`Line 2: the value of "${setting.split(':')[0]}" is not understood; it is left aside.`]);
	});

	const MISSPELT = (line: number, written: string, meant: string): string => `Line ${line}: "${written}:" as it is written here is no setting, and is left aside at the step on line 1. If "${meant}" is meant, write "${meant}: " and then its value.`;
	it.each([
		['verfy: npm test', 'verfy', 'verify'],
		['verifiy: npm test', 'verifiy', 'verify'],
		['vreify: npm test', 'vreify', 'verify'],
		['Verify: npm test', 'Verify', 'verify'],
		['verify : npm test', 'verify', 'verify'],
		['verify:npm test', 'verify', 'verify'],
		['chnage: no', 'chnage', 'change'],
		['changes: no', 'changes', 'change'],
		['exepct: fail', 'exepct', 'expect'],
		['allowedpaths: src/**', 'allowedpaths', 'allowedPaths'],
		['allowed-paths: src/**', 'allowed-paths', 'allowedPaths'],
		['alowedPath: src/**', 'alowedPath', 'allowedPaths'],
		['max turns: 5', 'max turns', 'maxTurns'],
		['maxBudgetUSD: 5', 'maxBudgetUSD', 'maxBudgetUsd'],
	])('is left aside with a warning where it is misspelt: %s', (setting, written, meant) => {
		expect(step(`  ${setting}`)).toEqual({});
		expect(warnings(`  ${setting}`)).toEqual([MISSPELT(2, written, meant)]);
		expect(warnings('', `<!-- ${setting} -->`)).toEqual([MISSPELT(3, written, meant)]);
	});

	const MISPLACED = (line: number, name: string): string => `Line ${line}: "${name}" is not read here, and is left aside at the step on line 1. Write it indented right below that step, before any blank line.`;
	it.each([
		['a line that is not indented', ['verify: make'], [MISPLACED(2, 'verify')]],
		['a line after a blank one', ['', '  verify: make'], [MISPLACED(3, 'verify')]],
		['a line without an indent after a blank one', ['', 'change: no', 'allowedPaths: src'], [MISPLACED(3, 'change'), MISPLACED(4, 'allowedPaths')]],
		['a line after prose', ['prose', '  expect: fail'], [MISPLACED(3, 'expect')]],
		['a line after a fence', ['  ```', '  ```', '  verify: make'], [MISPLACED(4, 'verify')]],
		['an item of a list', ['  - verify: make'], [MISPLACED(2, 'verify')]],
		['a comment with something beside it', ['<!-- verify: make --> now'], [MISPLACED(2, 'verify')]],
		['a comment of several lines', ['<!-- verify: make', '-->'], [MISPLACED(2, 'verify')]],
	])('is warned about where it is not read: %s', (_what, below, expected) => {
		expect(step(...below)).toEqual({});
		expect(warnings(...below)).toEqual(expected);
	});

	it.each([
		['prose right below', ['  Note: see the docs', '  Expected: a page', '  Mode: dark', '  Changes: see below', '  Test: all', '  https://example.com', '  Step 3: go']],
		['prose further down', ['', 'Note: this', 'Verify: that it works', 'models: three', 'to verify: it', 'change:log', '- Model: the data']],
		['comments', ['<!-- Note: verify: it -->', '<!-- prettier-ignore -->', '<!-- TODO: all -->']],
		['a fence', ['```', 'verify: make', 'verfy: make', '```']],
		['what stands below a heading', ['# Settings', 'verify: make', '  verfy: make']],
	])('is not seen in %s', (_what, below) => {
		expect(warnings(...below)).toEqual([]);
	});

	it('counts the first time that it is said, with a warning', () => {
		expect(step('  verify: one', '  verify: two')).toEqual({ verify: 'one' });
		expect(warnings('  verify: one', '  verify: two')).toEqual(['Line 3: "verify" is said twice for one step; the first holds.']);
	});

	it('stays in the details, which are what is written', () => {
		expect(parseDocument('a', lines('- [ ] one', '  verify: make', 'prose')).steps[0]?.details).toBe('  verify: make\nprose');
	});
});

describe('front matter', () => {
	const front = (...inside: string[]) => parseDocument('a', lines('---', ...inside, '---', '- [ ] one'));

	it('gives a document’s settings', () => {
		const { frontMatter, steps, warnings } = front(
			'name: Fix a bug',
			'description: "It: mends"',
			'freshContext: document',
			'loop: true',
			'maxLoops: 7',
			'resetOnCompletion: yes',
			'model: opus',
			'maxTurns: 30',
			'maxBudgetUsd: 2.50',
			'verify: npm test -- --x',
			'allowedPaths: src, test/**',
		);
		expect(frontMatter).toEqual({
			name: 'Fix a bug',
			description: 'It: mends',
			freshContext: 'document',
			loop: true,
			maxLoops: 7,
			resetOnCompletion: true,
			model: 'opus',
			maxTurns: 30,
			maxBudgetUsd: 2.5,
			verify: 'npm test -- --x',
			allowedPaths: ['src', 'test/**'],
		});
		expect(steps).toMatchObject([{ text: 'one', line: 14 }]);
		expect(warnings).toEqual([]);
	});

	it('takes items for a list, blank lines and remarks', () => {
		expect(front('# ours', 'allowedPaths:', '  - src', '- "docs"', '', 'loop: false')).toMatchObject({ frontMatter: { allowedPaths: ['src', 'docs'], loop: false }, warnings: [] });
		expect(front('allowedPaths: none').frontMatter).toEqual({ allowedPaths: [] });
	});

	it.each(['\n', '\r\n', '\r'])('is read behind a byte order mark and with the line ending %j', (ending) => {
		const document = parseDocument('a', ['\uFEFF---', 'name: A', '---  ', '- [ ] one'].join(ending));
		expect(document).toMatchObject({ frontMatter: { name: 'A' }, steps: [{ line: 4, text: 'one' }] });
	});

	it('of other programs gives warnings, and the document is read', () => {
		const { frontMatter, warnings, steps } = front('tags:', '  - a', 'nested:', '  b: c', 'loop: sometimes', 'maxLoops: 0', 'name:', 'freshContext: never', 'constructor: x');
		expect(frontMatter).toEqual({});
		expect(steps).toHaveLength(1);
		expect(warnings).toEqual([
			'Line 2: "tags" is not a setting of a playbook; it is left aside.',
			'Line 4: "nested" is not a setting of a playbook; it is left aside.',
			'Line 6: the value of "loop" is not understood; it is left aside.',
			'Line 7: the value of "maxLoops" is not understood; it is left aside.',
			'Line 8: the value of "name" is not understood; it is left aside.',
			'Line 9: the value of "freshContext" is not understood; it is left aside.',
			'Line 10: "constructor" is not a setting of a playbook; it is left aside.',
		]);
	});

	it.each([
		['a box between two rules', ['---', 'named: A', '- [ ] zero', '---', '- [ ] one'], ['zero', 'one']],
		['a rule that is never followed by another', ['---', 'named: A', '- [ ] one'], ['one']],
		['prose between two rules', ['---', 'Just prose', 'name: A', '---', '- [ ] one'], ['one']],
		['nothing between two rules', ['---', '---', '- [ ] one'], ['one']],
		['a fence between two rules', ['---', 'named: A', '```', '---', '```', '---', '- [ ] one'], ['one']],
		['a rule further down', ['', '---', 'name: A', '---', '- [ ] one'], ['one']],
		['a longer rule', ['----', 'name: A', '---', '- [ ] one'], ['one']],
	])('is not %s, and no step of it is lost', (_what, text, steps) => {
		const document = parseDocument('a', lines(...text));
		expect(document.frontMatter).toEqual({});
		expect(document.steps.map((step) => step.text)).toEqual(steps);
		expect(document.warnings).toEqual([]);
	});

	it.each([
		['no line ends it', ['---', 'verify: npm test', 'loop: yes', '', '- [ ] one']],
		['a rule ends it below a step', ['---', '# ours', 'verify: npm test', '- [ ] one', '', '---']],
		['it holds prose', ['---', 'other: A', 'verify: npm test', 'Just prose', '---', '- [ ] one']],
	])('is warned about where it is not read: %s', (_what, text) => {
		const document = parseDocument('a', lines(...text));
		expect(document.frontMatter).toEqual({});
		expect(document.steps).toHaveLength(1);
		expect(document.warnings).toEqual([expect.stringMatching(/^Line \d: "verify" and what stands with it are not read, .* Put a line "---" below its last setting\.$/)]);
	});

	it.each(['', '  '])('does not hide a marker between two rules, indented by %j', (indent) => {
		expect(parseDocument('a', lines('---', 'name: A', `${indent}<!-- maestro:halt: x -->`, '---')).markers).toHaveLength(1);
	});
});
