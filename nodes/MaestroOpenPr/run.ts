import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { parsePolicy } from '../../core/git/policy';
import type { EventDraft } from '../../core/task/events';
import { reachesAtLeast, TRIAGE_ONLY } from '../../core/task/ladder';
import type { Project, Run, Task } from '../../core/task/records';
import { dispatchReady } from '../shared/dispatch';
import { runItems, toJson, type Leaving } from '../shared/items';
import { withNodeErrors } from '../shared/node-error';
import { changeTask, costOf, noteFailure, requireProject, requireTask, runsOfTask } from '../shared/records';
import { openGithub, openServices, type Github, type Services } from '../shared/services';
import { taskView } from '../shared/views';
import { readParameters, type OpenPrParameters } from './parameters';
import { propose, type Proposal } from './propose';
import { branchNotice, causeNotice, rejectionNotice } from './text';

const OUTPUT = { opened: 0, nothing: 1, rejected: 2 } as const;

const NOTHING: Readonly<Record<Extract<Proposal, { kind: 'nothing' }>['reason'], string>> = {
	no_run: 'There is nothing to propose: no run of this task has completed.',
	no_worktree:
		'The work is done, and its worktree is not on the machine that is to propose it: it was deleted, or another worker of n8n has it. All workers need the same MAESTRO_DATA_DIR; then set the task to pending. To have the work done anew, put the label on the issue again.',
	no_change: 'There is nothing to propose: the agent reported that it is done and changed nothing.',
};

/** The last one that completed: runs of one task end one after the other. */
function lastCompleted(runs: readonly Run[]): Run | undefined {
	return runs.filter((run) => run.status === 'completed' && run.headSha !== '').sort((a, b) => (b.finishedAt ?? '').localeCompare(a.finishedAt ?? ''))[0];
}

function openedEvents({ created, pushed, pullRequest }: Extract<Proposal, { kind: 'opened' }>): EventDraft[] {
	if (created) return [{ type: 'pull_request.opened', message: `Opened pull request #${pullRequest.number}` }];
	return pushed ? [{ type: 'pull_request.updated', message: `Pushed new commits to pull request #${pullRequest.number}` }] : [];
}

async function block(services: Services, task: Task, costUsd: number, reason: string, signal: AbortSignal): Promise<Task> {
	const blocked = await changeTask(services, task.id, () => ({ status: 'blocked', statusReason: reason.slice(0, 500), costUsd }), signal, [
		{ type: 'task.blocked', message: reason.slice(0, 500) },
	]);
	// It has freed its slot.
	await dispatchReady(services, signal);
	return blocked;
}

const CAUSE_FOUND = 'The cause was looked for, and this task may reach no more (reach "root_cause"): it goes on with a higher reach only';

/** A task without an issue has no other place where it can be read. */
function found(summary: string): string {
	const line = summary.replace(/\s+/g, ' ').trim();
	return line === '' ? '' : `. Found: ${line}`;
}

/** Nothing of a task that may only be looked at is pushed; what was found goes to a person. */
async function report(services: Services, task: Task, runs: readonly Run[], summary: string, signal: AbortSignal): Promise<Leaving> {
	const isFound = task.reach === 'root_cause' && lastCompleted(runs) !== undefined;
	const reason = task.reach === 'triage' ? TRIAGE_ONLY : isFound ? `${CAUSE_FOUND}${found(summary)}` : NOTHING.no_run;
	const moved = await block(services, task, costOf(runs), reason, signal);
	return { output: OUTPUT.nothing, json: toJson({ task: taskView(moved), notice: isFound ? causeNotice(summary) : reason }) };
}

