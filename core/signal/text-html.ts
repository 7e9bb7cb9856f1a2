import type { Report } from './text-characters';
import { type Found, isElement, LINE_WITHIN, readElement, readUnseen } from './text-element';
import { isInlineTag } from './text-tag';

const EMPTY_LINE = /\n[ \t]*\n/;
const LINE_BEGINS = /(?:^|\n)[ \t]*(?:(?:>|[-+*]|\d{1,9}[.)])[ \t]*)*$/;
const BLOCK_BEGINS = /<(?:\/?([A-Za-z][\w-]*)(?=[\s/>]|$)|[!?])/y;
const LONGEST_MARKS = 200;
/** A block that begins with one of these goes on over empty lines. */
const LONG_BLOCK = /<(?:pre|textarea|script|style|xmp|listing|plaintext)(?![\w-])/iy;
const MOST_READINGS = 50;

function isAtLineStart(text: string, at: number): boolean {
	return LINE_BEGINS.test(text.slice(Math.max(0, at - LONGEST_MARKS), at));
}

function beginsBlock(text: string, start: number): boolean {
	BLOCK_BEGINS.lastIndex = start;
	const begins = BLOCK_BEGINS.exec(text);
	if (begins === null || !isAtLineStart(text, start)) return false;
	const name = begins[1]?.toLowerCase();
	return name === undefined || isElement(name) || isInlineTag(text, start);
}

/** Within a paragraph a backslash makes a tag the text that it looks like. */
function isEscaped(text: string, start: number): boolean {
	const [slashes = ''] = /\\*$/.exec(text.slice(Math.max(0, start - LONGEST_MARKS), start)) ?? [];
	return slashes.length % 2 === 1;
}

function read(text: string, start: number, inBlock: boolean, report: Report): Found | undefined {
	return readUnseen(text, start, inBlock, report) ?? readElement(text, start, inBlock, report);
}

/**
 * Where something ends that can be read in two ways: a tag that holds the beginning of another, a comment with a line that begins a block.
 * What either reading hides is hidden.
 */
function endOfAll(text: string, start: number, end: number): number {
	let reach = end;
	let readings = 0;
	for (let at = text.indexOf('<', start + 1); at !== -1 && at < reach && reach < text.length; at = text.indexOf('<', at + 1)) {
		readings += 1;
		if (readings > MOST_READINGS) return text.length;
		reach = Math.max(reach, read(text, at, true, () => undefined)?.end ?? 0);
	}
	return reach;
}

export interface ShownProse {
	readonly text: string;
	/** Something in it never ends. */
	readonly open: boolean;
}

const FOOTNOTE_WITHIN = /\n[ \t]*\[\^[^\]\n]+\]:/;

/** A footnote that begins in what is hidden goes on to the end of its paragraph. */
function endOfFootnote(text: string, start: number, end: number): number {
	if (!FOOTNOTE_WITHIN.test(text.slice(start, end))) return end;
	const rest = /\n[ \t]*\n/.exec(text.slice(end));
	return rest === null ? text.length : end + rest.index;
}

/** Prose with markup: without what does not show on a page. In one pass over the text. */
export function withoutUnseenHtml(text: string, report: Report): ShownProse {
	let shown = '';
	let open = false;
	let done = 0;
	/** A line that begins with a tag begins an HTML block, up to the next empty line; all that looks like a tag in it is one. */
	let inBlock = false;
	let isLong = false;
	for (let start = text.indexOf('<'), looked = 0; start !== -1; start = text.indexOf('<', looked)) {
		if (EMPTY_LINE.test(text.slice(looked, start))) inBlock = isLong;
		const begins = beginsBlock(text, start);
		inBlock ||= begins;
		LONG_BLOCK.lastIndex = start;
		isLong ||= begins && LONG_BLOCK.test(text);
		const found = !inBlock && isEscaped(text, start) ? undefined : read(text, start, inBlock, report);
		looked = start + 1;
		if (found === undefined) continue;
		// A comment that begins a line is one to everybody.
		const isPlain = !found.ambiguous || (text.startsWith('<!--', start) && isAtLineStart(text, start));
		looked = endOfFootnote(text, start, isPlain ? found.end : endOfAll(text, start, found.end));
		open ||= found.open || (looked === text.length && looked > found.end);
		if (looked > found.end) report('markup that can be read in two ways', text.slice(found.end, looked));
		shown += text.slice(done, start) + found.shown;
		done = looked;
		// What was taken out may have begun a block, or go on as one, to whoever reads its beginning differently.
		const taken = text.slice(start, looked);
		const wasInBlock: boolean = inBlock;
		if (EMPTY_LINE.test(taken)) inBlock = isLong;
		inBlock ||= LINE_WITHIN.test(taken) || (wasInBlock && /^<[!?]/.test(taken));
	}
	return { text: shown + text.slice(done), open };
}
