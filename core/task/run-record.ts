import { count, date, guarded, oneOf, text, type Row } from './columns';
import { PLAYBOOK_STATUSES, RUN_STATUSES, SESSION_STATUSES } from './states';

/** One agent conversation. Its first task stands here; further ones stand in maestro_task_sessions. */
export const sessionColumns = {
	/** By which a later run finds it again, for example `task:12`. */
	key: text,
	status: oneOf(SESSION_STATUSES),
	taskId: count,
	projectId: count,
	/** The CLI's own session id, a UUID. */
	agentSessionId: text,
	model: text,
	/** The directory that the agent works in. */
	workspace: text,
	configDir: text,
	branch: text,
	/** The end of the last transcript, as a path below the data directory. */
	transcript: text,
	question: text,
	statusReason: text,
	/** For a paused one: when the limit ends. */
	resumeAt: date,
	turns: count,
	/** All runs together, in USD. */
	costUsd: count,
	lastActivity: text,
	startedAt: date,
	finishedAt: date,
	...guarded,
} as const;
export type Session = Row<typeof sessionColumns>;

/** One launch of the agent in a session for one purpose of one task. Carries the lease. */
export const runColumns = {
	taskId: count,
	/** `implement`, `step:3`, `feedback:<head sha>`. */
	purpose: text,
	/** The row id in maestro_sessions. */
	sessionId: count,
	agentSessionId: text,
	status: oneOf(RUN_STATUSES),
	/** Goes up with each launch; a writer with an older one has lost its lease. */
	epoch: count,
	executionId: text,
	/** Which host and process has the agent, to end it there when its execution died. */
	host: text,
	pid: count,
	heartbeatAt: date,
	lastActivity: text,
	/** The agent's last commit when the run ended. */
	headSha: text,
	/** The structured output, as JSON, bounded. */
	report: text,
	summary: text,
	failure: text,
	statusReason: text,
	resumeAt: date,
	turns: count,
	costUsd: count,
	startedAt: date,
	finishedAt: date,
	...guarded,
} as const;
export type Run = Row<typeof runColumns>;

/** Where a task stands in one playbook. */
export const playbookColumns = {
	taskId: count,
	/** As the node names it: `fix-bug`, or the path in the repository. */
	playbook: text,
	status: oneOf(PLAYBOOK_STATUSES),
	statusReason: text,
	/** For a person: `step 3 of 8`. */
	progress: text,
	/** What the step of now is, or was. */
	step: text,
	/** Of the documents as they were at the start, by which a change of them is found. */
	sha256: text,
	/** JSON of core/playbook's Position. */
	position: text,
	/** The commit that the next step starts from. */
	headSha: text,
	/** JSON: what lay uncommitted in the worktree when the playbook began, so that it is held against no step. */
	leftovers: text,
	/** The conversation of the document, where one serves all of its steps. */
	sessionId: count,
	/** How many times the agent has tried the step of now, and how many of these were before a person started it again. */
	tries: count,
	triesBefore: count,
	/** Runs in a row that brought nothing new. */
	idleRuns: count,
	/** Why the last try did not pass, and what the check said; goes back to the agent. */
	problem: text,
	problemOutput: text,
	/** JSON, bounded: what was done and how it was checked, step by step. */
	checks: text,
	/** JSON: the tasks that the work was split into; empty: none. */
	plan: text,
	/** What a person was asked last, when, and the answer, until the step is done that it was for. */
	question: text,
	askedAt: date,
	answer: text,
	costUsd: count,
	startedAt: date,
	finishedAt: date,
	...guarded,
} as const;
export type PlaybookState = Row<typeof playbookColumns>;

export const taskSessionColumns = { taskId: count, sessionId: count } as const;
export type TaskSession = Row<typeof taskSessionColumns>;
