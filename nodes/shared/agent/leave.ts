import type { IDataObject } from 'n8n-workflow';
import { isMaestroError, MaestroError, type MaestroErrorCode } from '../../../core/errors';
import type { Ending } from '../../../core/session/ending';
import type { EventDraft } from '../../../core/task/events';
import type { Run, Session, Task } from '../../../core/task/records';
import { dispatchReady } from '../dispatch';
import { withoutEffects } from '../markdown';
import { changeTask, costOf, noteFailure, runsOfTask } from '../records';
import type { Services } from '../services';
import { NOTICE_LIMIT, questionNotice } from './notice';

const LAST_WRITES_MS = 30_000;

/** Takes the task out of work, with its cost and a line on its timeline, and gives its slot to the next. */
export async function moveTask(services: Services, task: Task | undefined, status: 'blocked' | 'failed', reason: string, drafts: readonly EventDraft[], signal: AbortSignal): Promise<Task | undefined> {
	if (task === undefined) return undefined;
	const finishedAt = status === 'failed' ? services.clock.now().toISOString() : null;
	const costUsd = costOf(await runsOfTask(services, task.id, signal));
	const moved = await changeTask(services, task.id, () => ({ status, statusReason: reason.slice(0, 500), finishedAt, claimedUntil: null, costUsd }), signal, drafts);
	// It has freed its slot.
	await dispatchReady(services, signal);
	return moved;
}

/** How an agent's run can end without having done what it was for. */
export type Unfinished = { readonly why: 'needs_input' | 'paused' | 'failed'; readonly task: Task | undefined; readonly extra: IDataObject };

/** Moves the task on and gives what the item says of it. A stopped run throws, as n8n expects of a stopped node. */
export async function leaveUnfinished(
	ending: Ending & { readonly status: Exclude<Ending['status'], 'completed'> },
	{ session, run, how }: { readonly session: Session; readonly run: Run; /** How a person answers, as the end of a sentence. */ readonly how: string },
	task: Task | undefined,
	services: Services,
	signal: AbortSignal,
): Promise<Unfinished> {
	const about = { sessionId: session.id, runId: run.id };
	switch (ending.status) {
		case 'needs_input': {
			const notice = questionNotice(ending.question, how);
			const moved = await moveTask(services, task, 'blocked', `Question: ${ending.question}`, [
				{ ...about, type: 'session.needs_input', message: ending.question },
				{ ...about, type: 'task.blocked', message: 'The agent has a question' },
			], signal);
			return { why: 'needs_input', task: moved, extra: { question: ending.question, notice } };
		}
		case 'paused':
			return { why: 'paused', task, extra: { reason: ending.reason } };
		case 'failed': {
			const notice = `The agent could not do it (${ending.failure}): ${withoutEffects(ending.reason, NOTICE_LIMIT)}`;
			const moved = await moveTask(services, task, 'failed', `${ending.failure}: ${ending.reason}`, [{ ...about, type: 'task.failed', message: ending.reason, detail: { failure: ending.failure } }], signal);
			return { why: 'failed', task: moved, extra: { failure: ending.failure, reason: ending.reason, notice } };
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
const FOR_A_PERSON: ReadonlySet<MaestroErrorCode> = new Set(['bad_parameter', 'no_project', 'bad_playbook', 'cli_missing', 'cli_too_old', 'workspace_missing', 'setup_failed', 'git_auth', 'github_auth']);

/** Says on the task what the execution is about to fail with. Everything else is left to Maestro Reconcile, which starts the flow again. */
export async function giveUp(error: unknown, task: Task, services: Services): Promise<void> {
	if (!isMaestroError(error) || !FOR_A_PERSON.has(error.code)) {
		await noteFailure(services, task.id, error);
		return;
	}
	const reason = services.redact(`${error.message}. ${error.advice}`);
	await moveTask(services, task, 'failed', `${error.code}: ${reason}`, [{ type: 'task.failed', message: reason, detail: { failure: error.code } }], AbortSignal.timeout(LAST_WRITES_MS));
}

export async function sessionOf(run: Run, services: Services, signal: AbortSignal): Promise<Session> {
	const [session] = await services.store.sessions.find({ id: { eq: run.sessionId } }, { limit: 1 }, signal);
	if (session !== undefined) return session;
	throw new MaestroError('no_task', `The session ${run.sessionId} of run ${run.id} is gone`, 'Delete the run in maestro_runs to have it done again.', { run: run.id });
}

/** The run, where the limit that it paused for has not ended yet: it would only be met again. */
export function pausedRun(run: Run | undefined, now: Date): Run | undefined {
	return run?.status === 'paused' && run.resumeAt !== null && Date.parse(run.resumeAt) > now.getTime() ? run : undefined;
}
