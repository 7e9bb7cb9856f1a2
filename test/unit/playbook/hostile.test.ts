import { loadPlaybook, nextStep, parseDocument, readWorkingCopy, startPosition, tick, tickStep, withDone } from '../../../core/playbook';
import { naiveSteps } from './naive';

const MANY = 100_000;

describe('a document that means harm', () => {
	it.each([
		['brackets only', '[]'.repeat(MANY)],
		['opening brackets only', '- ['.repeat(MANY)],
		['blanks only', ' '.repeat(MANY)],
		['a box of blanks', `- [${' '.repeat(MANY)}`],
		['a box after blanks', `${' '.repeat(MANY)}- [ ] one`],
		['blanks after a box', `- [ ]${' '.repeat(MANY)}`],
		['line feeds', '\n'.repeat(MANY)],
		['carriage returns', '\r'.repeat(MANY)],
		['fences', '```\n'.repeat(MANY)],
		['one long fence', '`'.repeat(MANY)],
		['headings', '# \n'.repeat(MANY)],
		['opened comments', '<!-- '.repeat(MANY)],
		['opened markers', `${'<!-- maestro:hitl reason="'.repeat(MANY / 10)}\n`.repeat(3)],
		['rules', '---\n'.repeat(MANY)],
		['front matter without an end', `---\n${'a: b\n'.repeat(MANY)}`],
		['a word for a person, over and over', `- [ ] ${'ask '.repeat(MANY)}`],
		['NUL', `- [ ] a\u0000b\n${'\u0000'.repeat(MANY)}\n- [\u0000] c`],
		['half of a surrogate pair', `- [ ] \ud83d\n- [\udc4d] \n`],
		['a separator of lines that is none here', '- [ ] a\u2028- [ ] b\u2029c'],
	])('is read: %s', (_what, text) => {
		const { steps } = parseDocument('a', text);
		expect(steps.map(({ line, isDone, text: said }) => ({ line, isDone, text: said }))).toEqual(naiveSteps(text));
	});

	it('of 100,000 boxes is read, ticked and compared', () => {
		const document = parseDocument('a', '- [ ] one\n'.repeat(MANY));
		expect(document.steps).toHaveLength(MANY);
		const done = 'x'.repeat(MANY);
		const text = withDone(document, done);
		expect(text).toBe('- [x] one\n'.repeat(MANY));
		expect(readWorkingCopy(document, done, document.text).unticked).toHaveLength(MANY);
		expect(readWorkingCopy(document, done, `${document.text}more`).unticked).toHaveLength(MANY);
		expect(tick(document, MANY - 1).endsWith('- [ ] one\n- [x] one\n')).toBe(true);
	});

	it('of 100,000 boxes is worked through', () => {
		const book = loadPlaybook('p', [{ name: 'a', text: '- [ ] one\n'.repeat(MANY) }]);
		const position = { ...startPosition(book), done: [`${'x'.repeat(MANY - 1)}-`] };
		const { next } = nextStep(book, position);
		expect(next).toMatchObject({ kind: 'step', number: MANY, of: MANY });
		expect(nextStep(book, tickStep(position, 0, MANY - 1)).next).toEqual({ kind: 'done', why: 'complete' });
	});

	it('with a step of 200 KB keeps all of it', () => {
		const text = 'word '.repeat(40_000);
		const [step] = parseDocument('a', `- [ ] ${text}\n  verify: npm test\n${text}`).steps;
		expect(step).toMatchObject({ text: text.trim(), settings: { verify: 'npm test' } });
		expect(step?.details).toBe(`  verify: npm test\n${text}`);
	});

	it('gives a bounded number of warnings', () => {
		const { warnings } = parseDocument('a', '- [ ] Manually do it\n'.repeat(MANY));
		expect(warnings).toHaveLength(51);
		expect(warnings.at(-1)).toBe(`There are ${MANY - 50} more of these.`);
	});
});
