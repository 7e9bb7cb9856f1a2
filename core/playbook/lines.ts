import { skipBlanks } from './blanks';

const BACKTICK = 0x60;
const TILDE = 0x7e;
const SHORTEST_FENCE = 3;

/** One line outside fences, as indices into the text. */
export interface Line {
	/** From 1. */
	number: number;
	start: number;
	/** Where its first character stands that is no blank, or its end. */
	content: number;
	/** Before the line break. */
	end: number;
	/** After the line break. */
	next: number;
}

const isFenceMark = (code: number): boolean => code === BACKTICK || code === TILDE;

/**
 * Walks over the lines that stand outside fences, from `from` on. Gives the line of a fence that is never closed.
 *
 * One `Line` is filled again and again: a document may have a million of them.
 */
export function eachLine(text: string, visit: (line: Readonly<Line>) => void, from: { readonly index: number; readonly number: number } = { index: 0, number: 1 }): number | undefined {
	const line: Line = { number: from.number - 1, start: 0, content: 0, end: 0, next: from.index };
	const advance = walkLines(text);
	let openedBy = 0;
	let openedLength = 0;
	let openedAt: number | undefined;
	while (line.next < text.length) {
		advance(line);
		const mark = line.content < line.end ? text.charCodeAt(line.content) : 0;
		const length = isFenceMark(mark) ? fenceLength(text, line) : 0;
		if (openedAt === undefined) {
			if (length >= SHORTEST_FENCE) [openedBy, openedLength, openedAt] = [mark, length, line.number];
			else visit(line);
		} else if (mark === openedBy && length >= openedLength) {
			// Text may follow a closing fence: real playbooks depend on it, other than in CommonMark.
			openedAt = undefined;
		}
	}
	return openedAt;
}

/** Moves a line on to the next one. A line ends at a line feed, at a carriage return, or at both in a row. */
function walkLines(text: string): (line: Line) => void {
	const find = (mark: string, from: number): number => {
		const found = text.indexOf(mark, from);
		return found === -1 ? text.length : found;
	};
	// Each is looked for again only when it has been passed, so that the text is searched once.
	let lineFeed = -1;
	let carriageReturn = -1;
	return (line) => {
		line.number += 1;
		line.start = line.next;
		if (lineFeed < line.start) lineFeed = find('\n', line.start);
		if (carriageReturn < line.start) carriageReturn = find('\r', line.start);
		line.end = Math.min(lineFeed, carriageReturn);
		line.next = Math.min(text.length, lineFeed === carriageReturn + 1 ? lineFeed + 1 : line.end + 1);
		line.content = skipBlanks(text, line.start, line.end);
	};
}

function fenceLength(text: string, { content, end }: Line): number {
	let at = content;
	while (at < end && isFenceMark(text.charCodeAt(at))) at += 1;
	return at - content;
}
