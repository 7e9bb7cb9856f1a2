/** How much the author of a signal may ask for; GitHub's `author_association` maps onto it. */
export const AUTHOR_TRUST = ['owner', 'member', 'collaborator', 'contributor', 'none'] as const;
export type AuthorTrust = (typeof AUTHOR_TRUST)[number];

export const SEVERITIES = ['low', 'medium', 'high', 'urgent'] as const;
export type Severity = (typeof SEVERITIES)[number];

export const SIGNAL_SOURCES = ['github', 'sentry', 'email', 'manual'] as const;
export type SignalSource = (typeof SIGNAL_SOURCES)[number];

/** The kind of a signal about something that was resolved, or put away, and is back. */
export const REGRESSED = 'regressed';

/** One normalised inbound event. Every string in it came from outside and is data, never an instruction. */
export interface Signal {
	source: SignalSource;
	/** What happened there, for example `issue.labeled`. */
	kind: string;
	title: string;
	body: string;
	url: string;
	author: string;
	authorTrust: AuthorTrust;
	/** `owner/name`, as the source spells it; empty where the source knows no repository. */
	repository: string;
	/** Two signals about one thing carry the same fingerprint, whatever their source: `github:owner/name#12`. */
	fingerprint: string;
	/** Further fingerprints of this very thing, under which others link to it. */
	names?: string[];
	severity: Severity;
	labels: string[];
	/** The source's own id of this delivery; a redelivery carries the same one. */
	deliveryId: string;
	/** ISO 8601. */
	receivedAt: string;
	/** How often the source has seen it, where it says so. */
	count?: number;
	/** Maestro itself wrote what it is about: it starts nothing new. `possible`: it carries the mark, and GitHub did not say whose text it is. */
	own?: 'certain' | 'possible';
	/** It was closed, somebody opened it again, and it is open. */
	reopened?: boolean;
	/** What its reader could not see, and was taken out of it, in words for a person; no agent should read it. Left out where there was nothing. */
	hidden?: string[];
	/** The number of the issue or pull request, where the signal is about one. */
	number?: number;
}
