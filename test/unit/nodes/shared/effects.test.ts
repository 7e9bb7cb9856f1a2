import fc from 'fast-check';
import { withoutEffects } from '../../../../nodes/shared/markdown';

/** As GitHub reads a page: who is called, what is closed, what is a hidden remark. */
const MENTION = /(?:^|[^\w`])@[a-z\d][a-z\d-]*/i;
const CLOSING = /\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+(?:[\w.-]+\/[\w.-]+)?#\d+/i;
const words = fc.constantFrom('@', 'ada', '@@', 'acme/team', 'Fixes', 'closes:', 'RESOLVED', ' ', '\n', '\t', '#5', 'o/r#7', '<!--', '-->', '-', '<', '!', 'https://github.com/o/r/issues/1', 'text');

describe('whatever an agent says', () => {
	it('acts on no page of GitHub', () => {
		fc.assert(
			fc.property(fc.array(words, { maxLength: 12 }), (parts) => {
				const shown = withoutEffects(parts.join(''), 10_000);
				expect(shown).not.toMatch(MENTION);
				expect(shown).not.toMatch(CLOSING);
				expect(shown).not.toContain('<!--');
			}),
			{ numRuns: 2_000 },
		);
	});

	it.each(['<!-<!--- maestro --<!-->', '<!--<!-- maestro -->', '<!<!----'])('hides no remark in another: %s', (text) => {
		expect(withoutEffects(text, 1_000)).not.toContain('<!--');
	});

	it('is what it was to a reader', () => {
		fc.assert(fc.property(fc.array(words), (parts) => expect(withoutEffects(parts.join(''), 10_000).replaceAll('\u200b', '')).toBe(parts.join(''))));
	});

	it('is no longer than it may be', () => {
		fc.assert(fc.property(fc.array(words), fc.nat(40), (parts, limit) => expect(withoutEffects(parts.join(''), limit).length).toBeLessThanOrEqual(limit)));
	});
});
