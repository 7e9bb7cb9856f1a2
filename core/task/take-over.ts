import { changeTask, updateTask } from './compare-and-set';
import { MaestroError } from '../errors';
import { CLAIM_MS, isClaimed, isDead, isOpen, type RunClaim, type RunRequest } from './leases';
import type { Task } from './records';
import { later, type TaskTools } from './tools';

export type Takeover = { readonly kind: 'taken'; readonly task: Task } | Extract<RunClaim, { kind: 'busy' | 'not_open' }>;

const ATTEMPTS = 8;

/**
 * Takes a task whose run has been fulfilled, for what is still to be done about it: the claim of the run gives that to all who ask, and
 * only one may do it. Throws `lost_race` when others changed the task all the time.
 */
export async function takeOver(tools: TaskTools, request: RunRequest, signal: AbortSignal): Promise<Takeover> {
	let { task } = request;
	for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
		if (isClaimed(task, request, tools.clock.now()) && !isDead(await request.probe(task.executionId, signal))) {
			return { kind: 'busy', task, executionId: task.executionId };
		}
		if (!isOpen(task)) return { kind: 'not_open', task };
		const { executionId, workflowId } = request;
		const taken = await updateTask(tools, task, { status: 'in_progress', executionId, workflowId, claimedUntil: later(tools, CLAIM_MS), finishedAt: null }, signal);
		if (taken !== undefined) return { kind: 'taken', task: taken };
		task = (await changeTask(tools, task.id, () => undefined, signal)) ?? task;
	}
	throw new MaestroError('lost_race', `Others changed task ${task.id} all the time`, 'Run this again.', { task: task.id });
}
