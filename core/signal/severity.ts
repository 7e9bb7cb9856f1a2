import type { Severity } from './signal';

const WORDS: readonly (readonly [Severity, RegExp])[] = [
	['urgent', /^(?:p0|sev-?[01]|urgent|critical|blocker)$/],
	['high', /^(?:p1|sev-?2|high|important)$/],
	['low', /^(?:p[34]|sev-?[45]|low|minor|trivial)$/],
];

/** What the labels say: `P0`, `urgent`, `priority: high`, `severity/low`; the most severe one counts, else medium. */
export function severityOf(labels: readonly string[]): Severity {
	const words = labels.map((label) => label.toLowerCase().replace(/^(?:priority|prio|severity|sev)\s*[:/=_ -]\s*/, '').trim());
	return WORDS.find(([, pattern]) => words.some((word) => pattern.test(word)))?.[0] ?? 'medium';
}
