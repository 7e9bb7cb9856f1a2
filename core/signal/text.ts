/** Characters that a reader does not see and a model reads: zero-width, bidirectional controls, tags, soft hyphens, fillers. */
const INVISIBLE = /[\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180E\u200B-\u200F\u202A-\u202E\u2060-\u206F\u3164\uFE00-\uFE0E\uFEFF\uFFA0\u{E0000}-\u{E007F}\u{E0100}-\u{E01EF}]/gu;

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
