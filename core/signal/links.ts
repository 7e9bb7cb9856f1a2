import { readSentryAddress, sentryFingerprint } from './sentry-address';

/** What a text links to and that may have a task already. */
export interface SourceLink {
	readonly source: 'github' | 'sentry';
	readonly url: string;
	/** As a signal of that source about it carries it. */
	readonly fingerprint: string;
}

export interface LinkScope {
	/** `owner/name`: links to other repositories do not count. */
	readonly repository: string;
	/** Where GitHub is; `https://github.com` unless it is one's own. */
	readonly githubUrl?: string;
	/** Hosts of one's own Sentry; sentry.io counts always. */
	readonly sentryHosts?: readonly string[];
}

const ADDRESS = /https?:\/\/[^\s<>"'`|\\^{}]{1,2000}/gi;
const MOST_ADDRESSES = 1_000;
const MOST_LINKS = 20;
/** As much as a task keeps of a text. */
const LONGEST_TEXT = 100_000;

const ENDS_SENTENCE = new Set('.,;:!?*_~');
const OPENS = new Set('([');
const CLOSES = new Set(')]');

/**
 * Punctuation that ends the sentence, not the address; a closing bracket belongs to it where one was opened. Each character is looked at twice at most:
 * the text is a stranger's, and all of n8n waits meanwhile.
 */
function trimmed(address: string): string {
	let open = 0;
	for (const character of address) open += OPENS.has(character) ? 1 : CLOSES.has(character) ? -1 : 0;
	let end = address.length;
	for (; end > 0; end--) {
		const last = address.charAt(end - 1);
		if (CLOSES.has(last) && open < 0) open += 1;
		else if (!ENDS_SENTENCE.has(last)) break;
	}
	return address.slice(0, end);
}

function githubLink(url: URL, { repository, githubUrl = 'https://github.com' }: LinkScope): SourceLink | undefined {
	if (!URL.canParse(githubUrl) || url.host.toLowerCase().replace(/^www\./, '') !== new URL(githubUrl).host.toLowerCase()) return undefined;
	const [, owner = '', name = '', number = ''] = /^\/([^/]+)\/([^/]+)\/issues\/(\d{1,9})(?:\/|$)/.exec(url.pathname) ?? [];
	const of = `${owner}/${name}`.toLowerCase();
	if (number === '' || repository === '' || of !== repository.toLowerCase()) return undefined;
	return { source: 'github', url: `${url.origin}/${owner}/${name}/issues/${Number(number)}`, fingerprint: `github:${of}#${Number(number)}` };
}

function sentryLink(url: URL, { sentryHosts = [] }: LinkScope): SourceLink | undefined {
	const host = url.hostname.toLowerCase();
	if (host !== 'sentry.io' && !host.endsWith('.sentry.io') && !sentryHosts.some((own) => own.toLowerCase() === host)) return undefined;
	const { organization, project, issueId } = readSentryAddress(url.href);
	const scope = organization === '' ? project : organization;
	if (issueId === '' || scope === '') return undefined;
	return { source: 'sentry', url: `${url.origin}${url.pathname}`, fingerprint: sentryFingerprint(scope, issueId) };
}

/** The GitHub issues of the repository and the Sentry issues that the beginning of a text links to, each once, in their order. */
export function extractLinks(text: string, scope: LinkScope): SourceLink[] {
	const found = new Map<string, SourceLink>();
	let seen = 0;
	for (const [address] of text.slice(0, LONGEST_TEXT).matchAll(ADDRESS)) {
		seen += 1;
		if (seen > MOST_ADDRESSES || found.size >= MOST_LINKS) break;
		const plain = trimmed(address);
		if (!URL.canParse(plain)) continue;
		const url = new URL(plain);
		const link = githubLink(url, scope) ?? sentryLink(url, scope);
		if (link !== undefined && !found.has(link.fingerprint)) found.set(link.fingerprint, link);
	}
	return [...found.values()];
}
