import type { Project } from '../../core/task/records';
import type { Changes } from '../../core/task/store';
import { ensureGithubWebhook } from '../shared/github-webhooks';
import { findProject } from '../shared/records';
import type { Github, Services } from '../shared/services';
import { Findings, type Finding, type Look } from './findings';
import { createProject } from './projects';

const MOST_TRIGGERS = 50;

export interface ProjectCheck {
	/** Null: the repository is no project. */
	readonly project: Project | null;
	readonly repository: string;
	/** Nothing is missing. */
	readonly ready: boolean;
	readonly findings: readonly Finding[];
	readonly message: string;
}

interface Tried {
	readonly project: Project | undefined;
	/** The tables and executions can be read and the token may push to the repository: it makes sense to have it as a project. */
	readonly usable: boolean;
	readonly findings: Findings;
}

/** Makes the webhooks of a project that was added after the triggers were published. */
async function checkWebhooks(project: Project, services: Services, github: Github, signal: AbortSignal): ReturnType<Look> {
	const rows = await services.store.subscriptions.find({ webhookUrl: { neq: '' } }, { limit: MOST_TRIGGERS }, signal);
	if (rows.length === 0) return { ok: true, detail: 'No trigger for GitHub is published yet; publishing one makes the webhook' };
	const made = [];
	for (const row of rows) made.push(await ensureGithubWebhook(services, github, row, project.repository, signal));
	return { ok: made.every(({ ok }) => ok), detail: made.map(({ detail }) => detail).join('; ') };
}

async function checkExecutions(services: Services, signal: AbortSignal): ReturnType<Look> {
	const state = await services.n8n.executionState(services.executionId, signal);
	switch (state) {
		case 'unknown':
		case 'missing':
			return { ok: false, detail: 'n8n did not say how this execution is; check Base URL in the Maestro n8n API credential' };
		case 'running':
		case 'waiting':
		case 'finished':
		case 'crashed':
		case 'stopped':
			return { ok: true, detail: 'readable' };
	}
}

async function checkToken(github: Github, signal: AbortSignal): ReturnType<Look> {
	const viewer = await github.client.viewer(signal);
	return { ok: true, detail: `of ${viewer.login}${viewer.scopes.length > 0 ? `, with the scopes ${viewer.scopes.join(', ')}` : ''}` };
}

async function checkRepository(name: string, baseBranch: string, github: Github, signal: AbortSignal): ReturnType<Look> {
	const repository = await github.client.repository(name, signal);
	if (repository.archived) return { ok: false, detail: `${repository.fullName} is archived: nothing can be pushed` };
	return repository.canPush
		? { ok: true, detail: `The token may push to ${repository.fullName}; pull requests go to ${baseBranch || repository.defaultBranch}` }
		: { ok: false, detail: `The token may not push to ${repository.fullName}: give it write access to Contents and Pull requests (classic: the scope repo)` };
}

function webhookSecret({ settings }: Github): Awaited<ReturnType<Look>> {
	return settings.webhookSecret === '' ? { ok: false, detail: 'The Maestro GitHub API credential has no webhook secret, so every webhook is refused' } : { ok: true, detail: 'set' };
}

/** Changes nothing but that the data tables are there afterwards. */
async function tryAccess(repository: string, fields: Changes<Project>, services: Services, github: Github, signal: AbortSignal): Promise<Tried> {
	const findings = new Findings(services.redact, signal);
	let project: Project | undefined;
	const tables = await findings.attempt('Data tables', async () => {
		project = await findProject(services, repository, signal);
		return { ok: true, detail: 'there and readable' };
	});
	const executions = await findings.attempt('Executions', async () => await checkExecutions(services, signal));
	await findings.attempt('GitHub token', async () => await checkToken(github, signal));
	const reached = await findings.attempt('Repository', async () => await checkRepository(repository, fields.baseBranch ?? project?.baseBranch ?? '', github, signal));
	await findings.attempt('Webhook secret', async () => await Promise.resolve(webhookSecret(github)));
	return { project, usable: tables && executions && reached, findings };
}

function checkOf(repository: string, project: Project | undefined, findings: Findings): ProjectCheck {
	return { project: project ?? null, repository: project?.repository ?? repository, ready: project !== undefined && findings.ready, findings: findings.all, message: findings.message };
}

/**
 * Tries what a flow will need of GitHub and of n8n, and says what is missing in words that a person can act on. Webhooks are made, for
 * a project only, and not in a repository that could not be reached.
 */
export async function checkProject(repository: string, services: Services, github: Github, signal: AbortSignal): Promise<ProjectCheck> {
	const { project, usable, findings } = await tryAccess(repository, {}, services, github, signal);
	if (project === undefined) await findings.attempt('Project', async () => await Promise.resolve({ ok: false, detail: `${repository} is no project yet, so nothing runs on it` }));
	if (usable && project !== undefined) await findings.attempt('Webhooks', async () => await checkWebhooks(project, services, github, signal));
	return checkOf(repository, project, findings);
}

/** Tries the same first, and creates or updates the project only where it can be worked on: a misspelt repository is never saved. */
export async function setUpProject(repository: string, fields: Changes<Project>, services: Services, github: Github, signal: AbortSignal): Promise<ProjectCheck & { readonly saved: boolean }> {
	const { project: before, usable, findings } = await tryAccess(repository, fields, services, github, signal);
	if (!usable) return { ...checkOf(repository, before, findings), saved: false };
	const project = await createProject(services, repository, fields, 'update', signal);
	await findings.attempt('Webhooks', async () => await checkWebhooks(project, services, github, signal));
	return { ...checkOf(repository, project, findings), saved: true };
}
