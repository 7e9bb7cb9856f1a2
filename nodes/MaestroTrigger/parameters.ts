import type { IHookFunctions, IWebhookFunctions } from 'n8n-workflow';
import { AUTHOR_TRUST, type AuthorTrust } from '../../core/signal/signal';
import { SENTRY_LEVELS } from '../../core/signal/sentry-facts';
import { SENTRY_ISSUE_ACTIONS, SENTRY_RESOURCES, type SentryFilter, type SentryProject } from '../../core/signal/sentry-filter';
import { badParameter } from '../shared/items';
import { boolean, list, number, oneOf, readOptions, string, taskId } from '../shared/parameters';

export interface GithubTriggerParameters {
	readonly source: 'github';
	readonly events: readonly string[];
	readonly actions: readonly string[];
	readonly labels: readonly string[];
	/** Empty: the repositories of all projects. */
	readonly repositories: readonly string[];
	readonly minimumTrust: AuthorTrust;
	readonly registerWebhook: boolean;
}

export interface MaestroTriggerParameters {
	readonly source: 'maestro';
	readonly events: readonly string[];
	/** 0: of every project. */
	readonly projectId: number;
	readonly maxRunning: number;
}

/** `projects` empty: the only project that Maestro has. */
export interface SentryTriggerParameters extends SentryFilter {
	readonly source: 'sentry';
}

export type TriggerParameters = GithubTriggerParameters | MaestroTriggerParameters | SentryTriggerParameters;

function manyOf<const V extends string>(value: unknown, label: string, values: readonly V[]): V[] {
	return list(value).map((entry) => oneOf(entry, label, values));
}

function sentryProjects(value: unknown): SentryProject[] {
	const { map } = readOptions(value);
	return (Array.isArray(map) ? map : []).map((entry: unknown) => {
		const row = readOptions(entry);
		const repository = string(row.repository, 'Repository').trim();
		if (!/^[\w.-]+\/[\w.-]+$/.test(repository)) throw badParameter('Repository', `is "${repository}"`, 'Give the repository of a project as owner/name.');
		return { sentryProject: string(row.sentryProject, 'Sentry Project').trim(), repository };
	});
}

export function readParameters(context: IHookFunctions | IWebhookFunctions): TriggerParameters {
	const value = (name: string): unknown => context.getNodeParameter(name, null);
	const source = oneOf(value('source') ?? 'github', 'Source', ['github', 'maestro', 'sentry']);
	switch (source) {
		case 'maestro':
			return {
				source,
				events: list(value('maestroEvents')),
				projectId: taskId(value('projectId')),
				maxRunning: number(value('maxRunning') ?? 3, 'Max Running Tasks'),
			};
		case 'github':
			return {
				source,
				events: list(value('events')),
				actions: list(value('actions')),
				labels: list(value('labels')),
				repositories: list(value('repositories')),
				minimumTrust: oneOf(value('minimumTrust') ?? 'none', 'Minimum Author Trust', AUTHOR_TRUST),
				registerWebhook: boolean(value('registerWebhook'), true),
			};
		case 'sentry':
			return {
				source,
				projects: sentryProjects(value('sentryProjects')),
				resources: manyOf(value('sentryResources'), 'Webhooks', SENTRY_RESOURCES),
				issueActions: manyOf(value('sentryIssueActions'), 'Issue Actions', SENTRY_ISSUE_ACTIONS),
				levels: manyOf(value('sentryLevels'), 'Levels', SENTRY_LEVELS),
				environments: list(value('sentryEnvironments')),
				minimumCount: number(value('sentryMinimumCount') ?? 0, 'Minimum Count'),
				trust: oneOf(value('sentryTrust') ?? 'collaborator', 'Trust', AUTHOR_TRUST),
			};
	}
}
