import type { z } from '../schema';
import type { PathIndex } from './path-index';
import { sentryFingerprint } from './sentry-address';
import { sentryBody } from './sentry-body';
import { factsOfEvent, factsOfIssue, type SentryFacts } from './sentry-facts';
import { namedByFiles } from './sentry-files';
import { reasonToIgnoreFacts, repositoryOf, SENTRY_ISSUE_ACTIONS, SENTRY_RESOURCES, type SentryFilter } from './sentry-filter';
import { shownLine } from './sentry-line';
import { EVENT, ISSUE, parseJson, WEBHOOK } from './sentry-payload';
import { REGRESSED, type Severity, type Signal } from './signal';

export interface SentryDelivery {
	/** `Sentry-Hook-Resource` */
	readonly resource: string;
	readonly deliveryId: string;
	readonly body: string;
	/** ISO 8601. */
	readonly receivedAt: string;
	readonly filter: SentryFilter;
	/** An event that Sentry took in before then is not believed: whether its webhook was here already is no longer known. ISO 8601. */
	readonly notBefore: string;
}

type Refused =
	| { readonly kind: 'invalid'; readonly reason: string }
	/** `unforeseen`: nobody chose to leave it out, so that a person should hear of it. */
	| { readonly kind: 'ignored'; readonly reason: string; readonly unforeseen: boolean };

export interface SentrySignal {
	readonly kind: 'signal';
	readonly signal: Signal;
	readonly sentry: SentryFacts;
	/** The alert that sent it; empty for others. */
	readonly rule: string;
}

export type SentryReading = Refused | SentrySignal;

const LONGEST_RULE = 200;
const LONGEST_LABEL = 60;

function ignored(reason: string, unforeseen = false): Refused {
	return { kind: 'ignored', reason, unforeseen };
}

function severityOf({ level }: SentryFacts): Severity {
	switch (level) {
		case 'fatal':
			return 'urgent';
		case 'error':
			return 'high';
		case 'warning':
			return 'medium';
		case 'info':
		case 'debug':
			return 'low';
	}
}

interface Gist {
	readonly kind: string;
	readonly facts: SentryFacts;
	/** The alert that sent it; empty for others. */
	readonly rule: string;
	readonly installation: string;
}

type Webhook = z.output<typeof WEBHOOK>;

function gistOfIssue({ action, data, installation }: Webhook, { filter }: SentryDelivery): Gist | Refused {
	const change = SENTRY_ISSUE_ACTIONS.find((each) => each === action);
	if (change === undefined) return ignored(`an issue that is ${shownLine(action, LONGEST_LABEL)} asks for nothing`);
	if (filter.issueActions.length > 0 && !filter.issueActions.includes(change)) return ignored(`the action ${change} is not asked for`);
	return { kind: change === 'unresolved' ? REGRESSED : `issue.${change}`, facts: factsOfIssue(ISSUE.parse(data.issue)), rule: '', installation: installation.uuid };
}

function gistOfEvent(kind: string, given: unknown, { data, installation }: Webhook, { notBefore }: SentryDelivery): Gist | Refused {
	const event = EVENT.parse(given);
	if (event.received !== undefined && event.received * 1000 < Date.parse(notBefore)) return ignored('Sentry took its event in so long ago that this may be an old webhook, sent again');
	const rule = typeof data.triggered_rule === 'string' ? shownLine(data.triggered_rule, LONGEST_RULE) : '';
	return { kind, facts: factsOfEvent(event), rule, installation: installation.uuid };
}

function gistOf(delivery: SentryDelivery): Gist | Refused {
	const { resource, filter } = delivery;
	const body = parseJson(delivery.body);
	if (body === undefined) return { kind: 'invalid', reason: 'the body is no JSON' };
	if (resource === 'installation') return ignored('Sentry says that the integration was installed or taken away');
	if (resource === 'metric_alert') return ignored('a metric alert names no error to work on: use an issue alert');
	const known = SENTRY_RESOURCES.find((each) => each === resource);
	if (known === undefined) return ignored(`the resource ${shownLine(resource, LONGEST_LABEL)} is not known`, true);
	if (filter.resources.length > 0 && !filter.resources.includes(known)) return ignored(`the resource ${known} is not asked for`);
	const parsed = WEBHOOK.safeParse(body);
	if (!parsed.success) return { kind: 'invalid', reason: `the body is no webhook of Sentry: ${parsed.error.issues[0]?.path.join('.') ?? ''} ${parsed.error.issues[0]?.message ?? ''}` };
	switch (known) {
		case 'issue':
			return gistOfIssue(parsed.data, delivery);
		case 'event_alert':
			return gistOfEvent('event_alert.triggered', parsed.data.data.event, parsed.data, delivery);
		case 'error':
			return gistOfEvent('error.created', parsed.data.data.error, parsed.data, delivery);
	}
}

function labelsOf({ level, environment, release, shortId }: SentryFacts): string[] {
	const pairs = { level, environment, release, issue: shortId };
	// The task keeps its labels with commas between.
	return Object.entries(pairs).flatMap(([key, value]) => (value === '' ? [] : [`${key}: ${value}`.replaceAll(',', ' ').slice(0, LONGEST_LABEL)]));
}

/**
 * Reads one verified webhook of Sentry. Pure.
 *
 * There is no author: who caused an error, and so wrote part of its text, is not known. Trust is what the owner of the workflow gives to
 * Sentry's signature.
 */
export function readSentryWebhook(delivery: SentryDelivery): SentryReading {
	const { resource, filter } = delivery;
	if (resource === '') return { kind: 'invalid', reason: 'Sentry-Hook-Resource is missing' };
	const gist = gistOf(delivery);
	if (!('facts' in gist)) return gist;
	const { kind, facts, rule, installation } = gist;
	if (facts.issueId === '') return { kind: 'invalid', reason: `the body names no issue, as a webhook of ${resource} does` };
	const reason = reasonToIgnoreFacts(facts, filter);
	if (reason !== undefined) return ignored(reason);
	const repository = repositoryOf(facts, filter.projects);
	const project = facts.project === '' ? facts.projectId : facts.project;
	if (repository === '') return ignored(`no repository is given for Sentry's project "${project}"`, true);
	const signal: Signal = {
		source: 'sentry',
		kind,
		title: facts.title,
		body: sentryBody(facts, rule),
		url: facts.url,
		author: '',
		authorTrust: filter.trust,
		repository,
		fingerprint: sentryFingerprint([facts.project, facts.projectId, installation].find((scope) => scope !== '') ?? '', facts.issueId),
		...(facts.organization === '' ? {} : { names: [sentryFingerprint(facts.organization, facts.issueId)] }),
		severity: severityOf(facts),
		labels: labelsOf(facts),
		deliveryId: delivery.deliveryId,
		receivedAt: delivery.receivedAt,
		...(facts.count === undefined ? {} : { count: facts.count }),
	};
	return { kind: 'signal', signal, sentry: facts, rule };
}

/** What was read, with the places on the stack named by the files of the repository. */
export function withFiles(read: SentrySignal, files: PathIndex): SentrySignal {
	const sentry = { ...read.sentry, places: namedByFiles(read.sentry.places, files) };
	return { ...read, sentry, signal: { ...read.signal, body: sentryBody(sentry, read.rule) } };
}
