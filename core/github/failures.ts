import { MaestroError } from '../errors';

export interface GithubResponse {
	readonly status: number;
	readonly headers: Readonly<Record<string, string | undefined>>;
	readonly data: unknown;
}

/** What a call was for, so that its error can say so. */
export interface Purpose {
	/** `opening the pull request of acme/shop` */
	readonly what: string;
	/** The permission that it needs, in the words of GitHub's token page. */
	readonly permission: string;
}

const TEXT_LIMIT = 400;

function field(value: unknown, name: string): unknown {
	return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

/** GitHub's own words about a refusal, with the details of each field; bounded. */
export function githubMessage(data: unknown): string {
	const message = field(data, 'message');
	const errors = field(data, 'errors');
	const details = (Array.isArray(errors) ? errors : []).map((entry: unknown) => {
		if (typeof entry === 'string') return entry;
		const own = field(entry, 'message');
		if (typeof own === 'string') return own;
		const words = [field(entry, 'field'), field(entry, 'code')].filter((word) => typeof word === 'string');
		return words.join(' ');
	});
	const text = [typeof message === 'string' ? message : '', ...details].filter((part) => part !== '').join('; ');
	return text.length > TEXT_LIMIT ? `${text.slice(0, TEXT_LIMIT)}…` : text;
}

function missing(response: GithubResponse, purpose: Purpose): string {
	const granular = response.headers['x-accepted-github-permissions'];
	const accepted = response.headers['x-accepted-oauth-scopes'];
	const held = response.headers['x-oauth-scopes'];
	if (granular !== undefined && granular !== '') return `It accepts the permissions: ${granular}.`;
	if (accepted !== undefined && accepted !== '' && held !== undefined && held !== '') return `It accepts one of the scopes: ${accepted}; the token has: ${held}.`;
	return `It needs: ${purpose.permission}.`;
}

/** When a refusal is a rate limit: the moment from which calls go through again, in ms since 1970; otherwise undefined. */
export function rateLimitedUntil(response: GithubResponse, now: number): number | undefined {
	const limited = response.status === 429 || (response.status === 403 && (response.headers['retry-after'] !== undefined || response.headers['x-ratelimit-remaining'] === '0' || /rate limit/i.test(githubMessage(response.data))));
	return limited || isGraphqlLimit(response.data) ? limitEnd(response, now) : undefined;
}

function isGraphqlLimit(data: unknown): boolean {
	const errors = field(data, 'errors');
	return Array.isArray(errors) && errors.some((entry: unknown) => field(entry, 'type') === 'RATE_LIMITED' || field(entry, 'type') === 'RATE_LIMIT');
}

function limitEnd(response: GithubResponse, now: number): number {
	const seconds = Number(response.headers['retry-after']);
	if (Number.isFinite(seconds)) return now + Math.max(1, seconds) * 1000;
	const reset = Number(response.headers['x-ratelimit-reset']);
	if (response.headers['x-ratelimit-remaining'] === '0' && Number.isFinite(reset)) return Math.max(now + 1000, reset * 1000);
	// A secondary limit without a time: GitHub asks for at least a minute.
	return now + 60_000;
}

export function rateLimitError(purpose: Purpose, until: number): MaestroError {
	const resetAt = new Date(until).toISOString();
	return new MaestroError('github_rate_limit', `GitHub's rate limit is used up: ${purpose.what} has to wait until ${resetAt}`, 'Wait until then, or give Maestro a token of its own, so that nothing else uses up its limit.', { resetAt });
}

export function unavailableError(purpose: Purpose, why: string, cause?: unknown): MaestroError {
	return new MaestroError('github_unavailable', `GitHub did not answer while ${purpose.what}: ${why}`, 'See githubstatus.com and the API URL of the Maestro GitHub credential, then run it again: what was done already is not done twice.', {}, cause);
}

export function brokenResponseError(purpose: Purpose, why: string): MaestroError {
	return new MaestroError('github_broken_response', `GitHub's answer while ${purpose.what} was cut off or is not what it should be: ${why}`, 'Run it again. If it stays, check that the API URL of the Maestro GitHub credential is an API address (GitHub Enterprise: https://<host>/api/v3) and that no proxy changes answers.');
}

/** The error for a status that is no success. */
export function responseError(response: GithubResponse, purpose: Purpose): MaestroError {
	const said = githubMessage(response.data);
	const facts = { status: response.status, requestId: response.headers['x-github-request-id'] ?? '' };
	const told = said === '' ? `status ${response.status}` : `${response.status} ${said}`;
	if (response.status === 401) return new MaestroError('github_auth', `GitHub did not accept the token while ${purpose.what} (${told})`, 'The token is wrong, expired or revoked: enter a new one in the Maestro GitHub credential.', facts);
	const sso = response.headers['x-github-sso'];
	if (response.status === 403 && sso !== undefined && sso !== '') return new MaestroError('github_auth', `The organisation asks for single sign-on while ${purpose.what}`, 'Authorise the token for the organisation: GitHub → Settings → Developer settings → the token → Configure SSO.', facts);
	if (response.status === 403) return new MaestroError('github_auth', `The token may not do this: ${purpose.what} (${told})`, `${missing(response, purpose)} Change the token on GitHub and enter it in the Maestro GitHub credential.`, facts);
	if (response.status === 404) return new MaestroError('github_not_found', `GitHub found nothing while ${purpose.what}`, `Check the name. GitHub also says so when the token may not see it: a fine-grained token must list the repository. ${missing(response, purpose)}`, facts);
	if (response.status >= 500) return unavailableError(purpose, told);
	return new MaestroError('github_rejected', `GitHub refused ${purpose.what} (${told})`, 'Mend what GitHub names, then run it again.', facts);
}
