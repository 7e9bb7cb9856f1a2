import { LineSplitter } from '../../../core/process';

function split(chunks: string[], maxBytes: number): { lines: string[]; tooLong: number } {
	const lines: string[] = [];
	const splitter = new LineSplitter((line) => lines.push(line.toString('utf8')), maxBytes);
	for (const chunk of chunks) splitter.push(Buffer.from(chunk));
	splitter.end();
	return { lines, tooLong: splitter.tooLong };
}

describe('the line splitter', () => {
	it.each([
		['whole lines', ['a\nb\n'], ['a', 'b']],
		['a line over three chunks', ['a', 'b', 'c\nd\n'], ['abc', 'd']],
		['a last line without an end', ['a\nb'], ['a', 'b']],
		['empty lines, which say nothing', ['\n\na\n\n'], ['a']],
	])('gives %s', (_, chunks, lines) => {
		expect(split(chunks, 100)).toEqual({ lines, tooLong: 0 });
	});

	it('keeps a character whole that two chunks share', () => {
		const bytes = Buffer.from('grün\n');
		const lines: string[] = [];
		const splitter = new LineSplitter((line) => lines.push(line.toString('utf8')), 100);
		splitter.push(bytes.subarray(0, 3));
		splitter.push(bytes.subarray(3));
		expect(lines).toEqual(['grün']);
	});

	it('drops and counts what is too long, and goes on with the next line', () => {
		expect(split(['1234', '5678', '9\nok\n', '123456\n', 'too long at the end'], 5)).toEqual({ lines: ['ok'], tooLong: 3 });
	});
});
