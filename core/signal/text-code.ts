/** A stretch of markdown: prose, or a fenced block of code, which is shown as it stands. */
export interface Stretch {
	readonly code: boolean;
	readonly text: string;
}

/** In one pass: markup that hides all up to its end, elements in which a fence is no fence, a value that goes on over an empty line, and lines that look like a fence. */
const MARKS =
	/<!--[\s\S]*?(?:-->|$)|<\?[\s\S]*?(?:\?>|$)|<!\[CDATA\[[\s\S]*?(?:\]\]>|$)|<![A-Za-z][\s\S]*?(?:>|$)|(<(?:pre|textarea|script|style|template|title|head|noscript|noembed|noframes|iframe|object|audio|video|canvas|datalist|dialog|xmp|plaintext|svg|math)(?![\w-])|<[A-Za-z][^<>]*?=\s*(?:"[^"]*?\n[ \t]*\n|'[^']*?\n[ \t]*\n))|(?<=^|\n)([ \t>]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+[ \t>]*)*)(`{3,}(?=[^`\n]*(?:\n|$))|~{3,})[^\n]*/gi;

/** Quotes, lists and footnotes hold blocks of their own, with fences of their own. */
const CONTAINER = /^[ \t]*(?:>|[-+*](?:[ \t]|$)|\d{1,9}[.)](?:[ \t]|$)|\[\^)/m;
const BEGINS_WITH_TAG = /(?:^|\n)[ \t]*(?:(?:>|[-+*]|\d{1,9}[.)])[ \t]*)*</;
const LONGEST_BLOCK = 5_000;

function endOfBlock(text: string, from: number, fence: string): number {
	const closing = new RegExp(`^ {0,3}${fence.charAt(0)}{${fence.length},}[ \\t]*$`, 'gm');
	closing.lastIndex = from;
	return closing.exec(text) === null ? text.length : closing.lastIndex;
}

/** Whether a line begins code for certain (`yes`) or for certain not: GitHub reads fences in lists and in HTML blocks in ways of its own. */
function isFence(text: string, from: number, at: number, indent: string, firstContainer: number): 'yes' | 'no' | 'unclear' {
	const inContainer = firstContainer !== -1 && firstContainer < at + indent.length;
	if (/^(?: {4}|\t| {1,3}\t)[ \t]*$/.test(indent) && !inContainer) return 'no';
	if (!/^ {0,3}$/.test(indent) || (indent !== '' && inContainer)) return 'unclear';
	const before = text.slice(Math.max(from, at - LONGEST_BLOCK), at);
	const lines = before.split(/\n[ \t]*\n/);
	if (lines.length === 1 && before.length === LONGEST_BLOCK) return 'unclear';
	return BEGINS_WITH_TAG.test(lines.at(-1) ?? '') ? 'unclear' : 'yes';
}

/**
 * The stretches of a text, in order; joined they are the text. From where it is not certain what is code, all is prose: what is hidden must not
 * pass as code.
 */
export function splitCode(text: string): Stretch[] {
	const found: Stretch[] = [];
	const marks = new RegExp(MARKS);
	const firstContainer = text.search(CONTAINER);
	let done = 0;
	for (let match = marks.exec(text); match !== null; match = marks.exec(text)) {
		const [all, element, indent = '', fence] = match;
		if (element !== undefined) break;
		if (fence === undefined) continue;
		const certain = isFence(text, done, match.index, indent, firstContainer);
		if (certain === 'unclear') break;
		if (certain === 'no') continue;
		const end = endOfBlock(text, Math.min(match.index + all.length + 1, text.length), fence);
		if (match.index > done) found.push({ code: false, text: text.slice(done, match.index) });
		found.push({ code: true, text: text.slice(match.index, end) });
		done = end;
		marks.lastIndex = end;
	}
	if (done < text.length) found.push({ code: false, text: text.slice(done) });
	return found;
}
