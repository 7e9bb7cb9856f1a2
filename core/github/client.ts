import { sleep } from '../clock';
import { z } from '../schema';
import { Connection, type Effects, ownerAndName, type Send } from './connection';
import type { GithubResponse } from './failures';
import type { CreateGithubClient, GithubAccess, GithubClient } from './github';
import { hooks } from './hooks';
import { issues } from './issues';
import { jobLogs } from './job-logs';
import { openWork } from './open-work';
import { pullRequests } from './pull-requests';
import { snapshots } from './snapshots';

const REPOSITORY = z.object({
	full_name: z.string(),
	default_branch: z.string(),
	private: z.boolean(),
	archived: z.boolean().optional(),
	permissions: z.object({ push: z.boolean() }).optional(),
});
const USER = z.object({ login: z.string() });

interface Failed {
	readonly response: { readonly status: number; readonly headers: Record<string, unknown>; readonly data: unknown };
}

function hasResponse(error: unknown): error is Failed {
	return error instanceof Error && 'response' in error && typeof error.response === 'object' && error.response !== null && 'status' in error.response && 'headers' in error.response;
}

function textHeaders(headers: object): Record<string, string | undefined> {
	return Object.fromEntries(Object.entries(headers).map(([name, value]: [string, unknown]) => [name, typeof value === 'string' ? value : undefined]));
}

/** Octokit behind a function; it is loaded on the first call, because loading it would slow down n8n's start. */
function octokit(access: GithubAccess): Send {
	let loading: Promise<(route: string, parameters: Record<string, unknown>) => Promise<{ status: number; headers: object; data: unknown }>> | undefined;
	const load = async (): Promise<Awaited<NonNullable<typeof loading>>> => {
		const { Octokit } = await import('@octokit/rest');
		const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
		const client = new Octokit({ auth: access.token, baseUrl: access.apiUrl.replace(/\/+$/, ''), userAgent: 'n8n-nodes-maestro', log: quiet, request: { fetch: access.fetch } });
		return (route, parameters) => client.request(route, parameters);
	};
	// GitHub Enterprise serves REST under /api/v3 and GraphQL under /api/graphql.
	const graphqlUrl = access.apiUrl.replace(/\/+$/, '').replace(/\/api\/v3$/, '/api');
	return async (route, parameters, signal): Promise<GithubResponse> => {
		loading ??= load();
		const request = await loading;
		const own = typeof parameters.request === 'object' ? parameters.request : {};
		const base = route === 'POST /graphql' ? { baseUrl: graphqlUrl } : {};
		try {
			const response = await request(route, { ...parameters, ...base, request: { ...own, signal, fetch: access.fetch } });
			return { status: response.status, headers: textHeaders(response.headers), data: response.data };
		} catch (error) {
			if (!hasResponse(error)) throw error;
			return { status: error.response.status, headers: textHeaders(error.response.headers), data: error.response.data };
		}
	};
}

/** GitHub writes `2026-03-01 12:00:00 UTC`, or with an offset such as `+0100` in its place. */
function expiryOf(header: string | undefined): string | null {
	const [, date, time, zone = ''] = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}) (UTC|[+-]\d{4})$/.exec(header ?? '') ?? [];
	if (date === undefined || time === undefined) return null;
	const moment = new Date(`${date}T${time}${zone === 'UTC' ? 'Z' : `${zone.slice(0, 3)}:${zone.slice(3)}`}`);
	return Number.isNaN(moment.getTime()) ? null : moment.toISOString();
}

const REAL: Effects = { now: () => Date.now(), random: () => Math.random(), sleep };

/** The client with its clock and chance passed in. */
export function createGithubClientWith(access: GithubAccess, effects: Effects): GithubClient {
	const connection = new Connection(octokit(access), effects);
	let login: string | undefined;

	async function viewer(signal: AbortSignal): ReturnType<GithubClient['viewer']> {
		const call = { route: 'GET /user', parameters: {}, signal, repeatable: true, what: 'asking whose token it is', permission: 'any' };
		const { headers, data: user } = await connection.askWithHeaders(call, USER);
		login = user.login;
		const scopes = (headers['x-oauth-scopes'] ?? '').split(',').map((scope) => scope.trim());
		return { login: user.login, scopes: scopes.filter((scope) => scope !== ''), expiresAt: expiryOf(headers['github-authentication-token-expiration']) };
	}

	return {
		viewer,
		async repository(repository, signal) {
			const call = { route: 'GET /repos/{owner}/{repo}', parameters: ownerAndName(repository), signal, repeatable: true, what: `reading ${repository}`, permission: 'Metadata: read (a classic token: repo)' };
			const found = await connection.ask(call, REPOSITORY);
			return { fullName: found.full_name, defaultBranch: found.default_branch, canPush: found.permissions?.push ?? false, isPrivate: found.private, archived: found.archived ?? false };
		},
		...pullRequests(connection),
		...issues(connection, async (signal) => login ?? (await viewer(signal)).login),
		...hooks(connection),
		...jobLogs(connection),
		...openWork(connection),
		...snapshots(connection, effects.now),
		calls: connection.calls,
	};
}

export const createGithubClient: CreateGithubClient = (access) => createGithubClientWith(access, REAL);

/** Where git clones a repository from. */
export function cloneUrl(webUrl: string, repository: string): string {
	const { owner, repo } = ownerAndName(repository);
	return `${webUrl.replace(/\/+$/, '')}/${owner}/${repo}.git`;
}
