import { isBotLogin, trustedAtLeast } from './trust';
import type { AuthorTrust, Signal } from './signal';

/** Which events start a workflow; an empty list means all. */
export interface GithubFilter {
	readonly events: readonly string[];
	readonly actions: readonly string[];
	readonly labels: readonly string[];
	readonly repositories: readonly string[];
	readonly minimumTrust: AuthorTrust;
}

export interface FilteredEvent {
	readonly event: string;
	readonly action: string;
	/** The label that was put on or taken off just now; empty where that is not what happened. */
	readonly changedLabel: string;
	/** Somebody wrote what is in it, so that trust counts. A check has no author. */
	readonly authored: boolean;
	readonly signal: Pick<Signal, 'repository' | 'labels' | 'author' | 'authorTrust'>;
}

function lists(list: readonly string[], value: string): boolean {
	return list.some((entry) => entry.trim().toLowerCase() === value.toLowerCase());
}

/** Why an event does not pass; undefined when it does. */
export function reasonToIgnore(seen: FilteredEvent, filter: GithubFilter): string | undefined {
	const { event, action, signal } = seen;
	if (filter.events.length > 0 && !lists(filter.events, event)) return `the event ${event} is not asked for`;
	if (filter.actions.length > 0 && action !== '' && !lists(filter.actions, action)) return `the action ${action} is not asked for`;
	if (filter.repositories.length > 0 && !lists(filter.repositories, signal.repository)) return `the repository ${signal.repository} is not asked for`;
	if (filter.labels.length > 0 && seen.authored) {
		// When a label is put on, that label counts: another one on a thing that carries `auto` already must not start it again.
		const counting = seen.changedLabel === '' ? signal.labels : [seen.changedLabel];
		if (!counting.some((label) => lists(filter.labels, label))) return `none of the labels ${filter.labels.join(', ')} is on it`;
	}
	if (!seen.authored || filter.minimumTrust === 'none') return undefined;
	if (isBotLogin(signal.author)) return `${signal.author} is a bot`;
	if (!trustedAtLeast(signal.authorTrust, filter.minimumTrust)) return `${signal.author} is trusted as ${signal.authorTrust}, and ${filter.minimumTrust} is asked for`;
	return undefined;
}
