const ZERO_WIDTH = '\u200b';

/**
 * Words of an agent, or from outside, for a page on GitHub: they report and must not act there. A mention would call people, and "fixes #5" would
 * close an issue with the merge, "octo/other#5" would stand on a page of another repository, and a hidden remark may be one of Maestro's own marks. Nothing is taken out: what is left could become such a mark.
 */
export function withoutEffects(text: string, limit: number): string {
	return text
		.replace(/<(?=!--)/g, `<${ZERO_WIDTH}`)
		.replace(/@(?=[\w-])/g, `@${ZERO_WIDTH}`)
		.replace(/\b(close[sd]?|fix(?:e[sd])?|resolve[sd]?)(:?\s+)(?=#|https?:|[\w.-]+\/[\w.-]+#)/gi, `$1${ZERO_WIDTH}$2${ZERO_WIDTH}`)
		.replace(/#(?<=[\w.-]\/[\w.-]{1,100}#)(?=\d)/g, `#${ZERO_WIDTH}`)
		.slice(0, limit);
}
