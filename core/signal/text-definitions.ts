import type { Report } from './text-characters';

/** What may stand before the beginning of a block of markdown: quotes and lists hold blocks of their own. */
export const MARKS = String.raw`[ \t]*(?:(?:>|[-+*]|\d{1,9}[.)])[ \t]*)*`;
export const TITLE = String.raw`"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*'|\((?:[^()\\]|\\[\s\S])*\)`;
const LABEL = String.raw`\[((?:[^\[\]\\]|\\[\s\S]){1,999})\]`;
const LINE_END = String.raw`[ \t]*(?:\n|$)`;

/** `[label]: address "title"`: shows nothing by itself. The title may stand on the next line. */
const DEFINITION = new RegExp(String.raw`(?<=^|\n)(${MARKS})${LABEL}:[ \t]*(?:\n[ \t]*)?(<[^<>\n]*>|[^\s<]\S*)(?:(?:[ \t]+|[ \t]*\n[ \t]*)(${TITLE})${LINE_END}|${LINE_END})`, 'g');
/** `[^label]: text`: shows only where a `[^label]` stands elsewhere; its text goes on in indented lines. */
const FOOTNOTE = new RegExp(String.raw`(?<=^|\n)${MARKS}\[\^([^\[\]\s]{1,999})\]:[^\n]*(?:\n(?!${MARKS}\[\^[^\]\n]+\]:)[^\n]*\S[^\n]*)*(?:(?:\n[ \t]*)+\n(?: {4}|\t)[^\n]*(?:\n[^\n]*\S[^\n]*)*)*`, 'g');
const USE = /(?<!\\)\[(\^?(?:[^[\]\\]|\\[\s\S]){1,999})\]/g;

const keyOf = (label: string): string => label.replace(/\s+/g, ' ').trim().toLowerCase();

/** The lines in which a label in brackets is a link for certain: not those of code or of a block of markup. */
function plainLines(text: string): string {
	let skips = false;
	const kept: string[] = [];
	for (const line of text.split('\n')) {
		if (line.trim() === '') skips = false;
		const rest = line.replace(/`.*`/, ' ');
		skips ||= /^[ \t>]*</.test(line) || rest.includes('`');
		if (!skips && !/^(?: {4}|\t)/.test(line)) kept.push(rest);
	}
	return kept.join('\n');
}

/** The labels that links and footnotes of the text use, beyond defining them. */
export function usedLabels(text: string): Set<string> {
	const elsewhere = text.replace(FOOTNOTE, '').replace(DEFINITION, '');
	const [before = ''] = elsewhere.split(/^[ \t>]*(?:`{3}|~{3})/m, 1);
	return new Set([...plainLines(before).matchAll(USE)].map(([, label = '']) => keyOf(label)));
}

/** A line of a paragraph: what follows it cannot be a definition, and shows. */
const PARAGRAPH = /^[\p{L}][^\n"'()]*$/u;
const LONGEST_LINE = 2_000;

function continuesParagraph(text: string, at: number): boolean {
	if (at < 2) return false;
	const before = text.slice(text.lastIndexOf('\n', at - 2) + 1, at - 1);
	return before.length < LONGEST_LINE && PARAGRAPH.test(before.trimEnd());
}

/** Where a tag or a comment may begin in it, it may be no definition; an address in angle brackets is none of these. */
function mayHoldMarkup(definition: string, address: string): boolean {
	return definition.replace(/^<[^<>"'=]*>$/.test(address) ? address : '', '').includes('<');
}

/**
 * Prose without link definitions and footnotes that do not show. To be called before markup is taken out, since what stands before a line decides
 * whether it is a definition, and again after (`withMarkup`) for those that hold some. A label that has been defined is taken out of `used`.
 */
export function withoutUnseenDefinitions(text: string, used: Set<string>, withMarkup: boolean, report: Report): string {
	if (!text.includes(']:')) return text;
	// Of several for one label the first counts.
	const isShown = (key: string): boolean => used.delete(key);
	return text
		.replace(FOOTNOTE, (all: string, label: string) => {
			if (isShown(`^${keyOf(label)}`) || (!withMarkup && all.includes('<'))) return all;
			report('a footnote that nothing refers to', all);
			return '';
		})
		.replace(DEFINITION, (all: string, marks: string, label: string, address: string, title: string | undefined, at: number) => {
			if (label.startsWith('^') || (marks.trim() === '' && continuesParagraph(text, at))) return all;
			const shows = isShown(keyOf(label));
			if (!withMarkup && mayHoldMarkup(all, address)) return all;
			if (!shows) {
				report('a link definition that nothing uses', all.trim());
				// No empty line stays behind: it would end the block that the line stands in.
				return marks.trim() === '' ? '' : `${marks.trimEnd()}\n`;
			}
			if (title === undefined) return all;
			report('title of a link', title);
			return `${marks}[${label}]: ${address}\n`;
		});
}
