/** Hears what was taken out of a text because its reader could not see it, in words for a person. The content is data from outside. */
export type Report = (what: string, content?: string) => void;

/** Characters that a reader does not see and a model reads: zero-width, bidirectional controls, tags, soft hyphens, fillers. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u{FFF9}-\u{FFFB}\u2800]/gu;

// eslint-disable-next-line no-control-regex -- these control characters are what is taken out
const CONTROL = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F]/g;

/** For what is compared and never shown. PostgreSQL refuses a row with a NUL in it. */
export const withoutControl = (text: string): string => text.replace(CONTROL, '');

const TAGS = /[\u{E0020}-\u{E007F}]+/gu;
const TAGS_BEGIN = 0xe0000;
/** An emoji's flag of a region is spelled in tags after this: up to six letters and an end. */
const BLACK_FLAG = '🏴';
const LONGEST_FLAG = 7;

/** Emoji are made of these; to report them would bury what matters. */
const ORDINARY = new Set(['\u200D', '\uFE0E', '\uFE0F']);

function spelled(tags: string): string {
	return Array.from(tags, (tag) => String.fromCodePoint((tag.codePointAt(0) ?? TAGS_BEGIN) - TAGS_BEGIN)).join('');
}

/** Only characters that show, and line ends of one kind. */
export function withoutInvisible(text: string, report: Report): string {
	let invisible = 0;
	const shown = text
		.replace(/\p{Surrogate}/gu, '\uFFFD')
		.replace(/\r\n?|[\u0085\u2028\u2029]/g, '\n')
		.replace(TAGS, (tags, at: number, all: string) => {
			const words = spelled(tags);
			if (words.length > LONGEST_FLAG || !all.startsWith(BLACK_FLAG, at - BLACK_FLAG.length)) report('text in tag characters', words.replace(CONTROL, ''));
			return '';
		})
		.replace(INVISIBLE, (character) => {
			if (!ORDINARY.has(character)) invisible += 1;
			return '';
		})
		.replace(CONTROL, '');
	if (invisible > 0) report(`invisible characters: ${invisible}`);
	return shown;
}

/** The first `most` characters, without half of one at the end. */
export function cut(text: string, most: number): string {
	return text.slice(0, most).replace(/[\uD800-\uDBFF]$/, '');
}
