import { isMaestroError, messageOf } from '../../core/errors';
import type { Project } from '../../core/task/records';
import { ensureGithubWebhook } from '../shared/github-webhooks';
import type { Github, Services } from '../shared/services';

const MOST_TRIGGERS = 50;

export interface Finding {
	readonly what: string;
	readonly ok: boolean;
	readonly detail: string;
}

/** Makes the webhooks of a project that was added after the triggers were published. */
async function checkWebhooks(project: Project, services: Services, github: Github, signal: AbortSignal): Promise<{ ok: boolean; detail: string }> {
	const rows = await services.store.subscriptions.find({ webhookUrl: { neq: '' } }, { limit: MOST_TRIGGERS }, signal);
	if (rows.length === 0) return { ok: true, detail: 'No trigger for GitHub is published yet; publishing one makes the webhook' };
	const made = [];
	for (const row of rows) made.push(await ensureGithubWebhook(services, github, row, project.repository, signal));
	return { ok: made.every(({ ok }) => ok), detail: made.map(({ detail }) => detail).join('; ') };
}

/** Tries what a flow will need of GitHub and of n8n, and says what is missing in words that a person can act on. */
export async function checkProject(project: Project, services: Services, github: Github, signal: AbortSignal): Promise<{ ready: boolean; findings: Finding[]; message: string }> {
	const findings: Finding[] = [];
	const attempt = async (what: string, look: () => Promise<{ ok: boolean; detail: string }>): Promise<void> => {
		try {
			findings.push({ what, ...(await look()) });
		} catch (error) {
			signal.throwIfAborted();
			const advice = isMaestroError(error) ? ` ${error.advice}` : '';
			findings.push({ what, ok: false, detail: services.redact(`${messageOf(error)}.${advice}`) });
		}
	};
	await attempt('Data tables', async () => {
		await services.store.tasks.find({ projectId: { eq: project.id } }, { limit: 1 }, signal);
		return { ok: true, detail: 'there and readable' };
	});
	await attempt('Executions', async () => {
		const state = await services.n8n.executionState(services.executionId, signal);
		return state === 'unknown'
			? { ok: false, detail: 'n8n did not say how this execution is; check Base URL in the Maestro n8n API credential' }
			: { ok: true, detail: 'readable' };
	});
	await attempt('GitHub token', async () => {
		const viewer = await github.client.viewer(signal);
		return { ok: true, detail: `of ${viewer.login}${viewer.scopes.length > 0 ? `, with the scopes ${viewer.scopes.join(', ')}` : ''}` };
	});
	await attempt('Repository', async () => {
		const repository = await github.client.repository(project.repository, signal);
		if (repository.archived) return { ok: false, detail: `${repository.fullName} is archived: nothing can be pushed` };
		return repository.canPush
			? { ok: true, detail: `The token may push to ${repository.fullName}; pull requests go to ${project.baseBranch || repository.defaultBranch}` }
			: { ok: false, detail: `The token may not push to ${repository.fullName}: give it write access to Contents and Pull requests (classic: the scope repo)` };
	});
	await attempt('Webhook secret', async () =>
		await Promise.resolve(
			github.settings.webhookSecret === ''
				? { ok: false, detail: 'The Maestro GitHub API credential has no webhook secret, so every webhook is refused' }
				: { ok: true, detail: 'set' },
		),
	);
	await attempt('Webhooks', async () => await checkWebhooks(project, services, github, signal));
	const ready = findings.every(({ ok }) => ok);
	const message = findings.map(({ what, ok, detail }) => `${ok ? '✔' : '✘'} ${what}: ${detail}`).join('\n');
	return { ready, findings, message };
}
