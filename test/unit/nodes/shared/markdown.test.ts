import { withoutEffects } from '../../../../nodes/shared/markdown';

describe('an agent\'s words on a page of GitHub', () => {
	it('calls nobody', () => {
		expect(withoutEffects('thanks @ada and @acme/team', 100)).not.toMatch(/@[\w-]/);
	});

	it.each(['Fixes #5', 'closes: #5', 'resolved octo/other#9', 'fix https://github.com/a/b/issues/1'])('closes nothing: %s', (text) => {
		expect(withoutEffects(text, 100)).not.toMatch(/(close|fix|resolve)\w*:?\s+(#|https|octo)/i);
	});

	it.each(['see octo/other#5', 'octo/other.js#5 and #6', `${'a'.repeat(30)}/${'b'.repeat(100)}#1`])('stands on no page of another repository: %s', (text) => {
		expect(withoutEffects(text, 1000)).not.toMatch(/[\w.-]\/[\w.-]+#\d/);
		expect(withoutEffects(text, 1000).replaceAll('\u200b', '')).toBe(text);
	});

	it('may name what is in the same repository', () => {
		expect(withoutEffects('Part of #5', 100)).toBe('Part of #5');
	});

	it('forges no marker of Maestro\'s', () => {
		expect(withoutEffects('<!-- maestro -->', 100)).not.toContain('<!--');
	});

	it('leaves everything else as it was said', () => {
		expect(withoutEffects('It fixes the sum; see issue 5.', 100)).toBe('It fixes the sum; see issue 5.');
	});

	it('is bounded', () => {
		expect(withoutEffects('x'.repeat(500), 100)).toHaveLength(100);
	});
});
