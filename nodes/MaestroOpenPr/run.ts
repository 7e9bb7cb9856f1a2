import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { parsePolicy } from '../../core/git/policy';
import type { Project, Run, Task } from '../../core/task/records';
import { runItems, toJson, type Leaving } from '../shared/items';
import { changeTask, requireProject, requireTask } from '../shared/records';
import { openGithub, openServices, type Github, type Services } from '../shared/services';
import { taskView } from '../shared/views';
import { readParameters, type OpenPrParameters } from './parameters';
import { propose, type Proposal } from './propose';
import { rejectionNotice } from './text';

const OUTPUT = { opened: 0, nothing: 1, rejected: 2 } as const;
const RECENT_RUNS = 50;

/** The last one that completed: runs of one task end one after the other. */
async function lastCompletedRun(services: Services, taskId: number, signal: AbortSignal): Promise<Run | undefined> {
	const runs = await services.store.runs.find(
		{ taskId: { eq: taskId }, status: { eq: 'completed' } },
		{ limit: RECENT_RUNS, newestFirst: true },
		signal,
	);
	return runs.sort((a, b) => (b.finishedAt ?? '').localeCompare(a.finishedAt ?? ''))[0];
}

async function block(services: Services, task: Task, reason: string, signal: AbortSignal): Promise<Task> {
	return await changeTask(services, task.id, () => ({ status: 'blocked', statusReason: reason.slice(0, 500) }), signal, [
		{ type: 'task.blocked', message: reason.slice(0, 500) },
	]);
}

async function settle(proposal: Proposal, task: Task, parameters: OpenPrParameters, services: Services, github: Github, signal: AbortSignal): Promise<Leaving> {
	switch (proposal.kind) {
		case 'opened': {
			const { pullRequest, created, worktree } = proposal;
			if (created && parameters.labels.length > 0) await github.client.addLabels(pullRequest, parameters.labels, signal);
			const moved = await changeTask(
				services,
				task.id,
				(now) => ({
					...(pullRequest.merged || now.status === 'in_review' ? {} : { status: 'in_review' as const }),
					statusReason: '',
					attempts: 0,
					branch: pullRequest.headBranch,
					baseBranch: pullRequest.baseBranch,
					...(worktree === undefined ? {} : { baseSha: worktree.baseSha, headSha: worktree.headSha }),
					pullRequestNumber: pullRequest.number,
					pullRequestUrl: pullRequest.url,
					executionId: services.executionId,
				}),
				signal,
				created ? [{ type: 'pull_request.opened', message: `Opened pull request #${pullRequest.number}` }] : [],
			);
			const { number, url, title, headSha, headBranch, baseBranch, state, merged } = pullRequest;
			return {
				output: OUTPUT.opened,
				json: toJson({ task: taskView(moved), pullRequest: { number, url, title, headSha, headBranch, baseBranch, state, merged, created } }),
			};
		}
		case 'nothing': {
			const notice =
				proposal.reason === 'no_run'
					? 'There is nothing to propose: no run of this task has completed.'
					: 'There is nothing to propose: the agent reported that it is done and changed nothing.';
			const moved = await block(services, task, notice, signal);
			return { output: OUTPUT.nothing, json: toJson({ task: taskView(moved), notice }) };
		}
		case 'rejected': {
			const notice = rejectionNotice(proposal.violations, task.branch);
			const moved = await block(services, task, notice, signal);
			return { output: OUTPUT.rejected, json: toJson({ task: taskView(moved), reason: 'policy', violations: proposal.violations, notice }) };
		}
		case 'diverged': {
			const notice = `The branch \`${task.branch}\` on GitHub has commits that the worktree has not, so that the new work could not be pushed without losing them. Merge them by hand, or delete the branch there, and start the task again.`;
			const moved = await block(services, task, notice, signal);
			return { output: OUTPUT.rejected, json: toJson({ task: taskView(moved), reason: 'diverged', violations: [], notice }) };
		}
		case 'closed': {
			const notice = `Pull request #${proposal.pullRequest.number} was closed while the agent worked; the new work was not pushed.`;
			const finishedAt = services.clock.now().toISOString();
			const moved = await changeTask(services, task.id, () => ({ status: 'cancelled', statusReason: notice, finishedAt }), signal, [
				{ type: 'task.cancelled', message: notice },
			]);
			return { output: OUTPUT.rejected, json: toJson({ task: taskView(moved), reason: 'closed', violations: [], notice }) };
		}
	}
}

function policyOf(project: Project, parameters: OpenPrParameters): ReturnType<typeof parsePolicy> {
	return parsePolicy({ ...project, ...(parameters.allowedPaths.trim() === '' ? {} : { allowedPaths: parameters.allowedPaths }) });
}

export async function run(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const services = await openServices(context);
	const github = await openGithub(context, services);
	return await runItems(context, 3, () => services.redact, async (itemIndex, signal) => {
		const parameters = readParameters(context, itemIndex);
		const task = await requireTask(services, parameters.taskId, signal);
		const project = await requireProject(services, task.projectId, signal);
		const completed = await lastCompletedRun(services, task.id, signal);
		const proposal = await propose(
			{
				task,
				run: completed,
				policy: policyOf(project, parameters),
				title: parameters.title === '' ? task.title : parameters.title,
				summary: parameters.body,
				draft: parameters.draft,
				knownSecrets: services.secrets(),
			},
			{ repository: github.repository(task.repository), github: github.client },
			signal,
		);
		return await settle(proposal, task, parameters, services, github, signal);
	});
}
