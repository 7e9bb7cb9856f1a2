import { renderFeedback } from '../../core/github/feedback';
import { pullRequestKey, type Feedback, type PullRequestSnapshot, type Verdict } from '../../core/github/github';
import type { TimelineType } from '../../core/task/events';
import { handOver } from '../../core/task/feedback';
import type { Task } from '../../core/task/records';
import { isTaskMove } from '../../core/task/states';
import type { Changes } from '../../core/task/store';
import { toJson, type Leaving } from '../shared/items';
import { dispatchReady, rollUpParents } from '../shared/dispatch';
import { changeTask } from '../shared/records';
import type { Github, Services } from '../shared/services';
import { taskView } from '../shared/views';

const OUTPUT = { merged: 0, approved: 1, changes_requested: 2, checks_failed: 3, conflict: 4, closed: 5, timed_out: 6 } as const;

/** Enough to see why a job failed, small enough for an item. */
const LOG_BYTES = 12_000;

/** Everything but going on waiting. */
export type Ending = Exclude<Verdict, { kind: 'wait' }> | { readonly kind: 'timed_out' };

function pullRequestView(snapshot: PullRequestSnapshot): object {
	const { number, url, title, headSha, headBranch, baseBranch, state, merged } = snapshot;
	return { number, url, title, headSha, headBranch, baseBranch, state, merged };
}

async function giveFeedback(output: number, feedback: Feedback, snapshot: PullRequestSnapshot, task: Task, services: Services, github: Github, signal: AbortSignal): Promise<Leaving> {
	const logs = await github.client.failedJobLogs(task.repository, feedback.failedChecks, LOG_BYTES, signal);
	const rendered = renderFeedback(feedback, logs);
	const { key } = handOver(task, feedback);
	const moved = await changeTask(services, task.id, (now) => handOver(now, feedback).changes, signal, [
		{ type: 'pull_request.feedback', message: `Feedback on ${feedback.headSha.slice(0, 8)} goes to the agent`, detail: { key } },
	]);
	return {
		output,
		json: toJson({
			task: taskView(moved),
			pullRequest: pullRequestView(snapshot),
			feedback: { key, round: moved.rounds, headSha: feedback.headSha, heading: rendered.heading, parts: rendered.parts },
		}),
	};
}

/** Moves the task on and says where the item leaves. */
export async function leave(ending: Ending, snapshot: PullRequestSnapshot, task: Task, services: Services, github: Github, signal: AbortSignal): Promise<Leaving> {
	const finishedAt = services.clock.now().toISOString();
	const end = async (changes: Changes<Task>, type: TimelineType, message: string): Promise<Task> => {
		// A person may have cancelled or archived it meanwhile: then that stands, and the item leaves all the same.
		const legal = (now: Task): Changes<Task> => (isTaskMove(now.status, changes.status ?? now.status) ? changes : {});
		const moved = await changeTask(services, task.id, legal, signal, (now) => (changes.status === undefined || now.status === changes.status ? [{ type, message }] : []));
		if (moved.parentId > 0) await rollUpParents(services, signal, moved.parentId);
		// The end of one task frees a slot, and may be what others depended on.
		await dispatchReady(services, signal);
		return moved;
	};
	const name = pullRequestKey(snapshot);
	// A person gave it up while its pull request was open: nothing of this is for anybody, and the execution ends.
	if (task.status === 'cancelled' || task.status === 'archived') return { output: OUTPUT.closed, json: toJson({ task: taskView(task), pullRequest: pullRequestView(snapshot), notice: '' }) };
	switch (ending.kind) {
		case 'merged': {
			const moved = await end({ status: 'completed', statusReason: '', finishedAt }, 'task.completed', `${name} was merged`);
			return { output: OUTPUT.merged, json: toJson({ task: taskView(moved), pullRequest: pullRequestView(snapshot) }) };
		}
		case 'closed': {
			const notice = `${name} was closed without a merge`;
			const moved = await end({ status: 'cancelled', statusReason: notice, finishedAt }, 'task.cancelled', notice);
			return { output: OUTPUT.closed, json: toJson({ task: taskView(moved), pullRequest: pullRequestView(snapshot), notice }) };
		}
		case 'timed_out': {
			const notice = `Nobody merged or closed ${name} in time; Maestro waits no longer.`;
			const moved = await end({ status: 'blocked', statusReason: notice }, 'task.blocked', notice);
			return { output: OUTPUT.timed_out, json: toJson({ task: taskView(moved), pullRequest: pullRequestView(snapshot), notice }) };
		}
		case 'approved':
			return { output: OUTPUT.approved, json: toJson({ task: taskView(task), pullRequest: pullRequestView(snapshot) }) };
		case 'changes_requested':
		case 'checks_failed':
		case 'conflict':
			return await giveFeedback(OUTPUT[ending.kind], ending.feedback, snapshot, task, services, github, signal);
	}
}
