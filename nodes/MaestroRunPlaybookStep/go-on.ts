import { nextStep, passGate } from '../../core/playbook';
import { appendEvents } from '../../core/task/events';
import { movePlaybook, positionOf } from '../../core/task/playbooks';
import type { PlaybookState, Run, Task } from '../../core/task/records';
import type { Changes } from '../../core/task/store';
import type { Leaving } from '../shared/items';
import { goneOnWith } from './attempt';
import type { Held } from './claim';
import { leaveAtGate } from './gate';
import { leaveDone, leaveFailed, leaveFailedAgain } from './leave';
import { runStep } from './step';
import { standing, type Opened, type StepNode, type TreeWorkspace } from './work';

const LONGEST_ANSWER = 20_000;

/**
 * Has the task heard that its playbook failed, so that a person started it again? Otherwise n8n went away between the two, and Maestro
 * Reconcile did, which alone counts attempts.
 */
export function wasTold(task: Task, row: PlaybookState): boolean {
	if (row.status !== 'failed' || task.attempts === 0 || task.finishedAt !== null) return true;
	return task.startAgainAt !== null && row.finishedAt !== null && Date.parse(row.finishedAt) < Date.parse(task.startAgainAt);
}

/** What the row has to say before work goes on: an answer came, or a person started again what had failed. */
function takenUp(row: PlaybookState, earlier: Run | undefined, answer: string): Changes<PlaybookState> | undefined {
	const answered = { status: 'running', statusReason: '', answer: answer.slice(0, LONGEST_ANSWER) } as const;
	switch (row.status) {
		case 'needs_input':
			return answered;
		case 'failed':
			return { status: 'running', statusReason: '', triesBefore: row.tries, idleRuns: 0, finishedAt: null };
		case 'running':
			// n8n went away before the row could say that the agent waits.
			return earlier?.status === 'needs_input' && answer !== '' ? { ...answered, question: earlier.statusReason.slice(0, 4_000) } : undefined;
		case 'completed':
			return undefined;
	}
}

async function takeUp({ services, parameters, signal }: StepNode, opened: Opened, { claim }: Going): Promise<Opened> {
	const { row, playbook } = opened;
	const changes = takenUp(row, goneOnWith(claim.run, row), parameters.answer);
	if (changes === undefined) return opened;
	const { next, position } = nextStep(playbook, positionOf(row));
	// In the same write: were the gate passed in a second one, a crash between the two would have it asked again.
	const passed = row.status === 'needs_input' && next.kind === 'gate' ? { position: JSON.stringify(passGate(position, next.key)) } : {};
	return { ...opened, row: await movePlaybook(services, row, { ...changes, ...passed }, signal) };
}

export interface Going {
	readonly claim: Held;
	readonly workspace: TreeWorkspace;
	readonly wasTold: boolean;
}

/** Goes over what needs no agent, such as a gate that was answered, to the next step, and runs that. */
export async function goOn(node: StepNode, first: Opened, going: Going): Promise<Leaving | undefined> {
	const { services, signal } = node;
	if (!going.wasTold) return await leaveFailedAgain(node, first);
	const opened = await takeUp(node, first, going);
	const { row, playbook, task } = opened;
	const { next, position } = nextStep(playbook, positionOf(row));
	switch (next.kind) {
		case 'gate':
			return await leaveAtGate(node, opened, next);
		case 'halt':
			return await leaveFailed(node, opened, { failure: 'halted', reason: next.reason === '' ? 'A halt marker stands in the playbook' : next.reason }, '');
		case 'limit':
			return await leaveFailed(node, opened, { failure: 'loop_limit', reason: `${next.ticks} steps were done, and ${next.most} are the most that a playbook of this size may take: its steps are opened again without end` }, '');
		case 'done': {
			const done = await movePlaybook(services, row, { status: 'completed', position: JSON.stringify(position), finishedAt: services.clock.now().toISOString() }, signal);
			await appendEvents(services, [{ taskId: task.id, executionId: services.executionId, type: 'playbook.completed', message: `All steps of ${row.playbook} are done` }], signal);
			return await leaveDone(node, { task, row: done });
		}
		case 'step': {
			const at = { ...standing(playbook, position, next), position: JSON.stringify(position) };
			// The tick before has said so already, as a rule.
			const isNew = row.progress !== at.progress || row.step !== at.step || row.position !== at.position;
			const moved = isNew ? await movePlaybook(services, row, at, signal) : row;
			if (node.context.getMode() === 'manual') node.context.sendMessageToUI(`${at.progress}: ${at.step}`);
			return await runStep(node, { ...opened, row: moved }, next, going.claim, going.workspace);
		}
	}
}
