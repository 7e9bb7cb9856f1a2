import { blank } from './blank';
import { updateRun, updateSession, updateTask } from './compare-and-set';
import { MaestroError } from '../errors';
import { runColumns, sessionColumns, type Run, type Session, type Task } from './records';
import { isTaskMove } from './states';
import type { Changes } from './store';
import { isPast, later, type TaskTools } from './tools';

/** How long a task is kept for the one that claimed it, until its run row is there and carries the lease. */
export const CLAIM_MS = 60_000;
export const HEARTBEAT_MS = 15_000;
/** A run without a heartbeat for so long has lost its lease. */
export const STALE_MS = 60_000;

/** `unknown`: n8n did not say; a probe that fails is not a death. */
export type ExecutionState = 'running' | 'waiting' | 'finished' | 'crashed' | 'stopped' | 'missing' | 'unknown';
export type Probe = (executionId: string, signal: AbortSignal) => Promise<ExecutionState>;

export function isDead(state: ExecutionState): boolean {
	return state === 'finished' || state === 'crashed' || state === 'stopped' || state === 'missing';
}

export interface RunRequest {
	/** As the item brought it; it may be out of date. */
	readonly task: Task;
	readonly purpose: string;
	readonly executionId: string;
	readonly workflowId: string;
	/** A run that ended before has not fulfilled the purpose as it is meant now. */
	readonly since?: string;
	/** What is known of an execution's fate; asked only about one that stands in the way. */
	readonly probe: Probe;
}

export type RunClaim =
	/** The caller may start a run; `run` is an earlier one of this purpose to go on with, `sessions` those interrupted by this claim. */
	| { readonly kind: 'claimed'; readonly task: Task; readonly run?: Run }
	/** This purpose has been fulfilled. */
	| { readonly kind: 'done'; readonly task: Task; readonly run: Run }
	/** Another execution works on the task. */
	| { readonly kind: 'busy'; readonly task: Task; readonly executionId: string; readonly run?: Run }
	/** The task is not in a state to be worked on. */
	| { readonly kind: 'not_open'; readonly task: Task };

const ATTEMPTS = 8;
const MAX_RUNS = 200;

export function isFresh(run: Run, now: Date): boolean {
	return run.heartbeatAt !== null && now.getTime() - Date.parse(run.heartbeatAt) < STALE_MS;
}

/** Marks a run and its session interrupted. False: its holder, or another, was faster. */
export async function interruptRun(tools: TaskTools, run: Run, reason: string, signal: AbortSignal): Promise<Run | undefined> {
	const finishedAt = tools.clock.now().toISOString();
	// The epoch goes up here too, so that the late writer of a run that nobody resumed is fenced as well.
	const interrupted = await updateRun(tools, run, { status: 'interrupted', statusReason: reason, epoch: run.epoch + 1, finishedAt }, signal);
	if (interrupted === undefined) return undefined;
	const [session] = run.sessionId === 0 ? [] : await tools.store.sessions.find({ id: { eq: run.sessionId } }, { limit: 1 }, signal);
	if (session !== undefined && (session.status === 'running' || session.status === 'spawning')) {
		await updateSession(tools, session, { status: 'interrupted', statusReason: reason }, signal);
	}
	return interrupted;
}

/** Also after its time: setting up a worktree may take longer than any claim, and a dead execution is found by asking. */
export function isClaimed(task: Task, request: RunRequest, now: Date): boolean {
	if (task.executionId === '' || task.executionId === request.executionId) return false;
	return !isPast(task.claimedUntil, now) || task.status === 'in_progress';
}

type Look = { kind: 'free'; run?: Run } | { kind: 'done'; run: Run } | { kind: 'busy'; run: Run } | { kind: 'again' };

/** A person started the task again after this run: what it gave is not what is asked for now. */
function isAskedAgain(task: Task, run: Run): boolean {
	return isBefore(run, task.startAgainAt);
}

/** By the time that runs and what they are for are written with. */
export function isBefore(run: Pick<Run, 'finishedAt'>, since: string | null | undefined): boolean {
	return typeof since === 'string' && run.finishedAt !== null && Date.parse(run.finishedAt) < Date.parse(since);
}

async function lookAtRuns(tools: TaskTools, request: RunRequest, task: Task, signal: AbortSignal): Promise<Look> {
	const runs = await tools.store.runs.find({ taskId: { eq: task.id } }, { limit: MAX_RUNS, newestFirst: true }, signal);
	const same = runs.filter((run) => run.purpose === request.purpose);
	const completed = same.find((run) => run.status === 'completed' && !isAskedAgain(task, run) && !isBefore(run, request.since));
	if (completed !== undefined) return { kind: 'done', run: completed };
	let earlier = same.find((run) => run.status !== 'running');
	// One worktree holds one agent, so a run of any purpose stands in the way.
	for (const run of runs.filter((candidate) => candidate.status === 'running')) {
		if (isFresh(run, tools.clock.now()) && run.executionId !== request.executionId) {
			const state = await request.probe(run.executionId, signal);
			if (!isDead(state)) return { kind: 'busy', run };
		} else if (isFresh(run, tools.clock.now())) {
			return { kind: 'busy', run };
		}
		const interrupted = await interruptRun(tools, run, `Execution ${run.executionId} went away while the agent worked`, signal);
		if (interrupted === undefined) return { kind: 'again' };
		if (interrupted.purpose === request.purpose) earlier = interrupted;
	}
	return earlier === undefined ? { kind: 'free' } : { kind: 'free', run: earlier };
}

