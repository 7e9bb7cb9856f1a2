import { skipBlanks } from './blanks';
import type { Line } from './lines';
import type { Range } from './playbook';

const BULLETS = new Set('-*+');
const DONE_MARKS = new Set('xX✓✔');
const OPENING = '[';
const CLOSING = ']';

export interface Checkbox {
	readonly isDone: boolean;
	readonly mark: Range;
	readonly text: string;
}

/** The checkbox that a line is, if it is one: a bullet, the box, and at least one character after it. */
export function readCheckbox(text: string, { content, end }: Readonly<Line>): Checkbox | undefined {
	if (!BULLETS.has(text.charAt(content))) return undefined;
	const opening = skipBlanks(text, content + 1, end);
	if (opening >= end || text.charAt(opening) !== OPENING) return undefined;
	const start = opening + 1;
	const isDone = DONE_MARKS.has(text.charAt(start));
	const closing = isDone ? start + 1 : skipBlanks(text, start, end);
	if (closing + 1 >= end || text.charAt(closing) !== CLOSING) return undefined;
	return { isDone, mark: { start, end: closing }, text: text.slice(closing + 1, end).trim() };
}
