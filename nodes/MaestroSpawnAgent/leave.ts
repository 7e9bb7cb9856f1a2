import type { IDataObject } from 'n8n-workflow';
import { isMaestroError, MaestroError, type MaestroErrorCode } from '../../core/errors';
import type { SessionResult } from '../../core/session/run-session';
import type { EventDraft } from '../../core/task/events';
import type { Run, Session, Task } from '../../core/task/records';
import { dispatchReady } from '../shared/dispatch';
import { toJson, type Leaving } from '../shared/items';
import { withoutEffects } from '../shared/markdown';
import { changeTask, costOf, runsOfTask, noteFailure } from '../shared/records';
import type { Services } from '../shared/services';
import { runView, sessionView, taskView } from '../shared/views';

const OUTPUT = { completed: 0, needs_input: 1, paused: 2, failed: 3 } as const;
const LAST_WRITES_MS = 30_000;
const NOTICE_LIMIT = 10_000;

type Ended = Extract<SessionResult, { kind: 'ended' }>;

/** What came in and is still of use further on, such as the pull request and the feedback. */
function json(input: IDataObject, task: Task | undefined, session: Session, run: Run, extra: object): IDataObject {
	const { event, signal, project, notice, ...kept } = input;
	return toJson({ ...kept, ...(task === undefined ? {} : { task: taskView(task) }), session: sessionView(session), run: runView(run), ...extra });
}

async function moveTask(services: Services, task: Task | undefined, status: 'blocked' | 'failed', reason: string, drafts: readonly EventDraft[], signal: AbortSignal): Promise<Task | undefined> {
	if (task === undefined) return undefined;
	const finishedAt = status === 'failed' ? services.clock.now().toISOString() : null;
	const costUsd = costOf(await runsOfTask(services, task.id, signal));
	const moved = await changeTask(services, task.id, () => ({ status, statusReason: reason.slice(0, 500), finishedAt, claimedUntil: null, costUsd }), signal, drafts);
	// It has freed its slot.
	await dispatchReady(services, signal);
	return moved;
}

/** Moves the task on and says where the item leaves. A stopped run throws, as n8n expects of a stopped node. */
export async function leave(ended: Ended, task: Task | undefined, input: IDataObject, services: Services, signal: AbortSignal): Promise<Leaving> {
	const { ending, session, run, result, warnings } = ended;
	const about = { sessionId: session.id, runId: run.id };
	const extra = {
		report: ending.report ?? result.structuredOutput ?? null,
		...(ending.report === undefined && result.structuredOutput === undefined ? { text: result.finalText.slice(0, 4_000) } : {}),
		warnings,
	};
	switch (ending.status) {
		case 'completed':
			return { output: OUTPUT.completed, json: json(input, task, session, run, extra) };
		case 'needs_input': {
			const notice = `The agent has a question before it can go on:\n\n${withoutEffects(ending.question, NOTICE_LIMIT)}\n\nAnswer by editing this issue, and put the label on again.`;
			const moved = await moveTask(services, task, 'blocked', `Question: ${ending.question}`, [
				{ ...about, type: 'session.needs_input', message: ending.question },
				{ ...about, type: 'task.blocked', message: 'The agent has a question' },
			], signal);
			return { output: OUTPUT.needs_input, json: json(input, moved, session, run, { ...extra, question: ending.question, notice }) };
		}
		case 'paused':
			return { output: OUTPUT.paused, json: json(input, task, session, run, { ...extra, reason: ending.reason }) };
		case 'failed': {
			const notice = `The agent could not do it (${ending.failure}): ${withoutEffects(ending.reason, NOTICE_LIMIT)}`;
			const moved = await moveTask(services, task, 'failed', `${ending.failure}: ${ending.reason}`, [{ ...about, type: 'task.failed', message: ending.reason, detail: { failure: ending.failure } }], signal);
			return { output: OUTPUT.failed, json: json(input, moved, session, run, { ...extra, failure: ending.failure, reason: ending.reason, notice }) };
		}
		case 'interrupted':
			throw new MaestroError('cancelled', 'n8n was shut down while the agent worked', 'The next Maestro Reconcile starts the task again, and the agent goes on where it was.');
		case 'stopped': {
			// The signal has fired: what is still to be written must not hang on it.
			await moveTask(services, task, 'blocked', 'Stopped by a person', [{ ...about, type: 'task.blocked', message: 'Stopped by a person' }], AbortSignal.timeout(LAST_WRITES_MS));
			throw new MaestroError('cancelled', 'The agent was stopped', 'Set the task to pending to go on in the same session.');
		}
	}
}

/** What only a person can mend: starting the flow again by itself would meet it again. */
const FOR_A_PERSON: ReadonlySet<MaestroErrorCode> = new Set(['bad_parameter', 'no_project', 'cli_missing', 'cli_too_old', 'workspace_missing', 'setup_failed', 'git_auth', 'github_auth']);

/** Says on the task what the execution is about to fail with. Everything else is left to Maestro Reconcile, which starts the flow again. */
export async function giveUp(error: unknown, task: Task, services: Services): Promise<void> {
	if (!isMaestroError(error) || !FOR_A_PERSON.has(error.code)) {
		await noteFailure(services, task.id, error);
		return;
	}
	const reason = services.redact(`${error.message}. ${error.advice}`);
	await moveTask(services, task, 'failed', `${error.code}: ${reason}`, [{ type: 'task.failed', message: reason, detail: { failure: error.code } }], AbortSignal.timeout(LAST_WRITES_MS));
}

async function sessionOf(run: Run, services: Services, signal: AbortSignal): Promise<Session> {
	const [session] = await services.store.sessions.find({ id: { eq: run.sessionId } }, { limit: 1 }, signal);
	if (session !== undefined) return session;
	throw new MaestroError('no_task', `The session ${run.sessionId} of run ${run.id} is gone`, 'Delete the run in maestro_runs to have it done again.', { run: run.id });
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

/** A limit that has not ended yet would only be met again. */
export async function stillPaused(task: Task, run: Run | undefined, input: IDataObject, services: Services, signal: AbortSignal): Promise<Leaving | undefined> {
	if (run?.status !== 'paused' || run.resumeAt === null || Date.parse(run.resumeAt) <= services.clock.now().getTime()) return undefined;
	const session = await sessionOf(run, services, signal);
	return { output: OUTPUT.paused, json: json(input, task, session, run, { reason: run.statusReason, report: null, warnings: [] }) };
}
