import type { CheckResult, PullRequestSnapshot, Review, ReviewComment, ReviewThread, VerdictContext } from '../../../core/github/github';

export const HEAD = 'a'.repeat(40);
export const NOW = '2026-03-01T12:00:00.000Z';

/** A moment so many seconds before now, as GitHub writes it. */
export function ago(seconds: number): string {
	return new Date(Date.parse(NOW) - seconds * 1000).toISOString().replace('.000Z', 'Z');
}

export function snapshot(changes: Partial<PullRequestSnapshot> = {}): PullRequestSnapshot {
	return {
		repository: 'acme/shop',
		number: 7,
		url: 'https://github.com/acme/shop/pull/7',
		state: 'open',
		merged: false,
		headSha: HEAD,
		headBranch: 'maestro/7-cart',
		baseBranch: 'main',
		title: 'Fix the cart',
		body: '',
		takenAt: NOW,
		isDraft: false,
		mergeable: 'mergeable',
		mergedAt: null,
		headCommittedAt: ago(600),
		reviewDecision: null,
		reviews: [],
		threads: [],
		checks: [],
		truncated: false,
		...changes,
	};
}

export function context(changes: Partial<VerdictContext> = {}): VerdictContext {
	return { feedbackAt: null, feedbackSha: '', roundsLeft: 3, wakeOnApproval: true, minimumTrust: 'collaborator', settleSeconds: 30, now: NOW, ...changes };
}

export function check(state: CheckResult['state'], name = 'test'): CheckResult {
	return { name, state, url: '', summary: '', required: false };
}

export function review(state: Review['state'], changes: Partial<Review> = {}): Review {
	return { author: 'ada', isBot: false, isOwn: false, trust: 'owner', state, body: 'Please rename it.', submittedAt: ago(300), commitSha: HEAD, ...changes };
}

export function comment(changes: Partial<ReviewComment> = {}): ReviewComment {
	return { author: 'ada', isBot: false, isOwn: false, trust: 'owner', body: 'Why a loop?', createdAt: ago(300), ...changes };
}

export function thread(comments: readonly ReviewComment[], changes: Partial<ReviewThread> = {}): ReviewThread {
	return { id: 'T1', path: 'cart.js', line: 3, resolved: false, outdated: false, comments, ...changes };
}
