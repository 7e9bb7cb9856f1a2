import { isBotLogin, trustOf } from '../signal/trust';
import { z } from '../schema';
import type { CheckResult, PullRequestRef, PullRequestSnapshot, Review, ReviewComment, ReviewThread } from './github';

const TEXT_LIMIT = 20_000;
/** Every text that Maestro writes on GitHub carries a hidden line that starts so. */
const OWN_TEXT = '<!-- maestro';

const ACTOR = z.object({ __typename: z.string(), login: z.string() }).nullable();
const COMMENT = z.object({ author: ACTOR, viewerDidAuthor: z.boolean(), authorAssociation: z.string(), body: z.string(), createdAt: z.string() });
const REVIEW = z.object({
	author: ACTOR,
	viewerDidAuthor: z.boolean(),
	authorAssociation: z.string(),
	state: z.string(),
	body: z.string(),
	submittedAt: z.string().nullable(),
	commit: z.object({ oid: z.string() }).nullable(),
});
const THREAD = z.object({
	id: z.string(),
	isResolved: z.boolean(),
	isOutdated: z.boolean(),
	path: z.string(),
	line: z.number().nullable(),
	comments: z.object({ nodes: z.array(COMMENT) }),
});
const RUN = z.object({
	__typename: z.literal('CheckRun'),
	name: z.string(),
	status: z.string(),
	conclusion: z.string().nullable(),
	url: z.string(),
	databaseId: z.number().nullable(),
	title: z.string().nullable(),
	summary: z.string().nullable(),
	isRequired: z.boolean(),
	checkSuite: z.object({ app: z.object({ slug: z.string() }).nullable() }),
});
const STATUS = z.object({
	__typename: z.literal('StatusContext'),
	context: z.string(),
	state: z.string(),
	targetUrl: z.string().nullable(),
	description: z.string().nullable(),
	isRequired: z.boolean(),
});
const CONTEXT = z.discriminatedUnion('__typename', [RUN, STATUS]);
const COMMIT = z.object({
	oid: z.string(),
	committedDate: z.string(),
	statusCheckRollup: z.object({ contexts: z.object({ pageInfo: z.object({ hasNextPage: z.boolean() }), nodes: z.array(CONTEXT.nullable()) }) }).nullable(),
});

export const PULL_REQUEST = z.object({
	number: z.number(),
	url: z.string(),
	state: z.enum(['OPEN', 'CLOSED', 'MERGED']),
	merged: z.boolean(),
	mergedAt: z.string().nullable(),
	isDraft: z.boolean(),
	title: z.string(),
	body: z.string(),
	mergeable: z.enum(['MERGEABLE', 'CONFLICTING', 'UNKNOWN']),
	reviewDecision: z.enum(['APPROVED', 'CHANGES_REQUESTED', 'REVIEW_REQUIRED']).nullable(),
	headRefName: z.string(),
	headRefOid: z.string(),
	baseRefName: z.string(),
	reviews: z.object({ pageInfo: z.object({ hasPreviousPage: z.boolean() }), nodes: z.array(REVIEW) }).nullable(),
	reviewThreads: z.object({ pageInfo: z.object({ hasPreviousPage: z.boolean() }), nodes: z.array(THREAD) }),
	commits: z.object({ nodes: z.array(z.object({ commit: COMMIT })) }),
});

const MERGEABLE = { MERGEABLE: 'mergeable', CONFLICTING: 'conflicting', UNKNOWN: 'unknown' } as const;
const DECISION = { APPROVED: 'approved', CHANGES_REQUESTED: 'changes_requested', REVIEW_REQUIRED: 'review_required' } as const;

function bounded(text: string): string {
	return text.length > TEXT_LIMIT ? `${text.slice(0, TEXT_LIMIT)}…` : text;
}

function authorOf(actor: z.output<typeof ACTOR>): { readonly author: string; readonly isBot: boolean } {
	if (actor === null) return { author: 'ghost', isBot: false };
	const isBot = actor.__typename === 'Bot' || isBotLogin(actor.login);
	// GraphQL leaves the ending off that REST and people know a bot by.
	return { author: isBot && !isBotLogin(actor.login) ? `${actor.login}[bot]` : actor.login, isBot };
}

