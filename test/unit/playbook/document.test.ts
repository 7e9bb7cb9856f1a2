import { parseDocument } from '../../../core/playbook';

const texts = (text: string): string[] => parseDocument('a', text).steps.map((step) => step.text);
const lines = (...all: string[]): string => all.join('\n');

describe('what is a step', () => {
	it.each([
		['- [ ] one', 'one'],
		['* [ ] one', 'one'],
		['+ [ ] one', 'one'],
		['   - [ ] one', 'one'],
		['\t- [ ] one', 'one'],
		['-[ ] one', 'one'],
		['-\t[ ] one', 'one'],
		['- [] one', 'one'],
		['- [   ] one', 'one'],
		['- [\t] one', 'one'],
		['- [ ]one', 'one'],
		['- [](url)', '(url)'],
		['- [ ] ', ''],
		['- [x] one', 'one'],
		['- [X]one', 'one'],
		['* [✓] one', 'one'],
		['+ [✔] one', 'one'],
		['- [ ] [x] one', '[x] one'],
		['\uFEFF- [ ] one', 'one'],
	])('%j is', (line, text) => {
		expect(texts(line)).toEqual([text]);
	});

	it.each(['- [ ]', '- []', '- [x]', '- [ x] one', '- [xx] one', '- [y] one', '1. [ ] one', '> - [ ] one', '[ ] one', 'a - [ ] one', '- one [ ]', '-- [ ] one', '# - [ ] one', '- [link](url)', '- [ one'])('%j is none', (line) => {
		expect(texts(line)).toEqual([]);
	});

	it.each(['x', 'X', '✓', '✔'])('[%s] is done', (mark) => {
		expect(parseDocument('a', `- [${mark}] one`).steps).toMatchObject([{ isDone: true, mark: { start: 3, end: 4 } }]);
	});

	it('counts an indented box as a step of its own, in the order of the document', () => {
		const { steps } = parseDocument('a', lines('- [ ] one', '  - [x] two', '    of two', '- [ ] three'));
		expect(steps.map(({ text, line, isDone, details }) => ({ text, line, isDone, details }))).toEqual([
			{ text: 'one', line: 1, isDone: false, details: '' },
			{ text: 'two', line: 2, isDone: true, details: '    of two\n' },
			{ text: 'three', line: 4, isDone: false, details: '' },
		]);
	});

	it.each(['\n', '\r\n', '\r'])('ends a line at %j', (ending) => {
		const { steps } = parseDocument('a', `# A${ending}- [ ] one${ending}more${ending}- [ ] two`);
		expect(steps.map(({ text, line, details }) => [text, line, details])).toEqual([
			['one', 2, `more${ending}`],
			['two', 4, ''],
		]);
	});

	it('reads line endings that are mixed', () => {
		expect(texts('- [ ] one\r\n- [ ] two\n- [ ] three\r- [ ] four\n\r- [ ] five')).toEqual(['one', 'two', 'three', 'four', 'five']);
	});
});

describe('what belongs to a step', () => {
	it('is all up to the next box or heading, blank lines and fences among it', () => {
		const text = lines('- [ ] one', '  more', '', 'prose', '```', '- [ ] shown', '# shown', '```', '- plain', '## Next', 'not its own', '- [ ] two');
		const [one, two] = parseDocument('a', text).steps;
		expect(one?.details).toBe(lines('  more', '', 'prose', '```', '- [ ] shown', '# shown', '```', '- plain', ''));
		expect(text.slice(one!.block.start, one!.block.end)).toBe(`- [ ] one\n${one!.details}`);
		expect(two).toMatchObject({ line: 12, details: '', index: 1 });
	});

	it.each(['# Next', '###### Next', '   ## Next', '#'])('ends at the heading %j', (heading) => {
		expect(parseDocument('a', lines('- [ ] one', 'mine', heading, 'not mine')).steps[0]?.details).toBe('mine\n');
	});

	it.each(['#hashtag', '####### seven', '    # code'])('goes on over %j, which is no heading', (line) => {
		expect(parseDocument('a', lines('- [ ] one', line, 'mine')).steps[0]?.details).toBe(`${line}\nmine`);
	});
});

