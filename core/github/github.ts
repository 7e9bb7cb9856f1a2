/** The contract of GitHub's part: what the nodes ask of GitHub, in Maestro's words. */
import type { AuthorTrust } from '../signal/signal';

export interface GithubAccess {
	readonly token: string;
	/** `https://api.github.com`, or `https://<host>/api/v3`. */
	readonly apiUrl: string;
	/** The host's HTTP helper, so that its proxy and audit apply; the global fetch in tests. */
	readonly fetch: typeof globalThis.fetch;
}

export interface PullRequestRef {
	/** `owner/name` */
	readonly repository: string;
	readonly number: number;
}

export interface PullRequest extends PullRequestRef {
	readonly url: string;
	readonly state: 'open' | 'closed';
	readonly merged: boolean;
	readonly headSha: string;
	readonly headBranch: string;
	readonly baseBranch: string;
	readonly title: string;
	readonly body: string;
}

export interface CheckResult {
	readonly name: string;
	/** `pending`: queued or running. `neutral` and skipped count as passed. */
	readonly state: 'passed' | 'failed' | 'pending';
	readonly url: string;
	/** For a failed job of GitHub Actions, whose log can be read. */
	readonly jobId?: number;
	readonly summary: string;
	readonly required: boolean;
}

export interface Review {
	readonly author: string;
	readonly isBot: boolean;
	/** Maestro wrote it. */
	readonly isOwn: boolean;
	readonly trust: AuthorTrust;
	readonly state: 'approved' | 'changes_requested' | 'commented' | 'dismissed' | 'pending';
	readonly body: string;
	readonly submittedAt: string;
	readonly commitSha: string;
}

export interface ReviewComment {
	readonly author: string;
	readonly isBot: boolean;
	/** Maestro wrote it. */
	readonly isOwn: boolean;
	readonly trust: AuthorTrust;
	readonly body: string;
	readonly createdAt: string;
}

export interface ReviewThread {
	readonly id: string;
	readonly path: string;
	readonly line: number | null;
	readonly resolved: boolean;
	readonly outdated: boolean;
	readonly comments: readonly ReviewComment[];
}

/** A pull request as it is at one moment, enough for the verdict. */
export interface PullRequestSnapshot extends PullRequest {
	readonly takenAt: string;
	readonly isDraft: boolean;
	readonly mergeable: 'mergeable' | 'conflicting' | 'unknown';
	readonly mergedAt: string | null;
	readonly headCommittedAt: string | null;
	readonly reviewDecision: 'approved' | 'changes_requested' | 'review_required' | null;
	/** Newest last, at most 50. */
	readonly reviews: readonly Review[];
	readonly threads: readonly ReviewThread[];
	readonly checks: readonly CheckResult[];
	/** There was more than one page of checks, reviews or threads. */
	readonly truncated: boolean;
}

/** What the flow already did about a pull request; decides what is still to be said. */
export interface VerdictContext {
	/** ISO 8601; reviews and comments up to then have been handed to a session. Null: none. */
	readonly feedbackAt: string | null;
	/** Failing checks and conflicts of this head have been handed to a session. */
	readonly feedbackSha: string;
	readonly roundsLeft: number;
	readonly wakeOnApproval: boolean;
	/** Reviews by authors below this are not handed to an agent. */
	readonly minimumTrust: AuthorTrust;
	readonly settleSeconds: number;
	readonly now: string;
}

export interface Feedback {
	readonly headSha: string;
	/** ISO 8601, GitHub's clock: the last word of people that this look saw; the next watermark. */
	readonly takenAt: string;
	readonly failedChecks: readonly CheckResult[];
	readonly reviews: readonly Review[];
	readonly threads: readonly ReviewThread[];
	readonly conflict: boolean;
}

export type Verdict =
	/** `needsPerson`: nothing that an agent may do would change it (rounds used up, or answered and still failing). */
	| { readonly kind: 'wait'; readonly reason: string; readonly needsPerson: boolean }
	| { readonly kind: 'merged' }
	| { readonly kind: 'closed' }
	| { readonly kind: 'approved' }
	| { readonly kind: 'changes_requested'; readonly feedback: Feedback }
	| { readonly kind: 'checks_failed'; readonly feedback: Feedback }
	| { readonly kind: 'conflict'; readonly feedback: Feedback };

/** Pure; see pull-request-state.ts. */
export type DecideVerdict = (snapshot: PullRequestSnapshot, context: VerdictContext) => Verdict;

export interface OpenEntry {
	readonly number: number;
	readonly title: string;
	readonly createdAt: string;
	readonly isDraft: boolean;
}

