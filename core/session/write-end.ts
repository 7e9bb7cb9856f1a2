import type { AgentResult } from '../agent/agent';
import { changeSession } from '../task/compare-and-set';
import type { EventDraft } from '../task/events';
import { finishRun } from '../task/leases';
import type { Run, Session } from '../task/records';
import type { TaskTools } from '../task/tools';
import type { Ending } from './ending';
import { stillHeld } from './lease';
import { LAST_WRITES_MS, RunRest } from './rest';
import type { SessionRun } from './run-session';

/** Room for a plan of ten tasks; what an own schema gives beyond it is not kept, for a cut text would be no JSON. */
const REPORT_LIMIT = 130_000;

function keptReport(structuredOutput: unknown, ending: Ending): string {
	if (structuredOutput === undefined) return '';
	const whole = JSON.stringify(structuredOutput);
	if (whole.length <= REPORT_LIMIT) return whole;
	const { report } = ending;
	return report === undefined ? '' : JSON.stringify({ ...report, summary: report.summary.slice(0, 10_000), question: report.question?.slice(0, 10_000) });
}

/** Writes the end of the run, and begins to write that of its session; undefined: the lease was lost. `session` is as it will stand. */
export async function writeEnd(
	request: SessionRun,
	tools: TaskTools,
	held: { readonly session: Session; readonly run: Run },
	end: { readonly ending: Ending; readonly result: AgentResult | undefined; readonly headSha: string; readonly transcript: string; readonly startedAt: Date },
): Promise<{ readonly session: Session; readonly run: Run; readonly rest: RunRest } | undefined> {
	const signal = AbortSignal.timeout(LAST_WRITES_MS);
	const { ending, result } = end;
	const runChanges = {
		status: ending.status,
		headSha: end.headSha,
		report: keptReport(result?.structuredOutput, ending),
		summary: ending.report?.summary ?? '',
		failure: ending.failure,
		statusReason: ending.reason,
		resumeAt: ending.resumeAt,
		turns: result?.turns ?? 0,
		costUsd: held.run.costUsd + (result?.costUsd ?? 0),
	};
	let finished = await finishRun(tools, held.run, runChanges, signal);
	if (finished === 'lost') {
		const again = await stillHeld(tools, held.run, signal);
		if (again === undefined) return undefined;
		finished = await finishRun(tools, again, runChanges, signal);
		if (finished === 'lost') return undefined;
	}
	const sessionChanges = {
		status: ending.status,
		statusReason: ending.reason,
		question: ending.question,
		resumeAt: ending.resumeAt,
		model: result?.model ?? held.session.model,
		turns: held.session.turns + (result?.turns ?? 0),
		costUsd: held.session.costUsd + (result?.costUsd ?? 0),
		transcript: end.transcript,
		finishedAt: tools.clock.now().toISOString(),
	};
	const about = { taskId: request.taskId, sessionId: held.session.id, runId: finished.id, executionId: request.executionId };
	const started: EventDraft = {
		...about,
		type: request.session === undefined ? 'session.started' : 'session.resumed',
		message: `For ${request.purpose}, at ${end.startedAt.toISOString()}`,
	};
	const ended: EventDraft = { ...about, type: `session.${ending.status}`, message: ending.reason || `${request.purpose} is done`, detail: { turns: runChanges.turns, costUsd: result?.costUsd ?? 0 } };
	// One write for the whole run; session.needs_input is delivered with the events of the task.
	const drafts = ending.status === 'needs_input' ? [started] : [started, ended];
	const writing = changeSessionFrom(tools, held.session, sessionChanges, signal);
	return { session: { ...held.session, ...sessionChanges }, run: finished, rest: new RunRest(tools, writing, drafts) };
}

/** The row that was inserted or claimed at the start is most likely still as it was: one operation then. */
async function changeSessionFrom(tools: TaskTools, session: Session, changes: Partial<Session>, signal: AbortSignal): Promise<Session> {
	const token = tools.newToken();
	const written = await tools.store.sessions.update({ id: { eq: session.id }, version: { eq: session.version } }, { ...changes, version: session.version + 1, owner: token }, signal);
	const mine = written.find((row) => row.owner === token);
	return mine ?? (await changeSession(tools, session.id, () => changes, signal)) ?? session;
}
