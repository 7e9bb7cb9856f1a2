import { cut, type Report } from './text-characters';
import { MARKS, TITLE } from './text-definitions';

/** `[text](address "title")`: the title shows to nobody who does not point at it. */
const LINK_TITLE = new RegExp(String.raw`(\]\([ \t\n]*(?:<[^<>\n]*>|(?:[^\s()<\\]|\\[^\s]|\([^\s()]*\))*))[ \t\n]+(${TITLE})[ \t\n]*\)`, 'g');
const EMPTY_LINK = /(?<!!)\[\s*\]\(([^()\s]*)\)/g;
const IMAGE = /!\[((?:[^[\]\\]|\\[\s\S]|\[[^[\]]*\])*)\](?=[([])/g;
const LONGEST_ALT = 300;

/** A fence that may or may not begin code here. */
export const FENCE_IN_PROSE = new RegExp(String.raw`(?<=^|\n)(${MARKS}(?:\x60{3,}(?!\x60)(?=[^\x60\n]*(?:\n|$))|~{3,}(?!~))[ \t]*[\w+#.-]{0,30})((?<=[\w+#.-]{30})[^\n]+|[^\n\w+#.-][^\n]*)`, 'g');

/** Prose in markdown: without what a page does not show, and with the alternative text of images marked as such. */
export function withoutUnseenMarkdown(text: string, report: Report): string {
	return text
		.replace(FENCE_IN_PROSE, (all: string, fence: string, rest: string) => {
			if (rest.trim() === '') return all;
			report('text after the language of a code block', rest);
			return fence.trimEnd();
		})
		.replace(LINK_TITLE, (_, link: string, title: string) => {
			report('title of a link', title);
			return `${link})`;
		})
		.replace(EMPTY_LINK, (_, address: string) => {
			report('a link without a text', address);
			return '';
		})
		.replace(IMAGE, (_, alt: string) => {
			const words = alt.replace(/[[\]\\\s]+/g, ' ').trim();
			if (words.length > LONGEST_ALT) report('alternative text of an image', words);
			const label = cut(words, LONGEST_ALT).trim();
			return label === '' ? '[Image]' : `[Image: ${label}]`;
		});
}

const FENCE_LINE = /^ {0,3}(`+|~+)[ \t]*([^\n]*)/;
const LANGUAGE = /^\{?\.?[\w+#.-]{0,30}\}?/;
/** GitHub draws these instead of showing their text. */
const DRAWN = /^mermaid$/i;
const DRAWN_COMMENT = /^[ \t]*%%[^\n]*$/gm;

/** A fenced block of code: what stands after its language does not show, and a drawing does not show its comments. */
export function withoutUnseenCode(text: string, report: Report): string {
	const [line = '', fence = '', info = ''] = FENCE_LINE.exec(text) ?? [];
	const [language = ''] = LANGUAGE.exec(info) ?? [];
	const rest = info.slice(language.length);
	if (rest.trim() !== '') report('text after the language of a code block', rest);
	const body = text.slice(line.length);
	const shown = DRAWN.test(language)
		? body.replace(DRAWN_COMMENT, (comment) => {
				report('a comment in a drawing', comment);
				return '';
			})
		: body;
	return `${fence}${language}${shown}`;
}
