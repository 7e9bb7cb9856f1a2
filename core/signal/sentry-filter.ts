import type { SentryFacts, SentryLevel } from './sentry-facts';
import type { AuthorTrust } from './signal';

export const SENTRY_RESOURCES = ['event_alert', 'issue', 'error'] as const;
export type SentryResource = (typeof SENTRY_RESOURCES)[number];

export const SENTRY_ISSUE_ACTIONS = ['created', 'unresolved', 'resolved'] as const;
export type SentryIssueAction = (typeof SENTRY_ISSUE_ACTIONS)[number];

/** Which repository a project of Sentry's belongs to. Only the owner of the workflow says so, never a webhook. */
export interface SentryProject {
	/** Its slug or number; empty: every project that no other entry names. */
	readonly sentryProject: string;
	readonly repository: string;
}

/** Which webhooks start a workflow; an empty list means all. */
export interface SentryFilter {
	readonly resources: readonly SentryResource[];
	readonly issueActions: readonly SentryIssueAction[];
	readonly projects: readonly SentryProject[];
	readonly levels: readonly SentryLevel[];
	readonly environments: readonly string[];
	/** 0 and 1: none. */
	readonly minimumCount: number;
	/** What a signed webhook counts as where a project asks for trust. */
	readonly trust: AuthorTrust;
}

/** Empty: none of the entries is for it. */
export function repositoryOf({ project, projectId }: Pick<SentryFacts, 'project' | 'projectId'>, projects: readonly SentryProject[]): string {
	const names = [project, projectId].filter((name) => name !== '');
	const named = projects.find(({ sentryProject }) => names.includes(sentryProject.trim().toLowerCase()));
	return (named ?? projects.find(({ sentryProject }) => sentryProject.trim() === ''))?.repository ?? '';
}

/** Why an issue does not pass; undefined when it does. */
export function reasonToIgnoreFacts(facts: SentryFacts, filter: SentryFilter): string | undefined {
	const { level, environment, count } = facts;
	if (filter.levels.length > 0 && !filter.levels.includes(level)) return `the level ${level} is not asked for`;
	if (filter.environments.length > 0 && !filter.environments.some((each) => each.trim().toLowerCase() === environment.toLowerCase())) {
		return environment === '' ? 'it does not say its environment, and only some are asked for' : `the environment ${environment} is not asked for`;
	}
	if (count !== undefined && count < filter.minimumCount) return `it was seen ${count} times, and ${filter.minimumCount} are asked for`;
	return undefined;
}