async function settle(proposal: Proposal, task: Task, costUsd: number, parameters: OpenPrParameters, services: Services, github: Github, signal: AbortSignal): Promise<Leaving> {
	switch (proposal.kind) {
		case 'opened': {
			const { pullRequest, created, worktree } = proposal;
			// Once for each task: a label that a person took off stays off.
			if (parameters.labels.length > 0 && (created || task.pullRequestNumber === 0)) await github.client.addLabels(pullRequest, parameters.labels, signal);
			const moved = await changeTask(
				services,
				task.id,
				(now) => ({
					...(pullRequest.merged || now.status === 'in_review' ? {} : { status: 'in_review' as const }),
					statusReason: '',
					// Only what got on clears the count: a crash that comes again after this node must end some time.
					...(created || proposal.pushed ? { attempts: 0 } : {}),
					costUsd,
					branch: pullRequest.headBranch,
					baseBranch: pullRequest.baseBranch,
					...(worktree === undefined ? {} : { baseSha: worktree.baseSha, headSha: worktree.headSha }),
					pullRequestNumber: pullRequest.number,
					pullRequestUrl: pullRequest.url,
					executionId: services.executionId,
				}),
				signal,
				openedEvents(proposal),
			);
			const { number, url, title, headSha, headBranch, baseBranch, state, merged } = pullRequest;
			return {
				output: OUTPUT.opened,
				json: toJson({ task: taskView(moved), pullRequest: { number, url, title, headSha, headBranch, baseBranch, state, merged, created } }),
			};
		}
		case 'nothing': {
			const notice = NOTHING[proposal.reason];
			const moved = await block(services, task, costUsd, notice, signal);
			return { output: OUTPUT.nothing, json: toJson({ task: taskView(moved), notice }) };
		}
		case 'branch_only': {
			const url = `${github.settings.webUrl}/${task.repository}/tree/${proposal.branch}`;
			const moved = await block(services, task, costUsd, `The work is on the branch ${proposal.branch}, and this task may reach no more (reach "branch")`, signal);
			return { output: OUTPUT.nothing, json: toJson({ task: taskView(moved), branch: { name: proposal.branch, url }, notice: branchNotice(proposal.branch, url) }) };
		}
		case 'rejected': {
			const notice = rejectionNotice(proposal.violations, proposal.branch);
			const moved = await block(services, task, costUsd, notice, signal);
			return { output: OUTPUT.rejected, json: toJson({ task: taskView(moved), reason: 'policy', violations: proposal.violations, notice }) };
		}
		case 'diverged': {
			const notice = `The branch \`${proposal.branch}\` on GitHub has commits that the worktree has not, so that the new work could not be pushed without losing them. Merge them by hand, or delete the branch there, and start the task again.`;
			const moved = await block(services, task, costUsd, notice, signal);
			return { output: OUTPUT.rejected, json: toJson({ task: taskView(moved), reason: 'diverged', violations: [], notice }) };
		}
		case 'closed': {
			const notice = `Pull request #${proposal.pullRequest.number} was closed while the agent worked; the new work was not pushed.`;
			const finishedAt = services.clock.now().toISOString();
			const moved = await changeTask(services, task.id, () => ({ status: 'cancelled', statusReason: notice, finishedAt, costUsd }), signal, [
				{ type: 'task.cancelled', message: notice },
			]);
			return { output: OUTPUT.rejected, json: toJson({ task: taskView(moved), reason: 'closed', violations: [], notice }) };
		}
	}
}

function policyOf(project: Project, parameters: OpenPrParameters): ReturnType<typeof parsePolicy> {
	return parsePolicy({ ...project, ...(parameters.allowedPaths.trim() === '' ? {} : { allowedPaths: parameters.allowedPaths }) });
}

interface Work {
	readonly services: Services;
	readonly github: Github;
	readonly parameters: OpenPrParameters;
	readonly task: Task;
	readonly project: Project;
	readonly signal: AbortSignal;
}

async function openPr({ services, github, parameters, task, project, signal }: Work): Promise<Leaving> {
	const runs = await runsOfTask(services, task.id, signal);
	if (!reachesAtLeast(task.reach, 'branch')) return await report(services, task, runs, parameters.body, signal);
	const proposal = await propose(
		{
			task,
			run: lastCompleted(runs),
			policy: policyOf(project, parameters),
			title: parameters.title === '' ? task.title : parameters.title,
			summary: parameters.body,
			draft: parameters.draft,
			knownSecrets: services.secrets(),
			mayOpen: task.reach === 'pull_request',
		},
		{ repository: github.repository(task.repository), github: github.client },
		signal,
	);
	return await settle(proposal, task, costOf(runs), parameters, services, github, signal);
}

async function runNode(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const services = await openServices(context);
	const github = await openGithub(context, services);
	return await runItems(context, 3, () => services.redact, async (itemIndex, signal) => {
		const parameters = readParameters(context, itemIndex);
		const task = await requireTask(services, parameters.taskId, signal);
		if (task.status === 'cancelled' || task.status === 'archived' || (task.status === 'completed' && task.pullRequestNumber === 0)) {
			context.addExecutionHints({ message: `Task ${task.id} is ${task.status}: nothing is proposed for it`, location: 'outputPane' });
			return undefined;
		}
		const project = await requireProject(services, task.projectId, signal);
		try {
			return await openPr({ services, github, parameters, task, project, signal });
		} catch (error) {
			if (!signal.aborted) await noteFailure(services, task.id, error);
			throw error;
		}
	});
}

export async function run(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	return await withNodeErrors(context, async () => await runNode(context));
}
