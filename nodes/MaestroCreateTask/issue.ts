import type { IExecuteFunctions } from 'n8n-workflow';
import { isMaestroError, MaestroError, messageOf } from '../../core/errors';
import type { Task } from '../../core/task/records';
import { changeTask } from '../shared/records';
import { openGithub, type Github, type Services } from '../shared/services';
import { addIssue, isPassing, issueOf } from '../shared/task-issue';

/** The credential is wanted only for issues, so that n8n itself does not ask for it. */
export function requireForIssues(context: IExecuteFunctions): void {
	if (context.getNode().credentials?.maestroGithubApi !== undefined) return;
	throw new MaestroError('bad_parameter', 'GitHub issues are to be made and no GitHub credential is chosen', 'Choose a Maestro GitHub API credential in this node, or turn the issues off.');
}

export async function openForIssues(context: IExecuteFunctions, services: Services): Promise<Github> {
	requireForIssues(context);
	return await openGithub(context, services);
}

/**
 * Makes the issue of a signal's task. That GitHub cannot be reached keeps no task from its work: Reconcile makes the issue later. Only who made the
 * task waits for others that are at it: the repeats of a storm would hold each other up.
 */
export async function addWantedIssue(context: IExecuteFunctions, services: Services, task: Task, { labels, waits }: { readonly labels: readonly string[]; readonly waits: boolean }, signal: AbortSignal): Promise<Task> {
	const github = await openForIssues(context, services);
	// Before the first try, so that the wish outlives this n8n. A task that is new has it from its insert.
	const wanted = task.issueWish === 'none' ? await changeTask(services, task.id, () => ({ issueWish: 'wanted', issueLabels: labels.join(',') }), signal) : task;
	try {
		return await addIssue(services, github, wanted, issueOf(wanted), signal, waits ? undefined : 0);
	} catch (error) {
		signal.throwIfAborted();
		if (!isPassing(error)) throw error;
		if (!waits && isMaestroError(error) && error.code === 'lost_race') return wanted;
		context.addExecutionHints({ message: services.redact(`The issue of task ${task.id} could not be made now, so Maestro Reconcile makes it later: ${messageOf(error)}`), location: 'outputPane', type: 'warning' });
		return wanted;
	}
}