/** How many there are, and the newest of them. */
export interface OpenList {
	readonly count: number;
	readonly newest: readonly OpenEntry[];
}

/** `refused`: the repository is gone, or the token may not see it; in GitHub's words. */
export type OpenWork =
	| { readonly kind: 'open'; readonly issues: OpenList; readonly pullRequests: OpenList }
	| { readonly kind: 'refused'; readonly reason: string };

export interface IssueRequest {
	readonly repository: string;
	readonly title: string;
	readonly body: string;
	readonly labels: readonly string[];
	readonly marker: string;
	/** An older marker that says less, and what else an issue with it must have to be this one: that title, made no earlier than `since` (ISO 8601). */
	readonly formerly?: { readonly marker: string; readonly title: string; readonly since: string };
	/** Asked just before each making: gives a signal that ends before somebody else may make it, or throws where that time has come. */
	readonly turn?: (signal: AbortSignal) => Promise<AbortSignal>;
}

/** Every call throws a MaestroError (`github_*`) with the scope or setting that mends it; retries are bounded and inside. */
export interface GithubClient {
	viewer(signal: AbortSignal): Promise<{
		readonly login: string;
		/** Empty for a fine-grained token. */
		readonly scopes: readonly string[];
		/** ISO 8601; null where it does not expire. */
		readonly expiresAt: string | null;
	}>;
	repository(repository: string, signal: AbortSignal): Promise<{ readonly fullName: string; readonly defaultBranch: string; readonly canPush: boolean; readonly isPrivate: boolean; readonly archived: boolean }>;
	/** The open pull request with this head branch; else the newest closed one; else undefined. */
	findPullRequest(repository: string, headBranch: string, signal: AbortSignal): Promise<PullRequest | undefined>;
	pullRequest(ref: PullRequestRef, signal: AbortSignal): Promise<PullRequest>;
	/** Opens it, or gives the open one that is there for this head. */
	openPullRequest(request: { readonly repository: string; readonly head: string; readonly base: string; readonly title: string; readonly body: string; readonly draft: boolean }, signal: AbortSignal): Promise<{ readonly pullRequest: PullRequest; readonly created: boolean }>;
	updatePullRequest(ref: PullRequestRef, changes: { readonly title?: string; readonly body?: string }, signal: AbortSignal): Promise<PullRequest>;
	/** Comments once for each `marker`: a hidden last line by which it is found again. What GitHub would find too long is cut. */
	commentOnce(ref: PullRequestRef, marker: string, body: string, signal: AbortSignal): Promise<{ readonly url: string; readonly created: boolean }>;
	/** Makes an issue once for each `marker`. What GitHub would find too long is cut. */
	createIssueOnce(request: IssueRequest, signal: AbortSignal): Promise<{ readonly number: number; readonly url: string; readonly created: boolean }>;
	addLabels(ref: PullRequestRef, labels: readonly string[], signal: AbortSignal): Promise<void>;
	/** As completed. One that is closed already stays as it is. */
	closeIssue(ref: PullRequestRef, signal: AbortSignal): Promise<void>;
	/**
	 * In batches of 25, one GraphQL call each. A pull request that is gone, or that the token cannot see, maps to undefined; one
	 * that GitHub refuses to show just now has no entry.
	 */
	snapshots(refs: readonly PullRequestRef[], signal: AbortSignal): Promise<ReadonlyMap<string, PullRequestSnapshot | undefined>>;
	/** What is open in each of these repositories, the newest of it, at most 100 of a kind. In batches of 20, one GraphQL call each. */
	openWork(repositories: readonly string[], most: number, signal: AbortSignal): Promise<ReadonlyMap<string, OpenWork>>;
	/** The last `bytes` of each failed job's log; jobs without a readable log are left out. */
	failedJobLogs(repository: string, checks: readonly CheckResult[], bytes: number, signal: AbortSignal): Promise<ReadonlyMap<string, string>>;
	/** Finds the hook with this URL and makes it match, or makes it. */
	ensureWebhook(request: { readonly repository: string; readonly url: string; readonly events: readonly string[]; readonly secret: string }, signal: AbortSignal): Promise<{ readonly id: number; readonly created: boolean }>;
	removeWebhook(repository: string, id: number, signal: AbortSignal): Promise<void>;
	/** How many GraphQL and REST calls went out, for tests and the bench. */
	readonly calls: { readonly graphql: number; readonly rest: number };
}

/** The key under which `snapshots` answers. */
export function pullRequestKey(ref: PullRequestRef): string {
	return `${ref.repository.toLowerCase()}#${ref.number}`;
}

export type CreateGithubClient = (access: GithubAccess) => GithubClient;
