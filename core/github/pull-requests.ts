import { isMaestroError, MaestroError } from '../errors';
import { z } from '../schema';
import { type Connection, ownerAndName } from './connection';
import type { GithubClient, PullRequest, PullRequestRef } from './github';

const PULL = z.object({
	number: z.number(),
	html_url: z.string(),
	state: z.enum(['open', 'closed']),
	merged_at: z.string().nullish(),
	title: z.string(),
	body: z.string().nullish(),
	head: z.object({ ref: z.string(), sha: z.string() }),
	base: z.object({ ref: z.string() }),
});

const PERMISSION = 'Pull requests: read and write (a classic token: repo)';

function toPullRequest(repository: string, pull: z.output<typeof PULL>): PullRequest {
	return {
		repository,
		number: pull.number,
		url: pull.html_url,
		state: pull.state,
		merged: pull.merged_at !== null && pull.merged_at !== undefined,
		headSha: pull.head.sha,
		headBranch: pull.head.ref,
		baseBranch: pull.base.ref,
		title: pull.title,
		body: pull.body ?? '',
	};
}

type PullRequests = Pick<GithubClient, 'findPullRequest' | 'pullRequest' | 'openPullRequest' | 'updatePullRequest'>;

export function pullRequests(connection: Connection): PullRequests {
	async function findPullRequest(repository: string, headBranch: string, signal: AbortSignal): Promise<PullRequest | undefined> {
		const { owner, repo } = ownerAndName(repository);
		const parameters = { owner, repo, head: `${owner}:${headBranch}`, state: 'all', sort: 'created', direction: 'desc', per_page: 50 };
		const call = { route: 'GET /repos/{owner}/{repo}/pulls', parameters, signal, repeatable: true, what: `looking for the pull request of ${headBranch} in ${repository}`, permission: PERMISSION };
		// GitHub leaves the filter out when it cannot read it, so the answer is filtered once more.
		const found = (await connection.ask(call, z.array(PULL))).filter((pull) => pull.head.ref === headBranch);
		const pull = found.find((entry) => entry.state === 'open') ?? found[0];
		return pull === undefined ? undefined : toPullRequest(repository, pull);
	}

	async function openPullRequest(request: Parameters<GithubClient['openPullRequest']>[0], signal: AbortSignal): ReturnType<GithubClient['openPullRequest']> {
		const { repository, ...fields } = request;
		const known = await findPullRequest(repository, request.head, signal);
		if (known?.state === 'open') return { pullRequest: known, created: false };
		// Repeatable: a second one for the same head is refused, and then the first is found.
		const call = { route: 'POST /repos/{owner}/{repo}/pulls', parameters: { ...ownerAndName(repository), ...fields }, signal, repeatable: true, what: `opening the pull request of ${request.head} in ${repository}`, permission: PERMISSION };
		try {
			return { pullRequest: toPullRequest(repository, await connection.ask(call, PULL)), created: true };
		} catch (error) {
			if (!isMaestroError(error) || error.code !== 'github_rejected' || !/already exists/i.test(error.message)) throw error;
			const there = await findPullRequest(repository, request.head, signal);
			if (there?.state === 'open') return { pullRequest: there, created: false };
			throw new MaestroError('github_rejected', `GitHub says that ${repository} has a pull request for ${request.head} already, and shows none that is open`, 'Run it again; if it stays, look at the pull requests of this branch on GitHub.', {}, error);
		}
	}

	return {
		findPullRequest,
		openPullRequest,
		async pullRequest(ref: PullRequestRef, signal: AbortSignal): Promise<PullRequest> {
			const parameters = { ...ownerAndName(ref.repository), pull_number: ref.number };
			const call = { route: 'GET /repos/{owner}/{repo}/pulls/{pull_number}', parameters, signal, repeatable: true, what: `reading ${ref.repository}#${ref.number}`, permission: PERMISSION };
			return toPullRequest(ref.repository, await connection.ask(call, PULL));
		},
		async updatePullRequest(ref, changes, signal) {
			const parameters = { ...ownerAndName(ref.repository), pull_number: ref.number, ...changes };
			const call = { route: 'PATCH /repos/{owner}/{repo}/pulls/{pull_number}', parameters, signal, repeatable: true, what: `updating ${ref.repository}#${ref.number}`, permission: PERMISSION };
			return toPullRequest(ref.repository, await connection.ask(call, PULL));
		},
	};
}
