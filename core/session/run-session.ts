import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { AgentHooks, AgentRequest, AgentResult, RunAgent } from '../agent/agent';
import { isMaestroError, messageOf } from '../errors';
import { changeSession } from '../task/compare-and-set';
import { isFresh, resumeSession, startRun, startSession } from '../task/leases';
import type { Run, Session } from '../task/records';
import type { TaskTools } from '../task/tools';
import { hasConversation } from './conversation';
import { EarlyAgent } from './early-agent';
import { decideEnding, type Ending } from './ending';
import { LeaseKeeper, type Progress } from './lease';
import type { RunRest } from './rest';
import type { Workspace } from './workspace';
import { writeEnd } from './write-end';

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
	/** The caller sees to what is left to write (`rest`), beside work of its own. */
	readonly leavesRest?: boolean;
}

export type SessionResult =
	| { readonly kind: 'ended'; readonly rest: RunRest; readonly ending: Ending; readonly session: Session; readonly run: Run; readonly result: AgentResult; readonly uncommitted: readonly string[]; readonly warnings: readonly string[] }
	/** Another execution has the session or the run. */
	| { readonly kind: 'busy' }
	/** The run was given to another while it was going on; nothing was written. */
	| { readonly kind: 'lost' };

/** Another task's clone may hold the mirror for long; the lease is kept meanwhile. */
const ADOPT_MS = 15 * 60_000;

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

/** The conversation that a run is to have. */
interface Seat {
	readonly agentSessionId: string;
	readonly configDir: string;
	/** What it has cost so far. */
	readonly costUsd: number;
	/** The CLI has kept it. */
	readonly isResumed: boolean;
	/** Its row, taken for this run. Undefined: it is new, and nobody else can know of it. */
	readonly session: Session | undefined;
}

/** Undefined: another run has the session. */
async function takeSeat({ session, workspace }: SessionRun, { tools, dataDir, endSession }: SessionEffects, signal: AbortSignal): Promise<Seat | undefined> {
	if (session === undefined) {
		const agentSessionId = randomUUID();
		return { agentSessionId, configDir: join(dataDir, 'sessions', agentSessionId), costUsd: 0, isResumed: false, session };
	}
	const free = await withoutHolder(tools, session, signal);
	if (free === undefined) return undefined;
	await endSession(session.agentSessionId);
	const taken = await resumeSession(tools, free, { workspace: workspace.path, branch: workspace.branch }, signal);
	if (taken === undefined) return undefined;
	const { agentSessionId, configDir, costUsd } = taken;
	// Only what the CLI itself has kept can be resumed: an earlier run may have ended before its first word.
	return { agentSessionId, configDir, costUsd, isResumed: await hasConversation(configDir, agentSessionId), session: taken };
}

interface Rows {
	readonly session: Session;
	readonly run: Run;
}

/** The rows that say who works where, and carry the lease. Undefined: another execution has the run. */
async function writeStart(request: SessionRun, { agentSessionId, configDir, ...seat }: Seat, tools: TaskTools, signal: AbortSignal): Promise<Rows | undefined> {
	const { taskId, projectId, sessionKey, purpose, executionId, earlier, workspace } = request;
	const session =
		seat.session ??
		(await startSession(tools, { key: sessionKey, taskId, projectId, agentSessionId, workspace: workspace.path, branch: workspace.branch, configDir }, signal));
	const run = await startRun(tools, { task: { id: taskId }, purpose, session, executionId, host: hostname(), ...(earlier === undefined ? {} : { earlier }) }, signal);
	return run === undefined ? undefined : { session, run };
}

/** Where the events of the run are kept, which is known before its row is there. */
function transcriptOf({ purpose, earlier }: SessionRun, { agentSessionId }: Seat): string {
	const name = purpose.replaceAll(/[^\w.-]+/g, '-').slice(0, 60);
	return join('transcripts', agentSessionId, `${name}-${(earlier?.epoch ?? 0) + 1}.jsonl`);
}

/**
 * Runs the agent once in a session, new or resumed, under a lease. Whatever happens to the agent, the rows say how it ended;
 * what could not even be started is written as failed and thrown.
 */
export async function runSession(request: SessionRun, effects: SessionEffects, signal: AbortSignal): Promise<SessionResult> {
	const { tools, dataDir } = effects;
	const startedAt = tools.clock.now();
	const seat = await takeSeat(request, effects, signal);
	if (seat === undefined) return { kind: 'busy' };
	const progress: Progress = { pid: 0, turns: 0, lastActivity: '' };
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
	const transcript = transcriptOf(request, seat);
	const ask: AgentRequest = {
		...request.agent,
		cwd: request.workspace.path,
		configDir: seat.configDir,
		transcriptPath: join(dataDir, transcript),
		session: { mode: seat.isResumed ? 'resume' : 'new', id: seat.agentSessionId },
		gitIdentity: GIT_IDENTITY,
	};
	const agent = new EarlyAgent(async (mayBegin, ended) => await effects.runAgent(ask, seat.costUsd, { ...hooks, mayBegin }, ended), [signal, effects.hostLeaving]);
	let rows: Rows | undefined;
	try {
		rows = await writeStart(request, seat, tools, signal);
	} finally {
		if (rows === undefined) await agent.cancel();
	}
	if (rows === undefined) return { kind: 'busy' };
	const { session, run } = rows;
	const keeper = new LeaseKeeper(tools, run, progress);
	let result: AgentResult | undefined;
	let ending: Ending;
	let adopted: Awaited<ReturnType<Workspace['adopt']>>;
	try {
		result = await agent.work(keeper.lost);
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
		const end = await writeEnd(request, tools, { session, run: held }, { ending: failed, result, headSha: '', transcript, startedAt });
		await end?.rest.settle();
		throw error;
	}
	const held = await keeper.stop();
	if (keeper.isLost()) return { kind: 'lost' };
	// What cannot be written now is no failure of the agent: the lease runs out, and the next run goes on from here.
	const written = await writeEnd(request, tools, { session, run: held }, { ending, result, headSha: adopted.headSha, transcript, startedAt });
	if (written === undefined) return { kind: 'lost' };
	const settled = request.leavesRest === true ? written.session : await written.rest.settle();
	return { kind: 'ended', ending, ...written, session: settled, result, uncommitted: adopted.uncommitted, warnings: [...request.workspace.warnings, ...result.warnings, ...adopted.warnings] };
}
