import { isMaestroError } from '../errors';
import { z } from '../schema';
import { type Call, type Connection, ownerAndName } from './connection';
import type { GithubClient, IssueRequest } from './github';
import { carriesMarker, issueTitle, markedText } from './issue-text';

const AUTHOR = z.object({ login: z.string() }).nullish();
const COMMENT = z.object({ html_url: z.string(), body: z.string().nullish(), user: AUTHOR });
const ISSUE = z.object({ number: z.number(), html_url: z.string(), title: z.string(), body: z.string().nullish(), created_at: z.string(), user: AUTHOR });

const PERMISSION = 'Issues: read and write, and Pull requests: read and write (a classic token: repo)';
const PAGE_SIZE = 100;
/** How far the clocks of GitHub and n8n may be apart. */
const CLOCKS_APART_MS = 5 * 60_000;

type Issues = Pick<GithubClient, 'commentOnce' | 'createIssueOnce' | 'addLabels' | 'closeIssue'>;

/** A marker that did not say of which n8n it is may be of another: only an issue of that title that is no older than its task counts. */
function isFormer(issue: z.output<typeof ISSUE>, formerly: NonNullable<IssueRequest['formerly']>): boolean {
	return carriesMarker(issue.body, formerly.marker) && issue.title === issueTitle(formerly.title) && Date.parse(issue.created_at) >= Date.parse(formerly.since) - CLOCKS_APART_MS;
}

export function issues(connection: Connection, login: (signal: AbortSignal) => Promise<string>): Issues {
	/** The first entry of a list that is ours and wanted. Anyone else may have copied the marker. */
	async function find<T extends { readonly user?: { readonly login: string } | null }>(call: Omit<Call, 'repeatable'>, schema: z.ZodType<T, z.ZodTypeDef, unknown>, isWanted: (entry: T) => boolean, pages: number): Promise<T | undefined> {
		const own = await login(call.signal);
		for (let page = 1; page <= pages; page += 1) {
			const list = await connection.ask({ ...call, repeatable: true, parameters: { ...call.parameters, per_page: PAGE_SIZE, page } }, z.array(schema));
			const found = list.find((entry) => entry.user?.login === own && isWanted(entry));
			if (found !== undefined) return found;
			if (list.length < PAGE_SIZE) return undefined;
		}
		return undefined;
	}

	/** Makes it unless it is there; when the answer is lost it is looked for again before it is made again. */
	async function once<T>(look: () => Promise<T | undefined>, make: () => Promise<T>): Promise<{ readonly made: T; readonly created: boolean }> {
		for (let attempt = 1; ; attempt += 1) {
			const known = await look();
			if (known !== undefined) return { made: known, created: attempt > 1 };
			try {
				return { made: await make(), created: true };
			} catch (error) {
				const lost = isMaestroError(error) && (error.code === 'github_unavailable' || error.code === 'github_broken_response');
				if (!lost || attempt >= 3) throw error;
			}
		}
	}

	return {
		async commentOnce(ref, marker, body, signal) {
			const parameters = { ...ownerAndName(ref.repository), issue_number: ref.number };
			const shared = { signal, what: `commenting on ${ref.repository}#${ref.number}`, permission: PERMISSION };
			const text = markedText(body, marker);
			const { made, created } = await once(
				() => find({ ...shared, route: 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments', parameters }, COMMENT, (comment) => carriesMarker(comment.body, marker), 10),
				() => connection.ask({ ...shared, route: 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments', parameters: { ...parameters, body: text }, repeatable: false }, COMMENT),
			);
			return { url: made.html_url, created };
		},
		async createIssueOnce(request, signal) {
			const { marker, formerly } = request;
			const parameters = ownerAndName(request.repository);
			const shared = { signal, what: `opening an issue in ${request.repository}`, permission: PERMISSION };
			const text = markedText(request.body, marker);
			const isWanted = (issue: z.output<typeof ISSUE>): boolean => carriesMarker(issue.body, marker) || (formerly !== undefined && isFormer(issue, formerly));
			const { made, created } = await once(
				async () => find({ ...shared, route: 'GET /repos/{owner}/{repo}/issues', parameters: { ...parameters, creator: await login(signal), state: 'all', sort: 'created', direction: 'desc' } }, ISSUE, isWanted, 5),
				async () => {
					const turn = await request.turn?.(signal);
					const limited = turn === undefined ? signal : AbortSignal.any([signal, turn]);
					return await connection.ask({ ...shared, signal: limited, route: 'POST /repos/{owner}/{repo}/issues', parameters: { ...parameters, title: issueTitle(request.title), body: text, labels: [...request.labels] }, repeatable: false }, ISSUE);
				},
			);
			return { number: made.number, url: made.html_url, created };
		},
		async addLabels(ref, labels, signal) {
			if (labels.length === 0) return;
			const parameters = { ...ownerAndName(ref.repository), issue_number: ref.number, labels: [...labels] };
			const call = { route: 'POST /repos/{owner}/{repo}/issues/{issue_number}/labels', parameters, signal, repeatable: true, what: `labelling ${ref.repository}#${ref.number}`, permission: PERMISSION };
			await connection.ask(call, z.array(z.object({ name: z.string() })));
		},
		async closeIssue(ref, signal) {
			const parameters = { ...ownerAndName(ref.repository), issue_number: ref.number, state: 'closed', state_reason: 'completed' };
			await connection.ask({ route: 'PATCH /repos/{owner}/{repo}/issues/{issue_number}', parameters, signal, repeatable: true, what: `closing ${ref.repository}#${ref.number}`, permission: PERMISSION }, ISSUE);
		},
	};
}
