/** What a person does to an n8n that has this package: make credentials, import and publish the workflows, add a project. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { SCOPES } from '../../../nodes/shared/store/connection';

import type { N8nClient } from './client';
import { sendForm, type Filled, type FormPage } from './form';
import { createApiKey, type N8n } from './n8n';
import { repositoryRoot } from './paths';
import { waitFor } from './poll';
import { list, property, text } from './rest';
import type { ChosenCredentials, WorkflowJson } from './workflows';

export const WORKFLOWS = {
	setup: 'maestro-setup.json',
	issueToTask: 'github-issue-to-task.json',
	taskToPr: 'task-to-pr.json',
	reconcile: 'maestro-reconcile.json',
	tasks: 'maestro-tasks.json',
	sentryToTask: 'sentry-to-task.json',
	emailTriage: 'email-triage.json',
	featureDecomposition: 'feature-decomposition.json',
	dailyDigest: 'daily-digest.json',
	healthCheck: 'health-check.json',
} as const;
export type WorkflowName = keyof typeof WORKFLOWS;

/** What every installation has: without these no issue becomes a pull request. */
export const workflowNames = ['setup', 'issueToTask', 'taskToPr', 'reconcile'] as const;
export type CoreWorkflow = (typeof workflowNames)[number];
/** What a user imports where it is wanted. */
export type FurtherWorkflow = Exclude<WorkflowName, CoreWorkflow>;
/** Each is published once the project is there: publishing makes the webhooks of the projects that it finds. */
export const publishedAfterSetup: readonly CoreWorkflow[] = ['taskToPr', 'reconcile', 'issueToTask'];

export interface Secrets {
	readonly claude: { readonly token: string; readonly baseUrl: string; readonly cliPath: string };
	readonly github: { readonly token: string; readonly apiUrl: string; readonly webUrl: string; readonly webhookSecret: string };
	/** Who may fill in the forms. */
	readonly form: FormLogin;
}

export interface FormLogin {
	readonly user: string;
	readonly password: string;
}

/** What the README tells people to tick, and no more. */
export const API_KEY_SCOPES = [...SCOPES, 'execution:read'] as const;

export const CREDENTIAL_TYPES = ['maestroClaudeApi', 'maestroGithubApi', 'maestroN8nApi', 'httpBasicAuth'] as const;
export type CredentialType = (typeof CREDENTIAL_TYPES)[number];
export type Credentials = Readonly<Record<CredentialType, { id: string; name: string }>>;

export async function createCredentials(n8n: Pick<N8n, 'client' | 'url'>, { claude, github, form }: Secrets): Promise<Credentials> {
	const { client } = n8n;
	const apiKey = await createApiKey(n8n.url, client.cookie, API_KEY_SCOPES);
	return {
		maestroClaudeApi: await client.createCredential('maestroClaudeApi', 'Claude', { authMethod: 'oauthToken', ...claude }),
		maestroGithubApi: await client.createCredential('maestroGithubApi', 'GitHub', { accessToken: github.token, apiUrl: github.apiUrl, webUrl: github.webUrl, webhookSecret: github.webhookSecret }),
		maestroN8nApi: await client.createCredential('maestroN8nApi', 'n8n', { baseUrl: n8n.url, apiKey }),
		httpBasicAuth: await client.createCredential('httpBasicAuth', 'Maestro forms', { ...form }),
	};
}

export async function readWorkflow(name: WorkflowName): Promise<WorkflowJson> {
	const parsed: WorkflowJson = JSON.parse(await readFile(join(repositoryRoot, 'workflows', WORKFLOWS[name]), 'utf8'));
	return parsed;
}

/** Imports one bundled workflow and chooses the credentials in it. Gives its id. */
export async function importBundled(client: N8nClient, name: WorkflowName, { httpBasicAuth, ...maestro }: Credentials & ChosenCredentials, adapt: (name: WorkflowName, workflow: WorkflowJson) => WorkflowJson = (_, workflow) => workflow): Promise<string> {
	// A Wait node could take basic auth as well; only the forms ask for it.
	const chosen: ChosenCredentials = name === 'setup' || name === 'tasks' ? { ...maestro, httpBasicAuth } : maestro;
	return await client.importWorkflow(adapt(name, await readWorkflow(name)), chosen);
}

export type Project = Readonly<Record<string, unknown>>;

/** The fields of the set-up form in their order, by which n8n knows the answers. */
async function formFields(): Promise<string[]> {
	const { nodes } = await readWorkflow('setup');
	const form = nodes.find(({ name }) => name === 'Project form');
	return list(form, 'parameters', 'formFields', 'values').map((field) => text(field, 'fieldName'));
}

/** Sends both pages of the set-up form, with an answer for each field of the first, and gives the page that follows. */
export async function sendSetUpForm(form: Filled, entered: readonly string[]): Promise<FormPage> {
	const lookedOver = await sendForm(form, 'maestro-setup', entered);
	return await lookedOver.send(['', 'yes']);
}

/** Fills in the set-up form as a person does, and waits until the project is there. The set-up workflow must be published. */
export async function addProject(n8n: Pick<N8n, 'client' | 'url'>, setup: string, login: FormLogin, repository: string, fields: Project = {}): Promise<void> {
	const answers: Project = { maxRunning: 3, minimumTrust: 'collaborator', ...fields, repository };
	const entered = (await formFields()).map((name) => {
		const answer = answers[name];
		return typeof answer === 'string' || typeof answer === 'number' ? String(answer) : '';
	});
	await sendSetUpForm({ n8n, form: login }, entered);
	await waitFor('the project', async () => ((await n8n.client.tableRows('maestro_projects')) ?? []).find((row) => property(row, 'repository') === repository), {
		limitMs: 30_000,
		seen: async () => JSON.stringify(await n8n.client.listExecutions({ workflowId: setup, includeData: true })).slice(0, 3000),
	});
}

/** Ids of the bundled workflows that this n8n has already, by their names. */
export async function importedWorkflows(client: N8nClient): Promise<Partial<Record<WorkflowName, string>>> {
	const there = list(await client.api('/workflows?limit=250'), 'data');
	const found: Partial<Record<WorkflowName, string>> = {};
	for (const name of workflowNames) {
		const { name: title } = await readWorkflow(name);
		const row = there.find((workflow) => property(workflow, 'name') === title);
		if (row !== undefined) found[name] = text(row, 'id');
	}
	return found;
}
