import { parseDocument, tick, untick, withDone } from '../../../core/playbook';

const document = parseDocument('a', ['\uFEFF# A\r', '- [ ] one\r', '\t* [   ] two', '+ [](three)', '- [X] four', '- [✔] five', 'the end [ ]'].join('\n'));
const changed = (from: string, to: string): string => document.text.replace(from, to);

describe('ticking', () => {
	it.each([
		[0, '[ ] one', '[x] one'],
		[1, '[   ] two', '[x] two'],
		[2, '[](three)', '[x](three)'],
	])('puts an x into box %i, and leaves every other character', (index, from, to) => {
		expect(tick(document, index)).toBe(changed(from, to));
	});

	it('leaves a step that is done with the mark that it has', () => {
		expect(tick(document, 3)).toBe(document.text);
		expect(tick(document, 4)).toBe(document.text);
	});

	it('changes nothing where there is no such step', () => {
		expect(tick(document, 5)).toBe(document.text);
		expect(untick(document, -1)).toBe(document.text);
	});
});

describe('unticking', () => {
	it.each([
		[3, '[X] four', '[ ] four'],
		[4, '[✔] five', '[ ] five'],
	])('empties box %i', (index, from, to) => {
		expect(untick(document, index)).toBe(changed(from, to));
	});

	it('leaves an open step with the blanks that it has', () => {
		expect(untick(document, 1)).toBe(document.text);
		expect(untick(document, 2)).toBe(document.text);
	});
});

describe('the text for what is done', () => {
	it('changes the marks that have to change', () => {
		expect(withDone(document, 'x--x-')).toBe(changed('[ ] one', '[x] one').replace('[✔]', '[ ]'));
		expect(withDone(document, '---xx')).toBe(document.text);
	});

	it('has as open what is not said', () => {
		expect(withDone(document, '')).toBe(changed('[X]', '[ ]').replace('[✔]', '[ ]'));
	});
});
