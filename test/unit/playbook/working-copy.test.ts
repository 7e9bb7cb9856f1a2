import { parseDocument, readWorkingCopy, withDone } from '../../../core/playbook';

const lines = (...all: string[]): string => all.join('\n');
const untouched = { unticked: [], ticked: [], changed: false, missing: false, halt: undefined };

describe('what an agent did to a working copy', () => {
	const document = parseDocument('a', lines('# A', '- [ ] one', '- [] two', '- [X] three', '- [ ] one', 'prose', ''));
	const done = 'x-x-';
	const written = withDone(document, done);
	const read = (text: string | undefined) => readWorkingCopy(document, done, text);

	it('is nothing where the copy is as Maestro wrote it', () => {
		expect(written).toBe(lines('# A', '- [x] one', '- [] two', '- [X] three', '- [ ] one', 'prose', ''));
		expect(read(written)).toEqual(untouched);
	});

	it('is seen where the copy is gone, or is empty', () => {
		expect(read(undefined)).toEqual({ ...untouched, missing: true });
		expect(read('')).toEqual({ ...untouched, changed: true });
	});

	it('is told by place where only boxes differ, also between steps of one text', () => {
		expect(read(lines('# A', '- [ ] one', '- [x] two', '- [   ] three', '- [✓] one', 'prose', ''))).toEqual({ ...untouched, unticked: [0, 2], ticked: [1, 3] });
	});

	it('is nothing where a mark only looks different', () => {
		expect(read(lines('# A', '- [X] one', '- [ ] two', '- [x] three', '- [  ] one', 'prose', ''))).toEqual(untouched);
	});

	it('is told by the steps’ texts where the rest differs too', () => {
		expect(read(lines('# Other', '- [x] three', 'notes', '- [x] new', '- [ ] one', '- [x] two'))).toEqual({ ...untouched, unticked: [0], ticked: [1], changed: true });
	});

	it('is told in order among steps of one text', () => {
		expect(read(lines('# Other', '- [x] one', '- [ ] two', '- [x] three', '- [x] one'))).toEqual({ ...untouched, ticked: [3], changed: true });
	});

	it('is found at a step to which the agent added a remark', () => {
		expect(read(lines('# A', '- [ ] one', '- [x] two: done in abc1234', '- [ ] three (again)', '- [ ] one', 'prose'))).toEqual({ ...untouched, unticked: [0, 2], ticked: [1], changed: true });
	});

	it('is not guessed at a step that was written anew', () => {
		expect(read(lines('# A', '- [x] one', '- [x] Something else', '- [ ] Other', '- [ ] one', 'prose', ''))).toEqual({ ...untouched, changed: true });
	});

	it('is only a change where steps were taken out or hidden in a fence', () => {
		expect(read(lines('# A', '- [x] one'))).toEqual({ ...untouched, changed: true });
		expect(read(written.replace('# A', '```'))).toEqual({ ...untouched, changed: true });
	});

	it('is a change where the line endings are others, and boxes are still told', () => {
		expect(read(written.replaceAll('\n', '\r\n').replace('[x] one', '[ ] one'))).toEqual({ ...untouched, unticked: [0], changed: true });
	});

	it('holds the reason of a halt marker that the agent put in', () => {
		expect(read(written.replace('prose', '<!-- maestro:halt: no key -->'))).toEqual({ ...untouched, changed: true, halt: 'no key' });
		expect(read(written.replace('prose', '<!-- maestro:halt -->')).halt).toBe('');
		expect(read(written.replace('prose', 'Write <!-- maestro:halt: x --> to stop')).halt).toBeUndefined();
	});

	it('holds no halt marker that was there before', () => {
		const halted = parseDocument('a', lines('<!-- maestro:halt: old -->', '- [ ] one'));
		expect(readWorkingCopy(halted, '-', lines('- [ ] one', '<!-- maestro:halt: old -->')).halt).toBeUndefined();
		expect(readWorkingCopy(halted, '-', lines('<!-- maestro:halt: old -->', '<!-- maestro:halt: new -->', '- [ ] one')).halt).toBe('new');
		expect(readWorkingCopy(halted, '-', lines('<!-- maestro:halt: old -->', '<!-- maestro:halt: old -->', '- [ ] one')).halt).toBe('old');
	});
});
