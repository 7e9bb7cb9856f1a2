/** What an address of Sentry names; empty where it does not. Slugs are in lower case. */
export interface SentryAddress {
	readonly organization: string;
	readonly project: string;
	readonly issueId: string;
}

const NOTHING: SentryAddress = { organization: '', project: '', issueId: '' };
/** Subdomains of sentry.io that are a region or a service and no organization. */
const NO_ORGANIZATION = new Set(['', 'www', 'us', 'us2', 'de', 'eu', 'docs', 'api']);
const LONGEST = 2_000;

function parse(address: string): URL | undefined {
	if (address.length > LONGEST || !URL.canParse(address)) return undefined;
	const url = new URL(address);
	return url.protocol === 'https:' || url.protocol === 'http:' ? url : undefined;
}

/** The address as it may stand in a text; empty when it is none of the web. */
export function webAddress(address: string): string {
	const href = parse(address)?.href ?? '';
	return href.length > LONGEST ? '' : href;
}

/** A Sentry of one's own that was not told its own address writes only what comes after it. */
function parseNamed(address: string): URL | undefined {
	return /^\/(?!\/)/.test(address) ? parse(`http://sentry.invalid${address}`) : parse(address);
}

function after(segments: readonly string[], ...names: readonly string[]): string {
	const index = segments.findIndex((segment) => names.includes(segment));
	return index === -1 ? '' : (segments[index + 1] ?? '');
}

/**
 * Reads the addresses of Sentry's pages and of its API, of sentry.io (`acme.sentry.io/issues/12/`, `sentry.io/organizations/acme/issues/12/`)
 * as of an installation of one's own.
 */
export function readSentryAddress(address: string): SentryAddress {
	const url = parseNamed(address);
	if (url === undefined) return NOTHING;
	const segments = url.pathname.toLowerCase().split('/').filter((segment) => segment !== '');
	const isApi = segments[0] === 'api';
	const subdomain = url.hostname.endsWith('.sentry.io') ? url.hostname.slice(0, -'.sentry.io'.length) : '';
	const issueId = /^\d{1,20}$/.exec(after(segments, 'issues', 'groups'))?.[0] ?? '';
	// In the API a project stands below its organization: /api/0/projects/<organization>/<project>/events/<event>/.
	const below = isApi ? segments.slice(segments.indexOf('projects') + 1) : [];
	const [owner = '', project = ''] = isApi && segments.includes('projects') ? below : [];
	const named = after(segments, 'organizations') || owner;
	return {
		organization: named || (NO_ORGANIZATION.has(subdomain) ? '' : subdomain),
		project: project || (isApi ? '' : after(segments, 'projects')),
		issueId,
	};
}

/** Of webhooks `scope` is the project, which all of them name; of links it is the organization. Issues are numbered through in all of a Sentry. */
export function sentryFingerprint(scope: string, issueId: string): string {
	return `sentry:${scope.toLowerCase()}:${issueId}`;
}
