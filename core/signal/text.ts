import { type Report, withoutInvisible } from './text-characters';
import { splitCode } from './text-code';
import { usedLabels, withoutUnseenDefinitions } from './text-definitions';
import { withoutUnseenHtml } from './text-html';
import { withoutUnseenCode, withoutUnseenMarkdown } from './text-markdown';
import { HiddenList } from './text-report';
import { withoutUnseenCells } from './text-table';

export interface ShownText {
	readonly text: string;
	/** What was taken out, in words for a person. It came from outside, and no agent should read it. */
	readonly hidden: readonly string[];
}

const MOST_PASSES = 8;

/** Without empty lines around it. The first line keeps its indentation, by which markdown tells code from prose. */
function trimmed(text: string): string {
	return text.replace(/^(?:[ \t]*\n)+/, '').trimEnd();
}

function pass(text: string, report: Report): string {
	const stretches = splitCode(text);
	const proseOf = (texts: readonly string[]): string => texts.filter((_, index) => stretches[index]?.code === false).join('\n\n');
	const used = usedLabels(proseOf(stretches.map((stretch) => stretch.text)));
	const found = stretches.map(({ code, text: stretch }) => (code ? { text: withoutUnseenCode(stretch, report), open: false } : withoutUnseenHtml(withoutUnseenDefinitions(stretch, used, false, report), report)));
	const withoutHtml = found.map((stretch) => stretch.text);
	const stillUsed = usedLabels(proseOf(withoutHtml));
	// Footnotes stand at the end of a page, where what never ends hides them.
	const labels = found.some(({ open }) => open) ? new Set([...stillUsed].filter((label) => !label.startsWith('^'))) : stillUsed;
	const shown = withoutHtml.map((stretch, index) => (stretches[index]?.code === true ? stretch : withoutUnseenCells(withoutUnseenMarkdown(withoutUnseenDefinitions(stretch, labels, true, report), report), report)));
	return trimmed(shown.join(''));
}

function commonLength(one: string, other: string): number {
	let length = 0;
	while (length < one.length && one[length] === other[length]) length += 1;
	return length;
}

/**
 * The text as a person sees it on the page, and what was taken out: invisible and control characters, comments, elements and attributes that
 * do not show, definitions and titles of markdown that do not show. A text that was shown once stays as it is.
 *
 * Linear in the length of the text: taking something out may put something new together from its two sides, but only so often.
 */
export function showText(text: string): ShownText {
	const hidden = new HiddenList();
	let shown = trimmed(withoutInvisible(text, hidden.report));
	for (let passes = 0; passes < MOST_PASSES; passes += 1) {
		const next = pass(shown, hidden.report);
		if (next === shown) return { text: shown, hidden: hidden.list() };
		shown = next;
	}
	// Nested deeper than that it is an attack; nothing after where it begins is believed.
	hidden.report('markup nested without end, and all after it');
	for (let passes = 0; passes < MOST_PASSES; passes += 1) {
		const next = pass(shown, () => undefined);
		if (next === shown) return { text: shown, hidden: hidden.list() };
		shown = shown.slice(0, Math.max(0, commonLength(shown, next) - 1)).trimEnd();
	}
	return { text: '', hidden: hidden.list() };
}

/** The text as a person sees it on the page. */
export function visibleText(text: string): string {
	return showText(text).text;
}

const COMMENT = /<!--[\s\S]*?(?:-->|$)/g;

/** A title, on one line. GitHub and mail programs show markup in it as it stands; a comment would be gone wherever it is quoted. */
export function visibleLine(text: string): string {
	let line = withoutInvisible(text, () => undefined);
	for (let passes = 0; passes < MOST_PASSES && line.includes('<!--'); passes += 1) line = line.replace(COMMENT, '');
	const [before = ''] = line.split('<!--', 1);
	return before.replace(/\s+/g, ' ').trim();
}
