import { renderFeedback } from '../../../core/github/feedback';
import type { Feedback } from '../../../core/github/github';
import { check, comment, HEAD, NOW, review, thread } from './snapshots-of';

function feedback(changes: Partial<Feedback>): Feedback {
	return { headSha: HEAD, takenAt: NOW, failedChecks: [], reviews: [], threads: [], conflict: false, ...changes };
}

describe('feedback for an agent', () => {
	it('keeps every outside text in a part of its own, and none in the heading', () => {
		const rendered = renderFeedback(feedback({ conflict: true, failedChecks: [check('failed', 'evil name')], reviews: [review('changes_requested', { body: 'Rename' })], threads: [thread([comment({ body: 'Loop?' })])] }), new Map());
		expect(rendered.heading).toBe('The pull request at aaaaaaaa came back: it conflicts with its base branch, 1 check failed, 1 review, 1 unresolved review comment.');
		expect(rendered.parts).toEqual([
			{ label: 'failed check', text: 'Check: evil name' },
			{ label: 'review', text: 'ada, changes requested:\nRename' },
			{ label: 'review comment', text: 'cart.js:3\nada:\nLoop?' },
		]);
	});

	it('gives the end of a long log, without colours and time stamps', () => {
		const log = `${'2026-01-01T00:00:00.1234567Z old line\n'.repeat(3000)}2026-01-01T00:00:00.1234567Z \u001b[31mexpected 2\u001b[0m`;
		const [part] = renderFeedback(feedback({ failedChecks: [check('failed')] }), new Map([['test', log]])).parts;
		expect(part?.text).toMatch(/old line\nexpected 2$/);
		expect(part?.text.length).toBeLessThan(21_000);
	});

	it('stays bounded, whatever people write', () => {
		const rendered = renderFeedback(feedback({ threads: Array.from({ length: 100 }, () => thread([comment({ body: 'y'.repeat(50_000) })])) }), new Map());
		expect(rendered.parts).toHaveLength(40);
		expect(rendered.heading).toContain('60 more are on the pull request');
		expect(Math.max(...rendered.parts.map((part) => part.text.length))).toBeLessThan(20_100);
	});
});