async function readTask(tools: TaskTools, id: number, signal: AbortSignal): Promise<Task> {
	const [task] = await tools.store.tasks.find({ id: { eq: id } }, { limit: 1 }, signal);
	if (task !== undefined) return task;
	throw new MaestroError('no_task', `There is no task ${id}`, 'Give the id of a row in maestro_tasks.', { taskId: id });
}

/**
 * Claims a task for one run. For a task that never had a run and whose row in the item is up to date this is one operation.
 * Throws `no_task`, and `lost_race` when others changed the task all the time.
 */
export async function claimRun(tools: TaskTools, request: RunRequest, signal: AbortSignal): Promise<RunClaim> {
	let { task } = request;
	let isStale = false;
	for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
		if (isStale || isClaimed(task, request, tools.clock.now()) || task.status === 'completed') task = await readTask(tools, task.id, signal);
		isStale = true;
		const look: Look = task.runs === 0 ? { kind: 'free' } : await lookAtRuns(tools, request, task, signal);
		if (look.kind === 'again') continue;
		if (look.kind === 'done') return { kind: 'done', task, run: look.run };
		if (look.kind === 'busy') return { kind: 'busy', task, executionId: look.run.executionId, run: look.run };
		// A claim by an execution that died meanwhile holds no one up.
		if (isClaimed(task, request, tools.clock.now()) && !isDead(await request.probe(task.executionId, signal))) {
			return { kind: 'busy', task, executionId: task.executionId };
		}
		if (!isOpen(task)) return { kind: 'not_open', task };
		const now = tools.clock.now().toISOString();
		const claimed = await updateTask(
			tools,
			task,
			{
				status: 'in_progress',
				statusReason: '',
				executionId: request.executionId,
				workflowId: request.workflowId,
				claimedUntil: later(tools, CLAIM_MS),
				startedAt: task.startedAt ?? now,
				finishedAt: null,
				runs: task.runs + 1,
			},
			signal,
		);
		if (claimed !== undefined) return look.run === undefined ? { kind: 'claimed', task: claimed } : { kind: 'claimed', task: claimed, run: look.run };
	}
	throw new MaestroError('lost_race', `Others changed task ${task.id} all the time`, 'Run this again.', { taskId: task.id });
}

export function isOpen(task: Task): boolean {
	return isTaskMove(task.status, 'in_progress');
}

export type SessionDraft = Partial<Session> & Pick<Session, 'key' | 'taskId' | 'projectId' | 'agentSessionId'>;

/** Inserts the row of a new conversation, running. One operation. */
export async function startSession(tools: TaskTools, draft: SessionDraft, signal: AbortSignal): Promise<Session> {
	const startedAt = tools.clock.now().toISOString();
	const row = { ...blank(sessionColumns), ...draft, status: 'running' as const, startedAt, version: 1, owner: tools.newToken() };
	const [session] = await tools.store.sessions.insert([row], signal);
	if (session === undefined) throw new MaestroError('n8n_api', 'n8n took a new session but gave no row back', 'Check the version of n8n.');
	return session;
}

/** Takes an earlier conversation up again; undefined when another run has it. */
export async function resumeSession(tools: TaskTools, session: Session, changes: Changes<Session>, signal: AbortSignal): Promise<Session | undefined> {
	if (session.status === 'running' || session.status === 'spawning') return undefined;
	return await updateSession(tools, session, { question: '', statusReason: '', resumeAt: null, finishedAt: null, ...changes, status: 'running' }, signal);
}

export interface RunStart {
	readonly task: Pick<Task, 'id'>;
	readonly purpose: string;
	readonly session: Pick<Session, 'id' | 'agentSessionId'>;
	readonly executionId: string;
	readonly host: string;
	readonly pid?: number;
	/** The run to go on with, from the claim. */
	readonly earlier?: Run;
}

/** Writes the row that carries the lease. One operation. Undefined: somebody else took the earlier run up. */
export async function startRun(tools: TaskTools, start: RunStart, signal: AbortSignal): Promise<Run | undefined> {
	const now = tools.clock.now().toISOString();
	const fields = {
		sessionId: start.session.id,
		agentSessionId: start.session.agentSessionId,
		status: 'running' as const,
		executionId: start.executionId,
		host: start.host,
		pid: start.pid ?? 0,
		heartbeatAt: now,
		startedAt: now,
		finishedAt: null,
		failure: '',
		statusReason: '',
		resumeAt: null,
	};
	if (start.earlier !== undefined) return await updateRun(tools, start.earlier, { ...fields, epoch: start.earlier.epoch + 1 }, signal);
	const row = { ...blank(runColumns), ...fields, taskId: start.task.id, purpose: start.purpose, epoch: 1, version: 1, owner: tools.newToken() };
	const [run] = await tools.store.runs.insert([row], signal);
	return run;
}

/** Renews the lease; `lost`: the run was given to another, whose agent must not be disturbed. */
export async function heartbeat(tools: TaskTools, run: Run, changes: Pick<Changes<Run>, 'lastActivity' | 'pid' | 'turns'>, signal: AbortSignal): Promise<Run | 'lost'> {
	return (await updateRun(tools, run, { ...changes, heartbeatAt: tools.clock.now().toISOString() }, signal)) ?? 'lost';
}

/** Writes how a run ended, unless it was given to another meanwhile. */
export async function finishRun(
	tools: TaskTools,
	run: Run,
	changes: Changes<Run> & Pick<Run, 'status'>,
	signal: AbortSignal,
): Promise<Run | 'lost'> {
	const now = tools.clock.now().toISOString();
	return (await updateRun(tools, run, { ...changes, heartbeatAt: now, finishedAt: now }, signal)) ?? 'lost';
}
