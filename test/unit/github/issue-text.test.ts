import fc from 'fast-check';
import { carriesMarker, issueTitle, markedText } from '../../../core/github/issue-text';

const MARK = '<!-- maestro:task-2 -->';

describe('the mark of a text', () => {
	it.each(['\n', '\r\n', '\r'])('is its last line, with %j between lines', (end) => {
		expect(carriesMarker(['Text', '', MARK].join(end), 'task-2')).toBe(true);
		expect(carriesMarker(`${['Text', '', MARK].join(end)}${end} ${end}`, 'task-2')).toBe(true);
	});

	it.each([null, undefined, '', `${MARK}\n\nmore`, `\`${MARK}\``, `> ${MARK}`, '<!-- maestro:task-22 -->', `${MARK}\n\n<!-- maestro:task-9 -->`])('is not in %j', (body) => {
		expect(carriesMarker(body, 'task-2')).toBe(false);
	});

	it('stands in it once, whatever the text says', () => {
		const words = fc.array(fc.constantFrom(MARK, '<', '!--', '<!--', ' maestro', '<!-- maestro', '<!--maestro -->', '<!-- MAESTRO:x -->', '\n', '\r\n', '```', '~~~', 'text'));
		fc.assert(
			fc.property(words, (parts) => {
				const text = markedText(parts.join(''), 'task-1');
				expect(carriesMarker(text, 'task-1')).toBe(true);
				expect(text.match(/<!--\s*maestro/gi)).toHaveLength(1);
				expect(carriesMarker(text, 'task-2')).toBe(false);
			}),
		);
	});
});

describe('what GitHub would find too long', () => {
	it('is cut in a title, between characters, with a mark', () => {
		expect(issueTitle('x'.repeat(256))).toHaveLength(256);
		expect(issueTitle('x'.repeat(257))).toBe(`${'x'.repeat(255)}…`);
		const faces = issueTitle(`a${'😀'.repeat(300)}`);
		expect(faces.length).toBeLessThanOrEqual(256);
		expect(faces).toMatch(/😀…$/u);
		expect(issueTitle(' two\r\n lines ')).toBe('two lines');
	});

	it('is cut in a text, which says so and keeps its mark', () => {
		const short = 'x'.repeat(65_536 - `\n\n${MARK}`.length);
		expect(markedText(short, 'task-2')).toBe(`${short}\n\n${MARK}`);
		for (const long of [`${short}x`, '😀'.repeat(70_000), `a${'😀'.repeat(70_000)}`]) {
			const text = markedText(long, 'task-2');
			expect(text.length).toBeLessThanOrEqual(65_536);
			expect(text.length).toBeGreaterThan(65_000);
			expect(text).toMatch(/\n\n… The rest is left out: GitHub takes no more in one text\.\n\n<!-- maestro:task-2 -->$/);
			expect(text).not.toMatch(/\p{Surrogate}/u);
		}
	});

	it.each([['```', '```'], ['~~~~ log', '~~~~'], ['  ````js', '````']])('closes the code block %j that it is cut in', (open, close) => {
		expect(markedText(`${open}\n${'line\n'.repeat(20_000)}`, 'task-2')).toContain(`\n${close}\n\n… The rest`);
	});

	it.each(['```\ncode\n```\n', '`code`\n', '``` `no` ```\n'])('closes nothing after %j', (start) => {
		expect(markedText(`${start}${'line\n'.repeat(20_000)}`, 'task-2')).not.toMatch(/`\n\n… The rest/);
	});
});
