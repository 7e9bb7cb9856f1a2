import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { AgentHooks, AgentRequest, AgentResult, RunAgent } from '../agent/agent';
import { isMaestroError, messageOf } from '../errors';
import { changeSession } from '../task/compare-and-set';
import { appendEvents, type EventDraft } from '../task/events';
import { finishRun, isFresh, resumeSession, startRun, startSession } from '../task/leases';
import type { Run, Session } from '../task/records';
import type { TaskTools } from '../task/tools';
import { hasConversation } from './conversation';
import { decideEnding, type Ending } from './ending';
import { LeaseKeeper, stillHeld, type Progress } from './lease';
import type { Workspace } from './workspace';

export interface SessionEffects {
	readonly tools: TaskTools;
	readonly runAgent: RunAgent;
	/** Ends what of a session still works on this host; the CLI outlives its parent. */
	readonly endSession: (agentSessionId: string) => Promise<number>;
	/** Aborted when n8n is being shut down: the agent ends then, and goes on after the start. */
	readonly hostLeaving: AbortSignal;
	readonly dataDir: string;
}

export interface SessionRun {
	/** 0: none. */
	readonly taskId: number;
	readonly projectId: number;
	readonly purpose: string;
	readonly sessionKey: string;
	/** The session to go on with. */
	readonly session: Session | undefined;
	/** The run to go on with, from the claim. */
	readonly earlier: Run | undefined;
	readonly workspace: Workspace;
	readonly executionId: string;
	readonly agent: Omit<AgentRequest, 'cwd' | 'configDir' | 'transcriptPath' | 'session' | 'gitIdentity'>;
	readonly onActivity: AgentHooks['onActivity'];
}

export type SessionResult =
	| { readonly kind: 'ended'; readonly ending: Ending; readonly session: Session; readonly run: Run; readonly result: AgentResult; readonly uncommitted: readonly string[]; readonly warnings: readonly string[] }
	/** Another execution has the session or the run. */
	| { readonly kind: 'busy' }
	/** The run was given to another while it was going on; nothing was written. */
	| { readonly kind: 'lost' };

/** The last writes must not hang on the signal that ended the run. */
const LAST_WRITES_MS = 30_000;
/** Another task's clone may hold the mirror for long; the lease is kept meanwhile. */
const ADOPT_MS = 15 * 60_000;
/** Room for a plan of ten tasks; what an own schema gives beyond it is not kept, for a cut text would be no JSON. */
const REPORT_LIMIT = 130_000;

/** GitHub shows commits with this address as Maestro's and nobody's account. */
const GIT_IDENTITY = { name: 'Maestro', email: 'maestro@users.noreply.github.com' } as const;

/**
 * A session that says it is running while no run of it is: its holder died between the two writes. The lease is the run's, so the
 * session is free. Undefined: a run has it.
 */
async function withoutHolder(tools: TaskTools, session: Session, signal: AbortSignal): Promise<Session | undefined> {
	if (session.status !== 'running' && session.status !== 'spawning') return session;
	const [holder] = await tools.store.runs.find({ sessionId: { eq: session.id }, status: { eq: 'running' } }, { limit: 1, newestFirst: true }, signal);
	if (holder !== undefined && isFresh(holder, tools.clock.now())) return undefined;
	return await changeSession(tools, session.id, () => ({ status: 'interrupted', statusReason: 'Its holder went away' }), signal);
}

async function openSession(request: SessionRun, effects: SessionEffects, signal: AbortSignal): Promise<Session | undefined> {
	const { tools, dataDir } = effects;
	const { session, workspace } = request;
	if (session !== undefined) {
		const free = await withoutHolder(tools, session, signal);
		if (free === undefined) return undefined;
		await effects.endSession(session.agentSessionId);
		return await resumeSession(tools, free, { workspace: workspace.path, branch: workspace.branch }, signal);
	}
	const agentSessionId = randomUUID();
	return await startSession(
		tools,
		{
			key: request.sessionKey,
			taskId: request.taskId,
			projectId: request.projectId,
			agentSessionId,
			workspace: workspace.path,
			branch: workspace.branch,
			configDir: join(dataDir, 'sessions', agentSessionId),
		},
		signal,
	);
}

function transcriptOf(request: SessionRun, session: Session, epoch: number): string {
	const purpose = request.purpose.replaceAll(/[^\w.-]+/g, '-').slice(0, 60);
	return join('transcripts', session.agentSessionId, `${purpose}-${epoch}.jsonl`);
}

function keptReport(structuredOutput: unknown, ending: Ending): string {
	if (structuredOutput === undefined) return '';
	const whole = JSON.stringify(structuredOutput);
	if (whole.length <= REPORT_LIMIT) return whole;
	const { report } = ending;
	return report === undefined ? '' : JSON.stringify({ ...report, summary: report.summary.slice(0, 10_000), question: report.question?.slice(0, 10_000) });
}

