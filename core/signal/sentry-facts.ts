import { readSentryAddress, webAddress } from './sentry-address';
import { placeOf, stackPlaces, type StackPlace } from './sentry-frames';
import { shownLine } from './sentry-line';
import type { Event, Issue } from './sentry-payload';


export const SENTRY_LEVELS = ['fatal', 'error', 'warning', 'info', 'debug'] as const;
export type SentryLevel = (typeof SENTRY_LEVELS)[number];

export interface SentryError {
	readonly type: string;
	readonly value: string;
}

/** What is known of an issue of Sentry. Every text in it came from outside: bounded, on one line, without what is hidden. */
export interface SentryFacts {
	readonly organization: string;
	/** The slug of Sentry's project; empty where it is not said. */
	readonly project: string;
	/** Sentry's number of that project. */
	readonly projectId: string;
	readonly issueId: string;
	/** What people call the issue, such as `SHOP-12`. */
	readonly shortId: string;
	readonly title: string;
	readonly culprit: string;
	readonly level: SentryLevel;
	/** Empty: not said, as always of an issue. */
	readonly environment: string;
	readonly release: string;
	readonly platform: string;
	/** How often it was seen, and by how many users. Undefined: not said, as always of an event. */
	readonly count?: number;
	readonly users?: number;
	readonly firstSeen: string;
	readonly lastSeen: string;
	/** The page of it in Sentry. */
	readonly url: string;
	/** What was thrown, the last first; the further ones led to it. */
	readonly errors: readonly SentryError[];
	readonly places: readonly StackPlace[];
	readonly tags: readonly { readonly key: string; readonly value: string }[];
}

const LONGEST_LINE = 300;
const LONGEST_VALUE = 1_000;
const LONGEST_TAG = 120;
const MOST_TAGS = 20;
const MOST_ERRORS = 4;
/** They say who it happened to. An issue on GitHub may be read by more people than Sentry. */
const PERSONAL = /^(?:user|ip|ip_address|client_ip|email|username|session|cookie|authorization|token|password|secret|server_name|device\.(?:id|name))(?:$|[._-])/i;
/** Said elsewhere already. */
const SAID = new Set(['level', 'environment', 'release']);

function line(text: string, limit = LONGEST_LINE): string {
	return shownLine(text, limit);
}

function levelOf(level: string): SentryLevel {
	// Sentry's own default is error; `sample` is an example that it makes itself.
	if (level === 'sample') return 'info';
	return SENTRY_LEVELS.find((known) => known === level.toLowerCase()) ?? 'error';
}

/** The first address that names it counts. */
function named(field: 'organization' | 'project' | 'issueId', addresses: readonly string[]): string {
	return addresses.map((address) => readSentryAddress(address)[field]).find((value) => value !== '') ?? '';
}

function isId(text: string): boolean {
	return /^\d{1,20}$/.test(text);
}

function tagsOf(event: Event): SentryFacts['tags'] {
	return event.tags
		.map(({ key, value }) => ({ key: line(key, LONGEST_TAG), value: line(value.replace(/^(\w+:\/\/[^?#]*)[?#].*$/, '$1'), LONGEST_TAG) }))
		.filter(({ key, value }) => key !== '' && value !== '' && !PERSONAL.test(key) && !SAID.has(key))
		.slice(0, MOST_TAGS);
}

function tag(event: Event, name: string): string {
	return event.tags.find(({ key }) => key === name)?.value ?? '';
}

function errorsOf(event: Event): SentryError[] {
	return event.exception.values
		.toReversed()
		.map(({ type, value }) => ({ type: line(type), value: line(value, LONGEST_VALUE) }))
		.filter(({ type, value }) => type !== '' || value !== '')
		.slice(0, MOST_ERRORS);
}

function titleOf(title: string, metadata: Event['metadata'], message: string, issueId: string): string {
	const described = metadata.type === '' ? metadata.title : [metadata.type, metadata.value].filter((part) => part !== '').join(': ');
	return [title, described, message].map((text) => line(text)).find((text) => text !== '') ?? `Sentry issue ${issueId}`;
}

/** Of an event, as alerts and error webhooks carry it. */
export function factsOfEvent(event: Event): SentryFacts {
	const addresses = [event.web_url, event.url, event.issue_url];
	const issueId = isId(event.issue_id) ? event.issue_id : named('issueId', [event.issue_url, event.web_url]);
	return {
		organization: named('organization', addresses),
		project: named('project', addresses),
		projectId: isId(event.project) ? event.project : '',
		issueId,
		shortId: '',
		title: titleOf(event.title, event.metadata, event.message, issueId),
		culprit: line(event.culprit),
		level: levelOf(event.level),
		environment: line(event.environment === '' ? tag(event, 'environment') : event.environment, LONGEST_TAG),
		release: line(event.release === '' ? tag(event, 'release') : event.release, LONGEST_TAG),
		platform: line(event.platform, LONGEST_TAG),
		firstSeen: '',
		lastSeen: '',
		url: webAddress(event.web_url),
		errors: errorsOf(event),
		places: stackPlaces(event),
		tags: tagsOf(event),
	};
}

export function factsOfIssue(issue: Issue): SentryFacts {
	const addresses = [issue.web_url, issue.permalink, issue.url, issue.project_url];
	const { metadata } = issue;
	const thrown = { type: line(metadata.type), value: line(metadata.value, LONGEST_VALUE) };
	return {
		organization: named('organization', addresses),
		project: line(issue.project.slug, LONGEST_TAG).toLowerCase(),
		projectId: isId(issue.project.id) ? issue.project.id : '',
		issueId: isId(issue.id) ? issue.id : named('issueId', addresses),
		shortId: line(issue.shortId, LONGEST_TAG),
		title: titleOf(issue.title, metadata, '', issue.id),
		culprit: line(issue.culprit),
		level: levelOf(issue.level),
		environment: '',
		release: '',
		platform: line(issue.platform, LONGEST_TAG),
		...(issue.count === undefined ? {} : { count: issue.count }),
		...(issue.userCount === undefined ? {} : { users: issue.userCount }),
		firstSeen: line(issue.firstSeen, LONGEST_TAG),
		lastSeen: line(issue.lastSeen, LONGEST_TAG),
		url: webAddress(issue.web_url) || webAddress(issue.permalink),
		errors: thrown.type === '' && thrown.value === '' ? [] : [thrown],
		// Without a stack, Sentry still says where it was thrown.
		places: metadata.filename === '' ? [] : [placeOf({ filename: metadata.filename, function: metadata.function, abs_path: '', module: '', context_line: '', lineno: undefined, in_app: true })],
		tags: [],
	};
}
