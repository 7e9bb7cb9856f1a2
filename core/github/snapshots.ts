import { MaestroError } from '../errors';
import { z } from '../schema';
import type { Connection } from './connection';
import { type GithubClient, pullRequestKey, type PullRequestRef, type PullRequestSnapshot } from './github';
import { hidesChecks, PULL_REQUEST, toSnapshot } from './snapshot-mapping';
import { BATCH, snapshotQuery } from './snapshot-query';

const ANSWER = z.object({
	data: z.record(z.object({ pullRequest: PULL_REQUEST.nullable() }).nullable()),
	errors: z.array(z.object({ type: z.string().nullish(), message: z.string(), path: z.array(z.union([z.string(), z.number()])).nullish() })).optional(),
});

/** GitHub offers fine-grained personal tokens no permission to read check runs. */
const PERMISSION = 'the scope repo of a classic token (a fine-grained one cannot read checks); of an app: Pull requests, Checks, Commit statuses and Contents: read';

export function snapshots(connection: Connection, now: () => number): Pick<GithubClient, 'snapshots'> {
	async function batch(refs: readonly PullRequestRef[], signal: AbortSignal, into: Map<string, PullRequestSnapshot | undefined>): Promise<void> {
		const what = refs.length === 1 ? `reading ${refs.map(pullRequestKey).join()}` : `reading ${refs.length} pull requests`;
		const call = { route: 'POST /graphql', parameters: snapshotQuery(refs), signal, repeatable: true, what, permission: PERMISSION };
		const { data, errors = [] } = await connection.ask(call, ANSWER);
		const refused: string[] = [];
		for (const [index, ref] of refs.entries()) {
			const alias = `p${index}`;
			const pull = data[alias]?.pullRequest;
			const own = errors.filter((error) => error.path?.[0] === alias);
			if (pull !== null && pull !== undefined && hidesChecks(pull)) refused.push(`it may not read the checks of ${pullRequestKey(ref)}`);
			else if (pull !== null && pull !== undefined) into.set(pullRequestKey(ref), toSnapshot(ref, pull, new Date(now()).toISOString()));
			else if (own.some((error) => error.type === 'NOT_FOUND')) into.set(pullRequestKey(ref), undefined);
			else refused.push(own[0]?.message ?? errors[0]?.message ?? 'no reason given');
		}
		// One repository that the token lost must not stop the look at all others; its key is left out.
		if (refused.length === refs.length) throw new MaestroError('github_auth', `GitHub refused ${what}: ${refused[0] ?? ''}`, `The token needs: ${PERMISSION}. Change it on GitHub and enter it in the Maestro GitHub credential.`);
	}

	return {
		async snapshots(refs, signal) {
			const unique = [...new Map(refs.map((ref) => [pullRequestKey(ref), ref])).values()];
			const found = new Map<string, PullRequestSnapshot | undefined>();
			for (let at = 0; at < unique.length; at += BATCH) await batch(unique.slice(at, at + BATCH), signal, found);
			return found;
		},
	};
}