/** Writes the end of the run and of its session, and the timeline; undefined: the lease was lost. */
async function writeEnd(
	request: SessionRun,
	tools: TaskTools,
	held: { readonly session: Session; readonly run: Run },
	end: { readonly ending: Ending; readonly result: AgentResult | undefined; readonly headSha: string; readonly transcript: string; readonly startedAt: Date },
): Promise<{ session: Session; run: Run } | undefined> {
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
	const session = await changeSessionFrom(tools, held.session, sessionChanges, signal);
	const about = { taskId: request.taskId, sessionId: session.id, runId: finished.id, executionId: request.executionId };
	const started: EventDraft = {
		...about,
		type: request.session === undefined ? 'session.started' : 'session.resumed',
		message: `For ${request.purpose}, at ${end.startedAt.toISOString()}`,
	};
	const ended: EventDraft = { ...about, type: `session.${ending.status}`, message: ending.reason || `${request.purpose} is done`, detail: { turns: runChanges.turns, costUsd: result?.costUsd ?? 0 } };
	// One write for the whole run; session.needs_input is delivered with the events of the task.
	const drafts = ending.status === 'needs_input' ? [started] : [started, ended];
	await appendEvents(tools, drafts, signal);
	return { session, run: finished };
}

/** The row that was inserted or claimed at the start is most likely still as it was: one operation then. */
async function changeSessionFrom(tools: TaskTools, session: Session, changes: Partial<Session>, signal: AbortSignal): Promise<Session> {
	const token = tools.newToken();
	const written = await tools.store.sessions.update({ id: { eq: session.id }, version: { eq: session.version } }, { ...changes, version: session.version + 1, owner: token }, signal);
	const mine = written.find((row) => row.owner === token);
	return mine ?? (await changeSession(tools, session.id, () => changes, signal)) ?? session;
}

/**
 * Runs the agent once in a session, new or resumed, under a lease. Whatever happens to the agent, the rows say how it ended;
 * what could not even be started is written as failed and thrown.
 */
export async function runSession(request: SessionRun, effects: SessionEffects, signal: AbortSignal): Promise<SessionResult> {
	const { tools, dataDir } = effects;
	const startedAt = tools.clock.now();
	const session = await openSession(request, effects, signal);
	if (session === undefined) return { kind: 'busy' };
	const run = await startRun(
		tools,
		{
			task: { id: request.taskId },
			purpose: request.purpose,
			session,
			executionId: request.executionId,
			host: hostname(),
			...(request.earlier === undefined ? {} : { earlier: request.earlier }),
		},
		signal,
	);
	if (run === undefined) return { kind: 'busy' };
	const progress: Progress = { pid: 0, turns: 0, lastActivity: '' };
	const keeper = new LeaseKeeper(tools, run, progress);
	const transcript = transcriptOf(request, session, run.epoch);
	const hooks: AgentHooks = {
		onStarted: ({ pid }) => {
			progress.pid = pid;
		},
		onActivity: (activity) => {
			progress.turns = activity.turns;
			progress.lastActivity = activity.text;
			request.onActivity(activity);
		},
	};
	// Only what the CLI itself has kept can be resumed: an earlier run may have ended before its first word.
	const isResumed = request.session !== undefined && (await hasConversation(session.configDir, session.agentSessionId));
	let result: AgentResult | undefined;
	let ending: Ending;
	let adopted: Awaited<ReturnType<Workspace['adopt']>>;
	try {
		result = await effects.runAgent(
			{
				...request.agent,
				cwd: request.workspace.path,
				configDir: session.configDir,
				transcriptPath: join(dataDir, transcript),
				session: { mode: isResumed ? 'resume' : 'new', id: session.agentSessionId },
				gitIdentity: GIT_IDENTITY,
			},
			session.costUsd,
			hooks,
			AbortSignal.any([signal, keeper.lost, effects.hostLeaving]),
		);
		if (keeper.isLost()) {
			await keeper.stop();
			return { kind: 'lost' };
		}
		ending = decideEnding(result, effects.hostLeaving.aborted);
		adopted = await request.workspace.adopt(AbortSignal.timeout(ADOPT_MS));
	} catch (error) {
		const held = await keeper.stop();
		const failed: Ending = {
			status: 'failed',
			failure: isMaestroError(error) ? error.code : 'crashed',
			reason: isMaestroError(error) ? `${error.message}. ${error.advice}` : messageOf(error),
			question: '',
			resumeAt: null,
			report: undefined,
		};
		await writeEnd(request, tools, { session, run: held }, { ending: failed, result, headSha: '', transcript, startedAt });
		throw error;
	}
	const held = await keeper.stop();
	if (keeper.isLost()) return { kind: 'lost' };
	// What cannot be written now is no failure of the agent: the lease runs out, and the next run goes on from here.
	const written = await writeEnd(request, tools, { session, run: held }, { ending, result, headSha: adopted.headSha, transcript, startedAt });
	if (written === undefined) return { kind: 'lost' };
	return { kind: 'ended', ending, ...written, result, uncommitted: adopted.uncommitted, warnings: [...request.workspace.warnings, ...result.warnings, ...adopted.warnings] };
}
