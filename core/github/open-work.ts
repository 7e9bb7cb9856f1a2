import { z } from '../schema';
import { type Connection, ownerAndName } from './connection';
import type { GithubClient, OpenWork } from './github';

/** How many repositories one query asks for. */
const BATCH = 20;
const PERMISSION = 'Issues: read, and Pull requests: read (a classic token: repo)';

const ENTRY = z.object({ number: z.number(), title: z.string(), createdAt: z.string(), isDraft: z.boolean().optional() });
const LIST = z.object({ totalCount: z.number(), nodes: z.array(ENTRY.nullable()).nullable() });
const REPOSITORY = z.object({ issues: LIST, pullRequests: LIST });
const ANSWER = z.object({
	data: z.record(REPOSITORY.nullable()).nullish(),
	errors: z.array(z.object({ message: z.string(), path: z.array(z.union([z.string(), z.number()])).nullish() })).optional(),
});

/** The newest first. `$most` is at most 100. */
function query(count: number): string {
	const indexes = Array.from({ length: count }, (_, index) => index);
	const declared = indexes.map((index) => `$o${index}: String!, $r${index}: String!`).join(', ');
	const order = 'orderBy: { field: CREATED_AT, direction: DESC }';
	const parts = indexes.map((index) => `r${index}: repository(owner: $o${index}, name: $r${index}) { ...Open }`).join('\n');
	return `query OpenWork($most: Int!, ${declared}) {
${parts}
}
fragment Open on Repository {
	issues(first: $most, states: OPEN, ${order}) { totalCount nodes { number title createdAt } }
	pullRequests(first: $most, states: OPEN, ${order}) { totalCount nodes { number title createdAt isDraft } }
}`;
}

function listOf({ totalCount, nodes }: z.output<typeof LIST>): { count: number; newest: { number: number; title: string; createdAt: string; isDraft: boolean }[] } {
	const newest = (nodes ?? []).flatMap((node) => (node === null ? [] : [{ number: node.number, title: node.title, createdAt: node.createdAt, isDraft: node.isDraft ?? false }]));
	return { count: totalCount, newest };
}

export function openWork(connection: Connection): Pick<GithubClient, 'openWork'> {
	async function batch(repositories: readonly string[], most: number, signal: AbortSignal, into: Map<string, OpenWork>): Promise<void> {
		const variables: Record<string, string | number> = { most };
		for (const [index, repository] of repositories.entries()) {
			const { owner, repo } = ownerAndName(repository);
			variables[`o${index}`] = owner;
			variables[`r${index}`] = repo;
		}
		const what = `reading what is open in ${repositories.length === 1 ? repositories.join() : `${repositories.length} repositories`}`;
		const call = { route: 'POST /graphql', parameters: { query: query(repositories.length), variables }, signal, repeatable: true, what, permission: PERMISSION };
		const { data, errors = [] } = await connection.ask(call, ANSWER);
		for (const [index, repository] of repositories.entries()) {
			const found = data?.[`r${index}`];
			const said = errors.find(({ path }) => path?.[0] === `r${index}`) ?? errors[0];
			into.set(
				repository,
				found === null || found === undefined
					? { kind: 'refused', reason: said?.message ?? 'no reason given' }
					: { kind: 'open', issues: listOf(found.issues), pullRequests: listOf(found.pullRequests) },
			);
		}
	}

	return {
		async openWork(repositories, most, signal) {
			const found = new Map<string, OpenWork>();
			for (let at = 0; at < repositories.length; at += BATCH) await batch(repositories.slice(at, at + BATCH), most, signal, found);
			return found;
		},
	};
}
