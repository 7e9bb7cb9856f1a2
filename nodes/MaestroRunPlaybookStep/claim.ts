import type { RunClaim, RunRequest } from '../../core/task/leases';
import { claimRun } from '../../core/task/leases';
import { stepPurpose } from '../../core/step/settings';
import { takeOver } from '../../core/task/take-over';
import type { PlaybookState, Task } from '../../core/task/records';
import type { StepNode } from './work';

/** The task is this execution's alone: to run the agent, or to look at what a run left before a crash. */
export type Held = Extract<RunClaim, { kind: 'claimed' | 'done' }>;

export function purposeOf(task: Pick<Task, 'playbook'>, row: Pick<PlaybookState, 'playbook' | 'tries'> & { readonly ticks: number }): string {
	return stepPurpose(row.ticks + 1, row.tries, row.playbook === task.playbook.trim() ? '' : row.playbook);
}

/** Ends the item here, and says why in the editor. */
export function endHere({ context }: Pick<StepNode, 'context'>, message: string): void {
	context.addExecutionHints({ message, location: 'outputPane' });
}

/** Claims the task for one try of a step of a playbook that began at `since`; undefined, with a hint, where another execution has it or there is nothing to do. */
export async function claimTry(node: StepNode, task: Task, purpose: string, since: string): Promise<Held | undefined> {
	const { services, signal } = node;
	const request: RunRequest = { task, purpose, since, executionId: services.executionId, workflowId: services.workflowId, probe: services.n8n.executionState };
	const claim = await claimRun(services, request, signal);
	if (claim.kind === 'claimed') return claim;
	const taken = claim.kind === 'done' ? await takeOver(services, { ...request, task: claim.task }, signal) : claim;
	if (taken.kind === 'taken') return claim.kind === 'done' ? { ...claim, task: taken.task } : undefined;
	const { id, status } = taken.task;
	endHere(node, taken.kind === 'busy' ? `Task ${id} is being worked on by execution ${taken.executionId}` : `Task ${id} is ${status}: nothing is to be done`);
	return undefined;
}