/** Anyone can copy the line into a text of theirs; and the account may be that of a person who writes there too. */
function isOwn({ viewerDidAuthor, body }: { readonly viewerDidAuthor: boolean; readonly body: string }): boolean {
	return viewerDidAuthor && body.includes(OWN_TEXT);
}

function toReview(review: z.output<typeof REVIEW>): Review[] {
	const state = (['approved', 'changes_requested', 'commented', 'dismissed'] as const).find((known) => known === review.state.toLowerCase());
	// A pending review is the token owner's own draft.
	if (state === undefined || review.submittedAt === null) return [];
	return [{ ...authorOf(review.author), isOwn: isOwn(review), trust: trustOf(review.authorAssociation), state, body: bounded(review.body), submittedAt: review.submittedAt, commitSha: review.commit?.oid ?? '' }];
}

function toComment(comment: z.output<typeof COMMENT>): ReviewComment {
	return { ...authorOf(comment.author), isOwn: isOwn(comment), trust: trustOf(comment.authorAssociation), body: bounded(comment.body), createdAt: comment.createdAt };
}

function toThread(thread: z.output<typeof THREAD>): ReviewThread {
	return { id: thread.id, path: thread.path, line: thread.line, resolved: thread.isResolved, outdated: thread.isOutdated, comments: thread.comments.nodes.map(toComment) };
}

function runState(status: string, conclusion: string | null): CheckResult['state'] {
	if (status !== 'COMPLETED' || conclusion === null) return 'pending';
	// A person has to allow it before it runs; an agent cannot mend that.
	if (conclusion === 'ACTION_REQUIRED') return 'pending';
	return conclusion === 'SUCCESS' || conclusion === 'NEUTRAL' || conclusion === 'SKIPPED' ? 'passed' : 'failed';
}

function toCheck(context: z.output<typeof CONTEXT>): CheckResult {
	if (context.__typename === 'StatusContext') {
		const state = context.state === 'SUCCESS' ? 'passed' : context.state === 'PENDING' || context.state === 'EXPECTED' ? 'pending' : 'failed';
		return { name: context.context, state, url: context.targetUrl ?? '', summary: bounded(context.description ?? ''), required: context.isRequired };
	}
	const job = context.checkSuite.app?.slug === 'github-actions' && context.databaseId !== null ? { jobId: context.databaseId } : {};
	const summary = [context.title ?? '', context.summary ?? ''].filter((text) => text !== '').join('\n');
	return { name: context.name, state: runState(context.status, context.conclusion), url: context.url, summary: bounded(summary), required: context.isRequired, ...job };
}

/** GitHub leaves out, one by one, the checks that the token may not read: without them nobody can say that all have passed. */
export function hidesChecks(pull: z.output<typeof PULL_REQUEST>): boolean {
	return pull.commits.nodes.some(({ commit }) => commit.statusCheckRollup?.contexts.nodes.includes(null) === true);
}

export function toSnapshot(ref: PullRequestRef, pull: z.output<typeof PULL_REQUEST>, takenAt: string): PullRequestSnapshot {
	const commit = pull.commits.nodes.at(-1)?.commit;
	// The last commit of the list may lag behind the head just after a push; its checks are then another commit's.
	const head = commit?.oid === pull.headRefOid ? commit : undefined;
	const contexts = head?.statusCheckRollup?.contexts;
	return {
		repository: ref.repository,
		number: pull.number,
		url: pull.url,
		state: pull.state === 'OPEN' ? 'open' : 'closed',
		merged: pull.merged,
		headSha: pull.headRefOid,
		headBranch: pull.headRefName,
		baseBranch: pull.baseRefName,
		title: pull.title,
		body: bounded(pull.body),
		takenAt,
		isDraft: pull.isDraft,
		mergeable: MERGEABLE[pull.mergeable],
		mergedAt: pull.mergedAt,
		headCommittedAt: head?.committedDate ?? null,
		reviewDecision: pull.reviewDecision === null ? null : DECISION[pull.reviewDecision],
		reviews: (pull.reviews?.nodes ?? []).flatMap(toReview),
		threads: pull.reviewThreads.nodes.map(toThread),
		checks: (contexts?.nodes ?? []).flatMap((context) => (context === null ? [] : [toCheck(context)])),
		truncated: pull.reviews?.pageInfo.hasPreviousPage === true || pull.reviewThreads.pageInfo.hasPreviousPage || contexts?.pageInfo.hasNextPage === true,
	};
}
