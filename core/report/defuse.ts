import { visibleLine } from '../signal/text';

const ZERO_WIDTH = '\u200b';

/**
 * Text from outside on one line of a message that people read. It reports and must not act there: a mail program makes a link of an address and of
 * anything with a dot in it, and Slack calls people. So what would become one is broken where nobody sees it.
 */
export function defuse(text: string, limit: number): string {
	const line = visibleLine(text);
	const short = line.length > limit ? `${line.slice(0, limit - 1).replace(/[\uD800-\uDBFF]$/, '')}…` : line;
	return short
		.replace(/@(?=\S)/g, `@${ZERO_WIDTH}`)
		.replace(/:(?=\S)/g, `:${ZERO_WIDTH}`)
		.replace(/#(?=[\w-])/g, `#${ZERO_WIDTH}`)
		.replace(/\.(?=[\p{L}\p{N}])/gu, `.${ZERO_WIDTH}`);
}
