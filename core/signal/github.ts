import { type Check, type Item, parseBody, type Payload, PAYLOAD } from './github-payload';
import { type GithubFilter, reasonToIgnore } from './github-filter';
import { severityOf } from './severity';
import type { Signal } from './signal';
import { showText, visibleLine } from './text';
import { isBotLogin, trustOf } from './trust';

export interface GithubDelivery {
	/** `X-GitHub-Event` */
	readonly event: string;
	/** `X-GitHub-Delivery` */
	readonly deliveryId: string;
	readonly body: string;
	readonly contentType: string;
	/** ISO 8601. */
	readonly receivedAt: string;
	readonly filter: GithubFilter;
}

export interface ConcernedPullRequest {
	readonly repository: string;
	readonly number: number;
}

export type GithubReading =
	| { readonly kind: 'invalid'; readonly reason: string }
	| { readonly kind: 'ignored'; readonly reason: string }
	/** `pullRequests`: those that may have changed. Empty for a commit status: GitHub names only the commit. */
	/** `marked`: its text carries the mark by which Maestro knows its own words again, whoever wrote it. */
	| { readonly kind: 'signal'; readonly signal: Signal; readonly pullRequests: readonly ConcernedPullRequest[]; readonly marked: boolean };

const MARK = /<!-- maestro(?::[\w:./-]*)? -->/;

const TEXT_LIMIT = 100_000;

/** What of an event goes into the signal, before the parts that all events share. */
interface Gist {
	readonly kind: string;
	readonly title: string;
	readonly body: string;
	readonly url: string;
	readonly author: string;
	readonly association: string;
	readonly item?: Item;
	/** What the fingerprint ends in where there is no number. */
	readonly about: string;
	readonly pullRequests: readonly number[];
	readonly authored: boolean;
}

interface Words {
	readonly body?: string | null;
	readonly html_url?: string;
	readonly user?: { readonly login: string } | null;
	readonly author_association?: string;
}

function written(kind: string, item: Item, words: Words, isPull: boolean): Gist {
	return {
		kind,
		title: item.title,
		body: words.body ?? '',
		url: words.html_url ?? item.html_url,
		author: words.user?.login ?? 'ghost',
		association: words.author_association ?? 'NONE',
		item,
		about: `#${item.number}`,
		pullRequests: isPull ? [item.number] : [],
		authored: true,
	};
}

function checked(kind: string, check: Check, repository: Payload['repository']): Gist {
	// A fork's pull requests are listed with the fork's own numbers.
	const own = (check.pull_requests ?? []).filter((pull) => pull.base?.repo === undefined || pull.base.repo.url.toLowerCase().endsWith(`/${repository.full_name.toLowerCase()}`));
	const [first] = own;
	const title = `${check.name ?? 'Checks'}: ${check.conclusion ?? 'not finished'}`;
	return { kind, title, body: '', url: check.html_url ?? repository.html_url, author: '', association: 'NONE', about: first === undefined ? `@${check.head_sha}` : `#${first.number}`, pullRequests: own.map((pull) => pull.number), authored: false };
}

function gistOf(event: string, payload: Payload): Gist | undefined {
	const action = payload.action ?? '';
	const { repository, issue, pull_request: pull } = payload;
	switch (event) {
		case 'issues':
			return issue === undefined ? undefined : written(`issue.${action}`, issue, issue, false);
		case 'issue_comment':
			return issue === undefined || payload.comment === undefined ? undefined : written(`issue_comment.${action}`, issue, payload.comment, issue.pull_request !== undefined);
		case 'pull_request':
		case 'pull_request_review_thread':
			return pull === undefined ? undefined : written(`${event}.${action}`, pull, pull, true);
		case 'pull_request_review':
			return pull === undefined || payload.review === undefined ? undefined : written(`${event}.${action}`, pull, payload.review, true);
		case 'pull_request_review_comment':
			return pull === undefined || payload.comment === undefined ? undefined : written(`${event}.${action}`, pull, payload.comment, true);
		case 'check_run':
			return payload.check_run === undefined ? undefined : checked(`check_run.${action}`, payload.check_run, repository);
		case 'check_suite':
			return payload.check_suite === undefined ? undefined : checked(`check_suite.${action}`, payload.check_suite, repository);
		case 'status':
			return payload.sha === undefined ? undefined : checked(`status.${payload.state ?? ''}`, { head_sha: payload.sha, name: payload.context, conclusion: payload.state }, repository);
		case 'push':
			return payload.ref === undefined ? undefined : { ...checked('push', { head_sha: payload.after ?? '' }, repository), title: `Push to ${payload.ref}`, author: payload.sender?.login ?? '' };
		default:
			return undefined;
	}
}

const KNOWN = new Set(['issues', 'issue_comment', 'pull_request', 'pull_request_review', 'pull_request_review_comment', 'pull_request_review_thread', 'check_run', 'check_suite', 'status', 'push']);

/**
 * Reads one verified webhook of GitHub. Pure.
 *
 * The author is who wrote the text that an agent would read (the issue's author, not who labelled it), and trust is that
 * author's; to put a label on takes triage permission, which the filter on labels relies on. A bot is trusted as `none`.
 */
export function readGithubEvent(delivery: GithubDelivery): GithubReading {
	const { event, deliveryId, filter, receivedAt } = delivery;
	if (event === 'ping') return { kind: 'ignored', reason: 'GitHub asks whether this address answers' };
	if (event === '' || deliveryId === '') return { kind: 'invalid', reason: 'X-GitHub-Event or X-GitHub-Delivery is missing' };
	if (!KNOWN.has(event)) return { kind: 'ignored', reason: `the event ${event} is not known` };
	const parsed = PAYLOAD.safeParse(parseBody(delivery.body, delivery.contentType));
	if (!parsed.success) return { kind: 'invalid', reason: `the body is not a ${event} event: ${parsed.error.issues[0]?.path.join('.') ?? ''} ${parsed.error.issues[0]?.message ?? ''}` };
	const payload = parsed.data;
	const gist = gistOf(event, payload);
	if (gist === undefined) return { kind: 'invalid', reason: `the body is not a ${event} event` };
	const repository = payload.repository.full_name;
	const labels = (gist.item?.labels ?? []).map((label) => visibleLine(label.name));
	const { text: body, hidden } = showText(gist.body.slice(0, TEXT_LIMIT));
	const signal: Signal = {
		source: 'github',
		kind: gist.kind,
		title: visibleLine(gist.title),
		body,
		url: gist.url,
		author: gist.author,
		authorTrust: isBotLogin(gist.author) ? 'none' : trustOf(gist.association),
		repository,
		fingerprint: `github:${repository.toLowerCase()}${gist.about}`,
		severity: severityOf(labels),
		labels,
		deliveryId,
		receivedAt,
		...(hidden.length === 0 ? {} : { hidden: [...hidden] }),
		...(gist.item === undefined ? {} : { number: gist.item.number }),
		// https://docs.github.com/en/webhooks/webhook-events-and-payloads#issues: it stays so until the issue is closed again.
		...(event === 'issues' && payload.issue?.state === 'open' && payload.issue.state_reason === 'reopened' ? { reopened: true } : {}),
	};
	const action = payload.action ?? '';
	const changedLabel = action === 'labeled' || action === 'unlabeled' ? (payload.label?.name ?? '') : '';
	const reason = reasonToIgnore({ event, action, changedLabel, authored: gist.authored, signal }, filter);
	if (reason !== undefined) return { kind: 'ignored', reason };
	return { kind: 'signal', signal, pullRequests: gist.pullRequests.map((number) => ({ repository, number })), marked: MARK.test(gist.body) };
}
