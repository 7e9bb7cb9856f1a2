/** Documents as people write them, and as they do not. */
import fc from 'fast-check';

const words = fc.constantFrom('Read the code', 'write a test', '`npm test`', '[x] and [ ]', 'see [it](url)', 'ä€😀', '{{LOOP_NUMBER}}', '', ' ', 'a\u0000b', '<!-- not ours -->');
const indent = fc.constantFrom('', '  ', '\t', '    ', '\u00a0');
const bullet = fc.constantFrom('-', '*', '+');
const blanks = fc.constantFrom('', ' ', '  ', '\t');
const mark = fc.constantFrom(' ', ' ', ' ', 'x', 'X', '✓', '✔', '', '  ', 'y', ' x', 'xx');

const boxes = fc.tuple(indent, bullet, blanks, mark, blanks, words).map(([before, sign, gap, box, after, text]) => `${before}${sign}${gap}[${box}]${after}${text}`);
const prose = fc.tuple(indent, words).map((parts) => parts.join(''));
const headings = fc.tuple(fc.constantFrom('#', '##', ' #', '    #', '#######'), fc.constantFrom('', ' ', '\t'), words).map((parts) => parts.join(''));
const fences = fc.tuple(indent, fc.constantFrom('```', '~~~', '````', '``', '`````', '~~~~'), fc.constantFrom('', 'ts', ' text after')).map((parts) => parts.join(''));
const settings = fc.tuple(indent, fc.constantFrom('verify: npm test', 'expect: fail', 'expect: maybe', 'maxTurns: 5', 'allowedPaths: none', '<!-- verify: make -->', 'note: this')).map((parts) => parts.join(''));
const markers = fc.constantFrom('<!-- maestro:halt: stop -->', '<!-- MAESTRO:HITL reason="look" artifact="a.md" -->', 'in prose <!-- maestro:halt: no -->', '---', '---');

export const lines = fc.oneof({ weight: 5, arbitrary: boxes }, { weight: 2, arbitrary: prose }, { weight: 2, arbitrary: fences }, headings, settings, markers);

/** In one line ending, or in several, with and without a byte order mark and a last line break. */
export const documents: fc.Arbitrary<string> = fc
	.tuple(fc.array(lines, { maxLength: 40 }), fc.constantFrom(['\n'], ['\r\n'], ['\n', '\r\n'], ['\r']), fc.boolean(), fc.boolean())
	.map(([all, endings, hasMark, hasEnd]) => `${hasMark ? '\uFEFF' : ''}${all.map((line, index) => `${line}${index < all.length - 1 || hasEnd ? endings[index % endings.length]! : ''}`).join('')}`);
