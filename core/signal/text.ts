/** Characters that a reader does not see and a model reads: zero-width, bidirectional controls, tags, soft hyphens, fillers. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;

// eslint-disable-next-line no-control-regex -- these control characters are what is taken out
const CONTROL = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F]/g;

const OPENING = '<!--';
const MOST_PASSES = 20;
const COMMENT = /<!--[\s\S]*?(?:-->|$)/g;

/** The text as a person sees it on the page: without HTML comments, invisible and control characters. */
export function visibleText(text: string): string {
	const shown = text.replace(/\r\n?/g, '\n').replace(INVISIBLE, '').replace(CONTROL, '');
	// Taking a comment out may put a new one together from its two sides.
	let left = shown;
	for (let pass = 0; pass < MOST_PASSES && left.includes(OPENING); pass += 1) left = left.replace(COMMENT, '');
	// Comments nested deeper than that are an attack; nothing after them is believed.
	const rest = left.indexOf(OPENING);
	return (rest === -1 ? left : left.slice(0, rest)).trim();
}

/** The same on one line, for a title. */
export function visibleLine(text: string): string {
	return visibleText(text).replace(/\s+/g, ' ');
}
