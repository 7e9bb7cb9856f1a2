import fc from 'fast-check';
import { newTask } from '../../../../core/task/create-task';
import { answered, handOver, roundsLeft, verdictContext } from '../../../../core/task/feedback';
import type { Task } from '../../../../core/task/records';

const task = (fields: Partial<Task> = {}): Task => ({ ...newTask({ title: 't', projectId: 1, repository: 'o/r' }), id: 1, createdAt: '', updatedAt: '', ...fields });
const feedback = (headSha: string, takenAt = '2026-05-01T12:00:00.000Z') => ({ headSha, takenAt });
const inHand = { pendingFeedbackKey: 'feedback:aaa', pendingFeedbackAt: '2026-05-01T12:00:00.000Z', pendingFeedbackSha: 'aaa' };

describe('feedback that is handed over', () => {
	it('begins a round, under a key of the head that it is about', () => {
		expect(handOver(task(), feedback('aaa'))).toEqual({ key: 'feedback:aaa', changes: { rounds: 1, ...inHand } });
	});

	it('comes again under the same key and costs no further round, with what was said since', () => {
		const again = handOver(task({ rounds: 1, ...inHand }), feedback('aaa', '2026-05-01T13:00:00.000Z'));
		expect(again).toEqual({ key: 'feedback:aaa', changes: { rounds: 1, ...inHand, pendingFeedbackAt: '2026-05-01T13:00:00.000Z' } });
	});

	it('on a new head, while the round before was never finished, has a new key and costs no further round', () => {
		expect(handOver(task({ rounds: 1, ...inHand }), feedback('bbb'))).toMatchObject({ key: 'feedback:bbb', changes: { rounds: 1, pendingFeedbackSha: 'bbb' } });
	});

	it('on a head that has been answered before has a key of its own, so that it is not taken for answered', () => {
		expect(handOver(task({ rounds: 1, feedbackSha: 'aaa' }), feedback('aaa'))).toMatchObject({ key: 'feedback:aaa:2', changes: { rounds: 2 } });
		expect(handOver(task({ rounds: 2, feedbackSha: 'aaa', pendingFeedbackKey: 'feedback:aaa:2', pendingFeedbackSha: 'aaa' }), feedback('aaa'))).toMatchObject({ key: 'feedback:aaa:2', changes: { rounds: 2 } });
	});
});

describe('feedback counts as answered', () => {
	it('once its run has completed, and not before', () => {
		const handed = task({ rounds: 1, ...inHand, feedbackSha: 'old', feedbackAt: '2026-01-01T00:00:00.000Z' });
		expect(answered(handed, false)).toBe(handed);
		expect(answered(handed, true)).toEqual({ feedbackAt: inHand.pendingFeedbackAt, feedbackSha: 'aaa', pendingFeedbackKey: '', pendingFeedbackAt: null, pendingFeedbackSha: '' });
	});

	it('and nothing is, where none is in hand', () => {
		const before = task({ feedbackSha: 'old', feedbackAt: '2026-01-01T00:00:00.000Z' });
		expect(answered(before, true)).toBe(before);
	});
});

describe('the rounds that are left', () => {
	it('are those that were not used up, with the one in hand, and never less than none', () => {
		expect(roundsLeft(task(), 3)).toBe(3);
		expect(roundsLeft(task({ rounds: 3 }), 3)).toBe(0);
		expect(roundsLeft(task({ rounds: 3, ...inHand }), 3)).toBe(1);
		expect(roundsLeft(task({ rounds: 9 }), 3)).toBe(0);
		expect(roundsLeft(task(), 0)).toBe(0);
	});

	it('hold over any course of heads, crashes and completed runs: no key serves two rounds, no round is lost', () => {
		const steps = fc.array(fc.record({ head: fc.constantFrom('a', 'b', 'c'), completed: fc.boolean() }), { maxLength: 30 });
		fc.assert(
			fc.property(steps, fc.integer({ min: 1, max: 4 }), (course, maxRounds) => {
				let now = task();
				const completed = new Set<string>();
				for (const { head, completed: isDone } of course) {
					if (roundsLeft(now, maxRounds) === 0) break;
					const { key, changes } = handOver(now, feedback(head));
					expect(completed.has(key)).toBe(false);
					now = { ...now, ...changes };
					if (isDone) completed.add(key);
					now = { ...now, ...answered(now, isDone) };
				}
				expect(now.rounds).toBeLessThanOrEqual(maxRounds);
				expect(completed.size).toBeLessThanOrEqual(now.rounds);
			}),
		);
	});
});

describe('what the verdict is told', () => {
	it('is what the wait says, and the time', () => {
		const wait = { feedbackAt: null, feedbackSha: 'aaa', roundsLeft: 2, wakeOnApproval: true, minimumTrust: 'member' as const, settleSeconds: 30 };
		expect(verdictContext(wait, new Date('2026-05-01T12:00:00.000Z'))).toEqual({ ...wait, now: '2026-05-01T12:00:00.000Z' });
	});
});
