import type { IExecuteFunctions } from 'n8n-workflow';
import { MaestroError } from '../../core/errors';
import { issueFingerprint, noteAliases } from '../../core/task/aliases';
import { withLock } from '../../core/task/locks';
import type { Task } from '../../core/task/records';
import { changeTask, requireTask } from '../shared/records';
import { openGithub, type Github, type Services } from '../shared/services';

const LOCK = { leaseMs: 60_000, waitMs: 60_000 };

/** The credential is wanted only for issues, so that n8n itself does not ask for it. */
export async function openForIssues(context: IExecuteFunctions, services: Services): Promise<Github> {
	if (context.getNode().credentials?.maestroGithubApi !== undefined) return await openGithub(context, services);
	throw new MaestroError('bad_parameter', 'GitHub issues are to be made and no GitHub credential is chosen', 'Choose a Maestro GitHub API credential in this node, or turn the issues off.');
}

/** Makes the task's GitHub issue once, found again by its marker after a crash. */
export async function addIssue(services: Services, github: Github, task: Task, issue: { readonly body: string; readonly labels: readonly string[] }, signal: AbortSignal): Promise<Task> {
	// Looking for the marker and making the issue are two calls: copies of one signal must not come between.
	return await withLock(
		services,
		`issue:${task.id}`,
		LOCK,
		async () => {
			const now = await requireTask(services, task.id, signal);
			if (now.issueNumber > 0) return now;
			const made = await github.client.createIssueOnce({ repository: task.repository, title: task.title, ...issue, marker: `maestro-task-${task.id}` }, signal);
			// First: what is said about the issue belongs to this task, whenever n8n goes away.
			await noteAliases(services, task.fingerprint, [issueFingerprint(task.repository, made.number)], signal);
			return await changeTask(services, task.id, () => ({ issueNumber: made.number, url: made.url }), signal);
		},
		signal,
	);
}
