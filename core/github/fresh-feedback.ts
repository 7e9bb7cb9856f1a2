import { trustedAtLeast } from '../signal/trust';
import type { PullRequestSnapshot, Review, ReviewComment, ReviewThread, VerdictContext } from './github';

/** GitHub writes whole seconds and Maestro milliseconds, so moments are compared as moments, not as text. */
function isAfter(moment: string, other: string | null): boolean {
	return other === null || Date.parse(moment) > Date.parse(other);
}

/** Words that may go to an agent: a person's, trusted enough, and not Maestro's own. */
function counts(words: Pick<ReviewComment, 'isBot' | 'isOwn' | 'trust'>, context: VerdictContext): boolean {
	return !words.isBot && !words.isOwn && trustedAtLeast(words.trust, context.minimumTrust);
}

/** The latest of each trusted reviewer's judgements that still asks for changes; a comment does not take one back. */
export function outstandingReviews(snapshot: PullRequestSnapshot, context: VerdictContext): Review[] {
	const judgements = snapshot.reviews.filter((review) => review.state !== 'commented' && review.state !== 'pending' && counts(review, context));
	const latest = new Map(judgements.map((review) => [review.author, review]));
	return [...latest.values()].filter((review) => review.state === 'changes_requested');
}

/** An unresolved thread in which a trusted person had the last word since the watermark; only trusted words are left in it. */
function freshThread(thread: ReviewThread, context: VerdictContext): ReviewThread[] {
	if (thread.resolved) return [];
	const heard = thread.comments.filter((comment) => comment.isOwn || counts(comment, context));
	const last = heard.at(-1);
	if (last === undefined || last.isOwn || !isAfter(last.createdAt, context.feedbackAt)) return [];
	return [{ ...thread, comments: heard }];
}

export interface Fresh {
	/** Reviews that ask for changes. */
	readonly reviews: readonly Review[];
	/** Reviews that only say something: no reason for a round, and part of one that takes place anyway. */
	readonly remarks: readonly Review[];
	readonly threads: readonly ReviewThread[];
	/** When the last of the reviews and threads was written; null where there are none. */
	readonly newest: string | null;
}

function newestOf(moments: readonly (string | null)[]): string | null {
	return moments.reduce<string | null>((newest, moment) => (moment !== null && isAfter(moment, newest) ? moment : newest), null);
}

/** What people said that no session has been given yet. */
export function freshFeedback(snapshot: PullRequestSnapshot, context: VerdictContext): Fresh {
	const unheard = (review: Review): boolean => counts(review, context) && isAfter(review.submittedAt, context.feedbackAt);
	const reviews = outstandingReviews(snapshot, context).filter(unheard);
	const remarks = snapshot.reviews.filter((review) => review.state === 'commented' && review.body.trim() !== '' && unheard(review));
	const threads = snapshot.threads.flatMap((thread) => freshThread(thread, context));
	const newest = newestOf([...reviews.map((review) => review.submittedAt), ...threads.flatMap((thread) => thread.comments.map((comment) => comment.createdAt))]);
	return { reviews, remarks, threads, newest };
}

/**
 * The next watermark: when the last word that counts was written, never before the last watermark; null where nobody wrote
 * anything. By GitHub's own clock, so that a host whose clock is wrong neither loses a review nor hears one twice.
 */
export function watermark(snapshot: PullRequestSnapshot, context: VerdictContext): string | null {
	const reviews = snapshot.reviews.filter((review) => counts(review, context)).map((review) => review.submittedAt);
	const comments = snapshot.threads.flatMap((thread) => thread.comments.filter((comment) => counts(comment, context)).map((comment) => comment.createdAt));
	return newestOf([context.feedbackAt, ...reviews, ...comments]);
}
