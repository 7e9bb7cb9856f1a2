/** Characters that a reader does not see and a model reads: zero-width, bidirectional controls, tags, soft hyphens, fillers. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;

// eslint-disable-next-line no-control-regex -- these control characters are what is taken out
const CONTROL = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F]/g;

const COMMENT = /<!--[\s\S]*?(?:-->|$)/g;

/** The text as a person sees it on the page: without HTML comments, invisible and control characters. */
export function visibleText(text: string): string {
	const shown = text.replace(/\r\n?/g, '\n').replace(INVISIBLE, '').replace(CONTROL, '');
	// Taking a comment out may put a new one together from its two sides.
	let before = shown;
	let after = before.replace(COMMENT, '');
	while (after !== before) {
		before = after;
		after = before.replace(COMMENT, '');
	}
	return after.trim();
}

/** The same on one line, for a title. */
export function visibleLine(text: string): string {
	return visibleText(text).replace(/\s+/g, ' ');
}
