import type { IHookFunctions, IWebhookFunctions } from 'n8n-workflow';
import { AUTHOR_TRUST, type AuthorTrust } from '../../core/signal/signal';
import { boolean, list, number, oneOf, taskId } from '../shared/parameters';

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

export type TriggerParameters = GithubTriggerParameters | MaestroTriggerParameters;

export function readParameters(context: IHookFunctions | IWebhookFunctions): TriggerParameters {
	const value = (name: string): unknown => context.getNodeParameter(name, null);
	const source = oneOf(value('source') ?? 'github', 'Source', ['github', 'maestro']);
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
	}
}
