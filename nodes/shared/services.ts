import { randomUUID } from 'node:crypto';
import { sleep, systemClock } from '../../core/clock';
import { openRepository } from '../../core/git/repository';
import { MaestroError } from '../../core/errors';
import type { Repository } from '../../core/git/git';
import { cloneUrl, createGithubClient } from '../../core/github/client';
import type { GithubClient } from '../../core/github/github';
import { redactor, type Redact } from '../../core/redact';
import type { TaskTools } from '../../core/task/tools';
import { readGithub, readN8n, type CredentialReader, type GithubSettings } from './credentials';
import { dataDirectory } from './data-dir';
import { requireHost } from './host-version';
import { hostFetch, type HttpHelpers } from './http';
import { createN8nApi, type N8nApi } from './n8n-api';
import { openDataTables, viewOf } from './store/open';

const GITHUB_TIMEOUT_MS = 60_000;

export interface ServiceContext extends CredentialReader {
	helpers: HttpHelpers;
	/** A hook has none. */
	getExecutionId?(): string;
	getWorkflow(): { id?: string };
}

/** What Maestro works with in one run of a node: n8n, its tables, and the secrets that must not leave. */
export interface Services extends TaskTools {
	readonly n8n: N8nApi;
	/** What is remembered or done together in one process is so for this n8n and this key only: each user has tables of their own. */
	readonly instance: string;
	/** Empty in a hook. */
	readonly executionId: string;
	readonly workflowId: string;
	readonly dataDir: string;
	/** Masks every secret that this run has seen so far. */
	readonly redact: (text: string) => string;
	addSecret(secret: string): void;
	/** Every secret that this run has seen so far. */
	secrets(): readonly string[];
}

export interface Github {
	readonly client: GithubClient;
	readonly settings: GithubSettings;
	repository(fullName: string): Repository;
}

/**
 * n8n shows a key only what its owner may see, and answers "not found" for the rest: where not even this very execution is to be seen, nothing
 * is known of others, which would be taken for dead.
 */
function withOwnEyes(n8n: N8nApi, executionId: string): N8nApi {
	const executionState: N8nApi['executionState'] = async (id, signal) => {
		const state = await n8n.executionState(id, signal);
		if (state !== 'missing' || executionId === '' || (await n8n.executionState(executionId, signal)) !== 'missing') return state;
		throw new MaestroError(
			'n8n_scopes',
			`n8n hides this execution (${executionId}) from the API key, so that living executions would be taken for dead`,
			'The key belongs to another user: make one as the user who owns the workflows, and enter it in the Maestro n8n API credential.',
			{ execution: executionId },
		);
	};
	return { ...n8n, executionState };
}

export async function openServices(context: ServiceContext): Promise<Services> {
	await requireHost();
	const settings = await readN8n(context);
	const secrets = new Set<string>([settings.apiKey]);
	let redact: Redact = redactor([...secrets]);
	const executionId = context.getExecutionId?.() ?? '';
	return {
		n8n: withOwnEyes(createN8nApi(settings, context.helpers), executionId),
		instance: viewOf(settings),
		executionId,
		workflowId: context.getWorkflow().id ?? '',
		store: openDataTables(settings, context.helpers),
		clock: systemClock,
		dataDir: dataDirectory(),
		redact: (text) => redact(text),
		addSecret: (secret) => {
			secrets.add(secret);
			redact = redactor([...secrets]);
		},
		secrets: () => [...secrets],
		newToken: () => randomUUID(),
		random: Math.random,
		pause: sleep,
	};
}

export async function openGithub(context: ServiceContext, services: Services): Promise<Github> {
	const settings = await readGithub(context);
	services.addSecret(settings.accessToken);
	if (settings.webhookSecret !== '') services.addSecret(settings.webhookSecret);
	return {
		settings,
		client: createGithubClient({
			token: settings.accessToken,
			apiUrl: settings.apiUrl,
			fetch: hostFetch(context.helpers, GITHUB_TIMEOUT_MS),
		}),
		repository: (fullName) =>
			openRepository({
				dataDir: services.dataDir,
				repository: fullName,
				cloneUrl: cloneUrl(settings.webUrl, fullName),
				token: settings.accessToken,
			}),
	};
}
