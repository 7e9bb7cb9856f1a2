import type { ChangePolicy, Repository, Violation, Worktree } from '../../core/git/git';
import { reviewChange } from '../../core/git/policy';
import type { GithubClient, PullRequest } from '../../core/github/github';
import type { Run, Task } from '../../core/task/records';
import { pullRequestBody, pullRequestTitle } from './text';

export interface ProposeRequest {
	readonly task: Task;
	/** The run whose commit is proposed; undefined: none has completed. */
	readonly run: Pick<Run, 'headSha'> | undefined;
	readonly policy: ChangePolicy;
	readonly title: string;
	readonly summary: string;
	readonly draft: boolean;
	readonly knownSecrets: readonly string[];
	/** False: the branch is all that the task may reach. */
	readonly mayOpen: boolean;
}

export type Proposal =
	| { readonly kind: 'opened'; readonly pullRequest: PullRequest; readonly created: boolean; readonly pushed: boolean; readonly worktree: Worktree | undefined }
	/** `no_worktree`: a run has completed, and what it worked in is not on this machine. */
	| { readonly kind: 'nothing'; readonly reason: 'no_run' | 'no_worktree' | 'no_change' }
	| { readonly kind: 'rejected'; readonly violations: readonly Violation[]; readonly branch: string }
	| { readonly kind: 'diverged'; readonly branch: string }
	/** The commits are on GitHub, and no pull request is opened. */
	| { readonly kind: 'branch_only'; readonly branch: string }
	| { readonly kind: 'closed'; readonly pullRequest: PullRequest };

export interface ProposeDependencies {
	readonly repository: Repository;
	readonly github: GithubClient;
}

/**
 * Checks what the agent committed, pushes it from the mirror, and opens the pull request or gives the one that is there.
 *
 * Only the commit that a completed run left is pushed, never what lies in the worktree now: after a crash a half-done round
 * may lie there. Asked again it finds what it did: the push is up to date, the pull request is open.
 */
export async function propose(request: ProposeRequest, { repository, github }: ProposeDependencies, signal: AbortSignal): Promise<Proposal> {
	const { task } = request;
	await repository.fetch(signal);
	const worktree = await repository.existingWorktree(task.id, signal);
	const branch = worktree?.branch ?? task.branch;
	const existing = branch === '' ? undefined : await github.findPullRequest(task.repository, branch, signal);
	const asItIs = (pullRequest: PullRequest): Proposal => ({ kind: 'opened', pullRequest, created: false, pushed: false, worktree });
	if (existing?.merged === true && existing.number === task.pullRequestNumber) return asItIs(existing);
	const open = existing?.state === 'open' ? existing : undefined;
	if (existing !== undefined && open === undefined && existing.number === task.pullRequestNumber) {
		return { kind: 'closed', pullRequest: existing };
	}
	const headSha = request.run?.headSha ?? '';
	if (headSha === '') return open === undefined ? { kind: 'nothing', reason: 'no_run' } : asItIs(open);
	if (worktree !== undefined) await repository.adopt(worktree, signal);
	if (open !== undefined && (await repository.contains(open.headSha, headSha, signal))) return asItIs(open);
	if (worktree === undefined) return { kind: 'nothing', reason: 'no_worktree' };
	const change = await repository.inspect({ baseSha: worktree.baseSha, headSha, baseBranch: worktree.baseBranch }, request.knownSecrets, signal);
	if (change.files.length === 0) return open === undefined ? { kind: 'nothing', reason: 'no_change' } : asItIs(open);
	const violations = reviewChange(change, request.policy);
	if (violations.length > 0) return { kind: 'rejected', violations, branch };
	const push = await repository.push(branch, headSha, signal);
	if (push.kind === 'diverged') return { kind: 'diverged', branch };
	// One that a person opened for the branch is theirs, and is awaited as any.
	if (!request.mayOpen && open === undefined) return { kind: 'branch_only', branch };
	const opened = await github.openPullRequest(
		{
			repository: task.repository,
			head: branch,
			base: worktree.baseBranch,
			title: pullRequestTitle(request.title),
			body: pullRequestBody(request.summary, task),
			draft: request.draft,
		},
		signal,
	);
	return { kind: 'opened', ...opened, pushed: push.kind === 'pushed', worktree };
}
