import { splitCode } from './text-code';
import { FENCE_IN_PROSE } from './text-markdown';

const FENCE_LINE = /^ {0,3}(`+|~+)[ \t]*([^\n]*)/;
const LANGUAGE = /^[\w+#.-]{0,30}$/;

/** What would begin a tag, a comment or a declaration; an address in angle brackets is shown as a link. */
const MARKUP = /<(?=[A-Za-z/!?])(?!(?:https?|mailto):[^\s<>]*>|[\w.+-]+@[\w.-]+>)/g;

function plainFence(code: string): string {
	return code.replace(FENCE_LINE, (_, fence: string, info: string) => {
		const language = info.trim();
		if (!LANGUAGE.test(language)) return `${fence}\n${language}`;
		return language.toLowerCase() === 'mermaid' ? fence : `${fence}${language}`;
	});
}

function slashesBefore(text: string, at: number): number {
	let count = 0;
	while (text[at - 1 - count] === '\\') count += 1;
	return count;
}

function plainProse(text: string): string {
	const withoutFences = text.replace(FENCE_IN_PROSE, (all: string, fence: string, rest: string) => (rest.trim() === '' ? all : `${fence.replace(/[`~]/, '\\$&')}${rest}`));
	// Backslashes that stand there already are escaped as well, or they would escape the new one.
	return withoutFences.replace(MARKUP, (_, at: number) => `${'\\'.repeat(slashesBefore(withoutFences, at) + 1)}<`).replace(/\](?=[([:])/g, ']\\');
}

/**
 * A text that its reader saw as plain text, written so that a page in markdown shows all of it: nothing in it is markup that hides.
 */
export function escapeMarkup(text: string): string {
	return splitCode(text)
		.map(({ code, text: stretch }) => (code ? plainFence(stretch) : plainProse(stretch)))
		.join('');
}
