import type { IDataObject } from 'n8n-workflow';
import type { SessionResult } from '../../core/session/run-session';
import type { Run, Session, Task } from '../../core/task/records';
import { leaveUnfinished, sessionOf } from '../shared/agent/leave';
import { howToAnswer } from '../shared/agent/notice';
import { toJson, type Leaving } from '../shared/items';
import { changeTask } from '../shared/records';
import type { Services } from '../shared/services';
import { runView, sessionView, taskView } from '../shared/views';

const OUTPUT = { completed: 0, needs_input: 1, paused: 2, failed: 3 } as const;

type Ended = Extract<SessionResult, { kind: 'ended' }>;

/** What came in and is still of use further on, such as the pull request and the feedback. */
function json(input: IDataObject, task: Task | undefined, session: Session, run: Run, extra: object): IDataObject {
	const { event, signal, project, notice, ...kept } = input;
	return toJson({ ...kept, ...(task === undefined ? {} : { task: taskView(task) }), session: sessionView(session), run: runView(run), ...extra });
}

/** Moves the task on and says where the item leaves. A stopped run throws, as n8n expects of a stopped node. */
export async function leave(ended: Ended, task: Task | undefined, input: IDataObject, services: Services, signal: AbortSignal): Promise<Leaving> {
	const { ending, session, run, result, warnings } = ended;
	const extra = {
		report: ending.report ?? result.structuredOutput ?? null,
		...(ending.report === undefined && result.structuredOutput === undefined ? { text: result.finalText.slice(0, 4_000) } : {}),
		warnings,
	};
	const { status } = ending;
	if (status === 'completed') return { output: OUTPUT.completed, json: json(input, task, session, run, extra) };
	const how = howToAnswer(task, task === undefined ? 'run Maestro Spawn Agent again in this session, with the answer in *Prompt*' : `put the answer into *Prompt* of Maestro Spawn Agent, and set task ${task.id} to pending`);
	const left = await leaveUnfinished({ ...ending, status }, { session, run, how }, task, services, signal);
	return { output: OUTPUT[left.why], json: json(input, left.task, session, run, { ...extra, ...left.extra }) };
}

/** What a completed run gave, as it gave it then. */
export async function handOn(task: Task, run: Run, input: IDataObject, services: Services, signal: AbortSignal): Promise<Leaving> {
	const session = await sessionOf(run, services, signal);
	const report: unknown = run.report === '' ? null : JSON.parse(run.report);
	// The flow that carries the task on is this one now.
	const taken = await changeTask(services, task.id, (now) => ({
		executionId: services.executionId,
		workflowId: services.workflowId,
		...(now.status === 'pending' ? { status: 'in_progress' as const } : {}),
	}), signal);
	return { output: OUTPUT.completed, json: json(input, taken, session, run, { report, warnings: [], handedOn: true }) };
}

export async function leavePaused(task: Task, run: Run, input: IDataObject, services: Services, signal: AbortSignal): Promise<Leaving> {
	const session = await sessionOf(run, services, signal);
	return { output: OUTPUT.paused, json: json(input, task, session, run, { reason: run.statusReason, report: null, warnings: [] }) };
}
