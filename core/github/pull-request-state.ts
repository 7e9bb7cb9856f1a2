import type { DecideVerdict, Feedback, PullRequestSnapshot, Verdict, VerdictContext } from './github';
import { freshFeedback, outstandingReviews, watermark } from './fresh-feedback';
import { trustedAtLeast } from '../signal/trust';

/** A check that hangs must not keep a review from the agent for ever. */
const CHECKS_HOLD_REVIEWS_MS = 30 * 60_000;

/** The watermark of a pull request on which nobody has said anything. */
const NOTHING_SAID = '1970-01-01T00:00:00.000Z';

function wait(reason: string, needsPerson = false): Verdict {
	return { kind: 'wait', reason, needsPerson };
}

function secondsSince(moment: string | null, now: string): number {
	return moment === null ? Number.POSITIVE_INFINITY : (Date.parse(now) - Date.parse(moment)) / 1000;
}

function namesOf(checks: readonly { readonly name: string }[]): string {
	const names = checks.slice(0, 3).map((check) => check.name);
	return checks.length > names.length ? `${names.join(', ')} and ${checks.length - names.length} more` : names.join(', ');
}

function isApproved(snapshot: PullRequestSnapshot, context: VerdictContext): boolean {
	if (snapshot.reviewDecision !== null) return snapshot.reviewDecision === 'approved';
	// The base branch requires no review, so GitHub decides nothing and the reviews themselves are read.
	const trusted = snapshot.reviews.filter((review) => !review.isBot && trustedAtLeast(review.trust, context.minimumTrust));
	const latest = new Map(trusted.filter((review) => review.state !== 'commented').map((review) => [review.author, review]));
	return outstandingReviews(snapshot, context).length === 0 && [...latest.values()].some((review) => review.state === 'approved' && review.commitSha === snapshot.headSha);
}

/** What there is to say when no feedback goes to the agent. */
function withoutFeedback(snapshot: PullRequestSnapshot, context: VerdictContext): Verdict {
	const failed = snapshot.checks.filter((check) => check.state === 'failed');
	const head = snapshot.headSha.slice(0, 8);
	if (snapshot.mergeable === 'conflicting') return wait(`it still conflicts with ${snapshot.baseBranch} at ${head}, which the agent has answered already`, true);
	if (failed.length > 0) return wait(`still failing at ${head}, which the agent has answered already: ${namesOf(failed)}`, true);
	const outstanding = outstandingReviews(snapshot, context);
	if (outstanding.length > 0) return wait(`the agent has answered; ${outstanding.map((review) => review.author).join(', ')} asked for changes and has not looked again`, true);
	if (!isApproved(snapshot, context)) return wait(snapshot.isDraft ? 'it is a draft' : 'for a review', true);
	if (!context.wakeOnApproval) return wait('approved; for the merge', true);
	if (snapshot.truncated) return wait('approved, but there are more checks or reviews than one look shows', true);
	if (snapshot.mergeable === 'unknown') return wait('approved; GitHub is still finding out whether it can be merged');
	return { kind: 'approved' };
}

/**
 * What a pull request needs, as a pure function of one look at it and of what was already done about it.
 *
 * Merged and closed come first. Then a conflict, which is not held up by checks because GitHub may not start any. Then, once
 * the checks have settled and people have been quiet for a while, failing checks and reviews; the feedback carries all that
 * was found, so that one round answers everything.
 */
export const decideVerdict: DecideVerdict = (snapshot, context) => {
	if (snapshot.merged) return { kind: 'merged' };
	if (snapshot.state === 'closed') return { kind: 'closed' };

	const fresh = freshFeedback(snapshot, context);
	const unanswered = snapshot.headSha !== context.feedbackSha;
	const conflict = unanswered && snapshot.mergeable === 'conflicting';
	const pending = snapshot.checks.filter((check) => check.state === 'pending');
	const failedChecks = unanswered ? snapshot.checks.filter((check) => check.state === 'failed') : [];
	const said = fresh.reviews.length + fresh.threads.length > 0;
	const age = secondsSince(snapshot.headCommittedAt, context.now);

	// Handing over in the middle of a review would leave its end for another round, or lose it.
	if (said && secondsSince(fresh.newest, context.now) < context.settleSeconds) return wait('a review has just come in; for the reviewer to finish');
	if (!conflict) {
		const overdue = said && age * 1000 > CHECKS_HOLD_REVIEWS_MS;
		if (pending.length > 0 && !overdue) return wait(`for the checks: ${namesOf(pending)}`);
		if (snapshot.checks.length === 0 && age < context.settleSeconds) return wait('for the checks to start');
	}
	if (!conflict && failedChecks.length === 0 && !said) return withoutFeedback(snapshot, context);

	if (context.roundsLeft <= 0) return wait('all rounds with the agent are used up, and there is more to answer', true);
	const feedback: Feedback = {
		headSha: snapshot.headSha,
		takenAt: watermark(snapshot, context) ?? NOTHING_SAID,
		failedChecks,
		reviews: [...fresh.reviews, ...fresh.remarks],
		threads: fresh.threads,
		conflict,
	};
	if (conflict) return { kind: 'conflict', feedback };
	return failedChecks.length > 0 ? { kind: 'checks_failed', feedback } : { kind: 'changes_requested', feedback };
};
