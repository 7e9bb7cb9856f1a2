import { formatVariables, loadPlaybook, nextStep, renderStep, startPosition, tickStep, type Playbook, type Position, type RenderedStep, type StepToRender } from '../../../core/playbook';

const lines = (...all: string[]): string => all.join('\n');
const paths = { folder: '/data/p', documentPath: '/data/p/1_PLAN.md' };
const variables = formatVariables({ agentName: 'maestro', worktree: '/w', branch: 'b', folder: paths.folder, documentName: '1_PLAN', documentPath: paths.documentPath, loop: 1, now: new Date(0) });

function render(book: Playbook, position: Position = startPosition(book), changes: Partial<StepToRender> = {}): RenderedStep {
	const { next, position: at } = nextStep(book, position);
	if (next.kind !== 'step') throw new Error(`There is no step to render but ${next.kind}.`);
	return renderStep({ playbook: book, position: at, next, ...paths, variables, isContinued: false, verify: '', expect: 'pass', allowedPaths: undefined, ...changes });
}

const document = lines('# Plan', 'Read {{AUTORUN_FOLDER}}/notes.md.', '- [] first', '- [ ] second', '  with more', '', '- [ ] third');
const book = loadPlaybook('p', [
	{ name: '1_PLAN', text: document },
	{ name: '2_BUILD', text: '- [ ] build' },
]);

describe('the instructions for a step', () => {
	it('say which step it is, and give the document as it stands, with its variables filled', () => {
		const { instructions, warnings } = render(book, tickStep(startPosition(book), 0, 0));
		expect(instructions).toContain('the playbook "p": step 2 of 4, in the document "1_PLAN". It stands on line 4 of the document:\n\n<step>\n- [ ] second\n  with more\n</step>');
		expect(instructions).toContain('<document>\n# Plan\nRead /data/p/notes.md.\n- [x] first\n- [ ] second\n  with more\n\n- [ ] third\n</document>');
		expect(instructions).not.toContain('- [ ] build');
		expect(warnings).toEqual([]);
	});

	it('say who ticks, who commits, and where the files lie', () => {
		const { instructions } = render(book);
		expect(instructions).toContain('Maestro checks the work and ticks the box. Do not tick boxes');
		expect(instructions).toContain('Do this step, and no other');
		expect(instructions).toContain('Commit what you change in the repository');
		expect(instructions).toContain("The playbook's folder is /data/p, and this document is /data/p/1_PLAN.md.");
	});

	it('say the pass where there is a loop', () => {
		const looped = loadPlaybook('p', [{ name: 'a', text: document }], { loop: true, maxLoops: 4 });
		expect(render(looped, { ...startPosition(looped), loop: 3 }).instructions).toContain('in the document "a", pass 3 of at most 4.');
		expect(render(book).instructions).not.toContain('pass 1');
	});

	it('say the check and the paths where there are any', () => {
		expect(render(book, undefined, { verify: 'npm test', expect: 'fail' }).instructions).toContain('runs this command in the worktree; it has to fail:\n\n      npm test');
		expect(render(book, undefined, { allowedPaths: ['src/**', 'test'] }).instructions).toContain('Change only files in the repository that match: src/**, test.');
		expect(render(book, undefined, { allowedPaths: [] }).instructions).toContain('This step changes nothing in the repository.');
		expect(render(book).instructions).not.toMatch(/runs this command|that match|changes nothing/);
	});

	it('leave out the document in a session that knows it', () => {
		const { instructions } = render(book, undefined, { isContinued: true });
		expect(instructions).toContain('<step>\n- [] first\n</step>');
		expect(instructions).not.toContain('<document>');
		expect(instructions).not.toContain('third');
	});

	it('keep variables that nobody knows, with a warning for each', () => {
		const unknown = loadPlaybook('p', [{ name: 'a', text: '- [ ] {{NOBODY}} and {{NOBODY}}' }]);
		const { instructions, warnings } = render(unknown);
		expect(instructions).toContain('- [ ] {{NOBODY}} and {{NOBODY}}');
		expect(warnings).toEqual(['a: nothing is known by the name {{NOBODY}}; it stays as it is.']);
	});
});

describe('a step that calls a command', () => {
	const command = (text: string): RenderedStep['command'] => render(loadPlaybook('p', [{ name: 'a', text: `- [ ] ${text}` }])).command;

	it.each([
		['/fix-bug', { name: 'fix-bug', args: '' }],
		['/fix-bug 12  "a b"', { name: 'fix-bug', args: '12  "a b"' }],
		['/speckit.plan {{LOOP_NUMBER}}', { name: 'speckit.plan', args: '00001' }],
		['/ours:review', { name: 'ours:review', args: '' }],
	])('%s', (text, expected) => {
		expect(command(text)).toEqual(expected);
	});

	it.each(['Run /fix-bug', '/', '/ fix', '//fix', '/usr/bin/env is missing', '/-x', '`/fix-bug`', '**/fix**'])('%s is none', (text) => {
		expect(command(text)).toBeUndefined();
	});
});

describe('a long document', () => {
	const filler = (label: string, count: number): string => Array.from({ length: count }, (_, index) => `${label} line ${index} of a text that goes on for a while`).join('\n');

	it('is shortened to its introduction and the surroundings of the step, with a warning', () => {
		const text = lines('# Introduction', filler('intro', 10), '- [x] before', filler('early', 5000), '- [ ] the step', '  its details', filler('late', 5000), '- [ ] after');
		const { instructions, warnings } = render(loadPlaybook('p', [{ name: 'a', text }]));
		// What is missing is named here instead of 300 KB of what is there.
		const missing = [
			/<document>\n# Introduction\nintro line 0 of/,
			/intro line 9 .*\n\n\[Maestro left out \d+ characters here]\nearly line/,
			/early line 4999 of a text that goes on for a while\n- \[ ] the step\n {2}its details\nlate line 0/,
			/\n\[Maestro left out \d+ characters here]\n<\/document>/,
		].filter((wanted) => !wanted.test(instructions));
		expect(missing).toEqual([]);
		expect(instructions.includes('- [ ] after')).toBe(false);
		expect(instructions.length).toBeLessThan(330_000);
		expect(warnings).toEqual(['a: too long for a prompt; the agent was given the step on line 5013 with what stands around it.']);
	});

	it('of one huge step is bounded too', () => {
		const text = `- [ ] ${'x'.repeat(1_000_000)}`;
		const { instructions, warnings } = render(loadPlaybook('p', [{ name: 'a', text }]));
		expect(instructions.length).toBeLessThan(310_000);
		expect(warnings).toHaveLength(1);
	});

	it('shows the last step of many whole', () => {
		const text = lines(...Array.from({ length: 20_000 }, (_, index) => `- [x] step number ${index}`), '- [ ] the last');
		const { instructions } = render(loadPlaybook('p', [{ name: 'a', text }]));
		expect(instructions.includes('- [x] step number 19999\n- [ ] the last\n</document>')).toBe(true);
		expect(instructions.includes('step 20001 of 20001')).toBe(true);
	});
});
