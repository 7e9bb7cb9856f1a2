import { appendEvents } from '../../core/task/events';
import { movePlaybook } from '../../core/task/playbooks';
import type { PlaybookState } from '../../core/task/records';
import { failed, learnt, SHOWN_OUTPUT, type Failing, type Tried } from './settle';
import type { Opened, StepNext, StepNode } from './work';

const MAX_PROBLEM = 2_000;
const MAX_OUTPUT = 8_000;

/** Writes why a step was not ticked, for the next try. `isIdle`: the try brought nothing new. `failing`: there is no next one. */
export async function refuse(
	node: StepNode,
	opened: Opened,
	next: StepNext,
	tried: Tried,
	problem: { readonly problem: string; readonly output: string },
	isIdle: boolean,
	failing: Failing | undefined,
): Promise<PlaybookState> {
	const { services, signal } = node;
	const { row, task } = opened;
	const moved = await movePlaybook(
		services,
		row,
		{
			tries: row.tries + 1,
			idleRuns: isIdle ? row.idleRuns + 1 : 0,
			problem: problem.problem.slice(0, MAX_PROBLEM),
			problemOutput: problem.output.slice(-MAX_OUTPUT),
			sessionId: tried.session.id,
			...learnt(row, tried),
			...(failing === undefined ? {} : failed(failing, services.clock.now())),
		},
		signal,
	);
	await appendEvents(
		services,
		[
			...(tried.rest?.take() ?? []),
			{
				taskId: task.id,
				sessionId: tried.session.id,
				runId: tried.run.id,
				executionId: services.executionId,
				type: 'step.refused',
				message: `${row.progress} did not pass: ${problem.problem}`.slice(0, 1_000),
				detail: { playbook: row.playbook, step: next.step.text.slice(0, 200), sha: tried.headSha, output: problem.output.slice(-SHOWN_OUTPUT), notes: tried.examination.notes.slice(0, 10) },
			},
		],
		signal,
	);
	return moved;
}