describe('fences', () => {
	it.each([
		['of backticks', ['```', '- [ ] no', '```', '- [ ] yes']],
		['of tildes', ['~~~', '- [ ] no', '~~~', '- [ ] yes']],
		['that are indented', ['    ```ts', '- [ ] no', '  ```', '- [ ] yes']],
		['that hold a shorter one', ['````', '```', '- [ ] no', '```', '````', '- [ ] yes']],
		['that hold the other kind', ['```', '~~~', '- [ ] no', '```', '- [ ] yes']],
		['closed by a longer one', ['```', '- [ ] no', '`````', '- [ ] yes']],
		['closed by a line with text after it', ['```', '- [ ] no', '```bash', '- [ ] yes']],
		['of two marks, which are none', ['``', '- [ ] yes', '``']],
	])('hide steps: %s', (_what, text) => {
		expect(texts(lines(...text))).toEqual(['yes']);
	});

	it('open again after a line with text closed one, as in the original', () => {
		expect(texts(lines('```', '```bash', '- [ ] seen', '```', '- [ ] hidden'))).toEqual(['seen']);
	});

	it('that are never closed hide the rest, with a warning that names the line', () => {
		const { steps, warnings } = parseDocument('a', lines('- [ ] one', '```', '- [ ] two'));
		expect(steps).toMatchObject([{ text: 'one', details: '```\n- [ ] two' }]);
		expect(warnings).toEqual(['Line 2: this fence is never closed; no step below it is seen.']);
	});
});

describe('markers', () => {
	const markers = (text: string): unknown => parseDocument('a', text).markers;

	it.each([
		['<!-- maestro:halt: no tests here -->', 'no tests here'],
		['<!-- maestro:halt -->', ''],
		['<!--MAESTRO:HALT:x-->', 'x'],
		['  <!-- maestro:halt: a: b -> c -->  ', 'a: b -> c'],
	])('%j halts', (line, reason) => {
		expect(markers(`# A\n${line}`)).toEqual([{ kind: 'halt', line: 2, reason }]);
	});

	it.each([
		['<!-- MAESTRO:HITL reason="Look at it" artifact="docs/SPEC.md" -->', 'Look at it', 'docs/SPEC.md'],
		['<!-- MAESTRO:HITL artifact = "a" reason = " b " -->', 'b', 'a'],
		['<!-- maestro:hitl -->', '', ''],
	])('%j is a gate', (line, reason, artifact) => {
		expect(markers(line)).toEqual([{ kind: 'gate', line: 1, reason, artifact }]);
	});

	it.each([
		'Write <!-- maestro:halt: x --> to stop',
		'`<!-- maestro:halt: x -->`',
		'- [ ] one <!-- maestro:halt: x -->',
		'- <!-- maestro:halt: x -->',
		'```\n<!-- maestro:halt: x -->\n```',
		'<!-- note --> <!-- maestro:halt: x -->',
		'<!-- maestro:halt: x --> <!-- note -->',
		'<!-- maestro:halt: x --> now',
		'<!-- maestro:halted -->',
		'<!-- maestro:halt: x',
		'<!-- MAESTRO:HITLESS -->',
		'<!-- MAESTRO:MODEL tier="high" -->',
	])('%j is none', (line) => {
		expect(markers(line)).toEqual([]);
	});
});

describe('a step that only a person can do', () => {
	it.each(['Manually test the page', 'Check the colours visually', 'Ask the user which one', 'Wait for the team', 'Get a sign-off', 'Await human approval'])('is warned of: %s', (text) => {
		expect(parseDocument('a', `\n- [ ] ${text}`).warnings).toEqual([`Line 2: this reads as a step that only a person can do: "${text}".`]);
	});

	it.each(['- [x] Manually test the page', '- [ ] Verify the page', '- [ ] Read the manual', '- [ ] Add the users to the team page', 'Ask the user'])('is not: %s', (line) => {
		expect(parseDocument('a', line).warnings).toEqual([]);
	});
});
