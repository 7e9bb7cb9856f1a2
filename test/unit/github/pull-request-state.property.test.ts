import fc from 'fast-check';
import { AUTHOR_TRUST } from '../../../core/signal/signal';
import type { PullRequestSnapshot, Review, ReviewComment, VerdictContext } from '../../../core/github/github';
import { decideVerdict } from '../../../core/github/pull-request-state';
import { ago, check, context, HEAD, snapshot, thread } from './snapshots-of';

const moment = fc.integer({ min: 0, max: 5000 }).map(ago);
const words = { author: fc.constantFrom('ada', 'bob', 'eve', 'ci[bot]'), isBot: fc.boolean(), isOwn: fc.boolean(), trust: fc.constantFrom(...AUTHOR_TRUST) };
const body = fc.constantFrom('Rename it', '', 'Done\n<!-- maestro:reply -->');
const reviews: fc.Arbitrary<Review> = fc.record({ ...words, body, state: fc.constantFrom('approved', 'changes_requested', 'commented', 'dismissed'), submittedAt: moment, commitSha: fc.constantFrom(HEAD, 'b'.repeat(40)) });
const comments: fc.Arbitrary<ReviewComment> = fc.record({ ...words, body, createdAt: moment });
const snapshots: fc.Arbitrary<PullRequestSnapshot> = fc
	.record({
		state: fc.constantFrom('open' as const, 'open' as const, 'open' as const, 'closed' as const),
		mergeable: fc.constantFrom('mergeable', 'conflicting', 'unknown'),
		isDraft: fc.boolean(),
		reviewDecision: fc.constantFrom('approved', 'changes_requested', 'review_required', null),
		headCommittedAt: fc.option(moment),
		reviews: fc.array(reviews, { maxLength: 4 }),
		threads: fc.array(
			fc.tuple(fc.array(comments, { minLength: 1, maxLength: 3 }), fc.boolean(), fc.boolean()).map(([said, resolved, outdated]) => thread(said, { resolved, outdated })),
			{ maxLength: 3 },
		),
		checks: fc.array(fc.constantFrom('passed' as const, 'failed' as const, 'pending' as const).map((state) => check(state)), { maxLength: 3 }),
	})
	.map((changes) => snapshot(changes as Partial<PullRequestSnapshot>));
const contexts: fc.Arbitrary<VerdictContext> = fc
	.record({ feedbackAt: fc.option(moment), feedbackSha: fc.constantFrom('', HEAD, 'b'.repeat(40)), roundsLeft: fc.integer({ min: 0, max: 3 }), wakeOnApproval: fc.boolean(), minimumTrust: fc.constantFrom(...AUTHOR_TRUST), settleSeconds: fc.integer({ min: 0, max: 120 }) })
	.map(context);

describe('the verdict, whatever the pull request', () => {
	it('never hands the same feedback over twice', () => {
		fc.assert(
			fc.property(snapshots, contexts, (seen, before) => {
				const verdict = decideVerdict(seen, before);
				if (!('feedback' in verdict)) return;
				const after = { ...before, feedbackAt: verdict.feedback.takenAt, feedbackSha: verdict.feedback.headSha };
				expect(decideVerdict(seen, after)).not.toHaveProperty('feedback');
			}),
			{ numRuns: 2000 },
		);
	});

	it('never wakes anyone over what only Maestro, bots or people below the trust said', () => {
		const heard = (said: Pick<ReviewComment, 'isBot' | 'isOwn' | 'trust'>, minimum: VerdictContext['minimumTrust']): boolean => !said.isBot && !said.isOwn && AUTHOR_TRUST.indexOf(said.trust) <= AUTHOR_TRUST.indexOf(minimum);
		fc.assert(
			fc.property(snapshots, contexts, (seen, done) => {
				const quiet = { ...seen, state: 'open' as const, mergeable: 'mergeable' as const, checks: [], reviewDecision: null, reviews: seen.reviews.filter((one) => !heard(one, done.minimumTrust)), threads: seen.threads.map((one) => ({ ...one, comments: one.comments.filter((said) => !heard(said, done.minimumTrust)) })) };
				expect(decideVerdict(quiet, done)).toMatchObject({ kind: expect.stringMatching(/^(wait|approved)$/) });
			}),
			{ numRuns: 1000 },
		);
	});

	it('puts no word of a bot or of anyone below the trust into feedback', () => {
		fc.assert(
			fc.property(snapshots, contexts, (seen, done) => {
				const verdict = decideVerdict(seen, done);
				if (!('feedback' in verdict)) return;
				const said = [...verdict.feedback.reviews, ...verdict.feedback.threads.flatMap((one) => one.comments.filter((each) => !each.isOwn))];
				for (const one of said) expect(!one.isBot && AUTHOR_TRUST.indexOf(one.trust) <= AUTHOR_TRUST.indexOf(done.minimumTrust)).toBe(true);
			}),
			{ numRuns: 1000 },
		);
	});

	it('hands nothing over when no rounds are left, and never an empty feedback', () => {
		fc.assert(
			fc.property(snapshots, contexts, (seen, done) => {
				const verdict = decideVerdict(seen, done);
				if (!('feedback' in verdict)) return;
				expect(done.roundsLeft).toBeGreaterThan(0);
				const { feedback } = verdict;
				expect(feedback.conflict || feedback.failedChecks.length + feedback.reviews.length + feedback.threads.length > 0).toBe(true);
			}),
			{ numRuns: 1000 },
		);
	});
});
