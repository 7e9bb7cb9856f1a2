import fc from 'fast-check';
import { visibleLine, visibleText } from '../../../core/signal/text';

describe('visible text', () => {
	it.each([
		['plain text\nin lines', 'plain text\nin lines'],
		['a<!-- hidden -->b', 'ab'],
		['a<!-- never closed', 'a'],
		['a<!<!-- x -->-- put together -->b', 'ab'],
		['z\u200Be\u2060r\uFEFFo', 'zero'],
		['left \u202Eright\u202C', 'left right'],
		['tag\u{E0061}\u{E007F}s', 'tags'],
		['bell\u0007 and tab\tstay', 'bell and tab\tstay'],
		['\r\nWindows\r\n', 'Windows'],
		['Größe, 日本語, 🙂', 'Größe, 日本語, 🙂'],
	])('of %j is %j', (text, expected) => {
		expect(visibleText(text)).toBe(expected);
	});

	it('leaves no comment and nothing more to take out, whatever the text', () => {
		const piece = fc.constantFrom('<!--', '-->', '<!', '--', '>', '<', '!', '-', 'a', ' ', '\u200B', '\u202E', '\n');
		fc.assert(
			fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
				const shown = visibleText(pieces.join(''));
				expect(shown).not.toContain('<!--');
				expect(visibleText(shown)).toBe(shown);
			}),
		);
	});

	it('ends a text at comments that are nested without end', () => {
		expect(visibleText(`before ${'<!'.repeat(20_000)}<!-- x -->${'-- y -->'.repeat(20_000)}`)).not.toContain('<!--');
	});

	it('puts a title on one line', () => {
		expect(visibleLine(' a\n\tb  c ')).toBe('a b c');
	});
});
