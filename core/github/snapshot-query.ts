import type { PullRequestRef } from './github';
import { ownerAndName } from './connection';

/** How many pull requests one query asks for. */
export const BATCH = 25;

const DETAILS = `fragment Details on PullRequest {
	number url state merged mergedAt isDraft title body mergeable reviewDecision headRefName headRefOid baseRefName
	reviews(last: 50) {
		pageInfo { hasPreviousPage }
		nodes { author { __typename login } viewerDidAuthor authorAssociation state body submittedAt commit { oid } }
	}
	reviewThreads(last: 20) {
		pageInfo { hasPreviousPage }
		nodes {
			id isResolved isOutdated path line
			comments(last: 10) { nodes { author { __typename login } viewerDidAuthor authorAssociation body createdAt } }
		}
	}
}
fragment Run on CheckRun { name status conclusion url databaseId title summary checkSuite { app { slug } } }
fragment Status on StatusContext { context state targetUrl description }`;

/** Whether a check is required depends on the pull request, so this part names its number. */
function part(index: number): string {
	return `p${index}: repository(owner: $o${index}, name: $r${index}) {
	pullRequest(number: $n${index}) {
		...Details
		commits(last: 1) { nodes { commit { oid committedDate statusCheckRollup { contexts(first: 50) {
			pageInfo { hasNextPage }
			nodes {
				__typename
				... on CheckRun { ...Run isRequired(pullRequestNumber: $n${index}) }
				... on StatusContext { ...Status isRequired(pullRequestNumber: $n${index}) }
			}
		} } } } }
	}
}`;
}

/** One query over pull requests of any repositories, `p0`, `p1` and so on in their order. */
export function snapshotQuery(refs: readonly PullRequestRef[]): { readonly query: string; readonly variables: Readonly<Record<string, string | number>> } {
	const variables: Record<string, string | number> = {};
	for (const [index, ref] of refs.entries()) {
		const { owner, repo } = ownerAndName(ref.repository);
		variables[`o${index}`] = owner;
		variables[`r${index}`] = repo;
		variables[`n${index}`] = ref.number;
	}
	const declared = refs.map((_ref, index) => `$o${index}: String!, $r${index}: String!, $n${index}: Int!`).join(', ');
	return { query: `query Snapshots(${declared}) {\n${refs.map((_ref, index) => part(index)).join('\n')}\n}\n${DETAILS}`, variables };
}
