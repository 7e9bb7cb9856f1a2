import { AUTHOR_TRUST, SEVERITIES, SIGNAL_SOURCES } from '../signal/signal';
import { count, date, flag, guarded, oneOf, text, type Row } from './columns';
import { PLAYBOOK_STATUSES, PRIORITIES, RUN_STATUSES, SESSION_STATUSES, TASK_STATUSES, WAIT_STATUSES } from './states';
import { subscriptionColumns } from './subscription-record';

export { subscriptionColumns, type Subscription } from './subscription-record';

/** One repository that Maestro may work on. */
export const projectColumns = {
	name: text,
	/** `owner/name`; compared without regard to case. */
	repository: text,
	/** Empty: the repository's default branch. */
	baseBranch: text,
	active: flag,
	/** Standing instructions of the project's owner, put before every task's prompt. */
	instructions: text,
	/** A shell command that runs in each fresh worktree. */
	setupScript: text,
	/** A shell command that says whether the work is right, such as `npm test`; playbooks check their steps with it. Empty: none. */
	verifyCommand: text,
	/** How many of its tasks may run at once; 0: no limit of its own. */
	maxRunning: count,
	/** The least trust an author needs for a signal to become a task. */
	minimumTrust: oneOf(AUTHOR_TRUST),
	model: text,
	/** One glob a line; empty: everything that is not protected. */
	allowedPaths: text,
	/** One glob a line, added to the built-in protected paths; a line that begins with `!` takes one away. */
	protectedPaths: text,
	/** 0: the built-in limit. */
	maxChangedFiles: count,
	maxChangedLines: count,
	...guarded,
} as const;
export type Project = Row<typeof projectColumns>;

export const taskColumns = {
	title: text,
	status: oneOf(TASK_STATUSES),
	/** Why it is blocked, failed or cancelled, for a person. */
	statusReason: text,
	priority: oneOf(PRIORITIES),
	projectId: count,
	repository: text,
	body: text,
	source: oneOf(SIGNAL_SOURCES),
	kind: text,
	url: text,
	author: text,
	authorTrust: oneOf(AUTHOR_TRUST),
	severity: oneOf(SEVERITIES),
	labels: text,
	fingerprint: text,
	/** 0: no issue. */
	issueNumber: count,
	/** How many further signals carried its fingerprint. */
	duplicates: count,
	lastDuplicateAt: date,
	parentId: count,
	/** Task ids with commas between. */
	dependsOn: text,
	conflictsWith: text,
	/** Its plan has become tasks: it is completed when they are. */
	watchesChildren: flag,
	/** The task that keeps it from going on and does not get on by itself: a failed dependency, or a child; 0: none. */
	heldBy: count,
	playbook: text,
	branch: text,
	baseBranch: text,
	baseSha: text,
	/** The last commit that a completed run left and Open PR may push. */
	headSha: text,
	pullRequestNumber: count,
	pullRequestUrl: text,
	/** How many feedback rounds went to the agent. */
	rounds: count,
	/** What was said on the pull request up to then has been answered by a session. */
	feedbackAt: date,
	/** The head whose failing checks and conflicts have been answered. */
	feedbackSha: text,
	/** The purpose of the run that has the latest feedback in hand; it counts as answered when that run has completed. */
	pendingFeedbackKey: text,
	pendingFeedbackAt: date,
	pendingFeedbackSha: text,
	/** How many runs it has had in all; 0 spares a look at maestro_runs. */
	runs: count,
	/** How many times Reconcile has started its flow again since it last got on. */
	attempts: count,
	costUsd: count,
	/** When `task.ready` was last sent for it; null: not dispatched. */
	dispatchedAt: date,
	/** The execution that has it in hand, to be asked whether it still lives. */
	executionId: text,
	workflowId: text,
	/** While this is in the future, `owner` alone may start a run for it. */
	claimedUntil: date,
	startedAt: date,
	finishedAt: date,
	/** When a new signal last started it again: what was completed before then is done once more, with the text of now. */
	startAgainAt: date,
	...guarded,
} as const;
export type Task = Row<typeof taskColumns>;

export const subtaskColumns = {
	taskId: count,
	position: count,
	title: text,
	status: oneOf(TASK_STATUSES),
	...guarded,
} as const;
export type Subtask = Row<typeof subtaskColumns>;

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

/** `none`: nobody subscribed. `pending`: to be sent (again). */
export const DELIVERIES = ['none', 'pending', 'delivered', 'failed'] as const;
export type Delivery = (typeof DELIVERIES)[number];

/** One line of a timeline, and the outbox of Maestro's own events. */
export const eventColumns = {
	at: date,
	type: text,
	taskId: count,
	sessionId: count,
	runId: count,
	message: text,
	/** JSON, small. */
	detail: text,
	executionId: text,
	delivery: oneOf(DELIVERIES),
	deliveryAttempts: count,
	nextDeliveryAt: date,
	...guarded,
} as const;
export type TimelineEvent = Row<typeof eventColumns>;

/** A paused execution and what will wake it. */
export const waitColumns = {
	taskId: count,
	status: oneOf(WAIT_STATUSES),
	repository: text,
	pullRequestNumber: count,
	headSha: text,
	executionId: text,
	/** n8n's own, with its token; woken at the base URL of `maestroN8nApi`. */
	resumeUrl: text,
	wakeOnApproval: flag,
	maxRounds: count,
	/** The next four are copied from the task and its project, so that a sweep needs no other table. */
	roundsLeft: count,
	feedbackAt: date,
	feedbackSha: text,
	minimumTrust: oneOf(AUTHOR_TRUST),
	/** Seconds of quiet after the last review comment before it counts. */
	settleSeconds: count,
	timeoutAt: date,
	/** Why it still waits, or what woke it, for a person. */
	lastVerdict: text,
	checkedAt: date,
	...guarded,
} as const;
export type Wait = Row<typeof waitColumns>;

export const lockColumns = { key: text, expiresAt: date, ...guarded } as const;
export type Lock = Row<typeof lockColumns>;

/** Table name in n8n → its columns. */
export const TABLES = {
	maestro_projects: projectColumns,
	maestro_tasks: taskColumns,
	maestro_subtasks: subtaskColumns,
	maestro_sessions: sessionColumns,
	maestro_runs: runColumns,
	maestro_task_sessions: taskSessionColumns,
	maestro_playbooks: playbookColumns,
	maestro_events: eventColumns,
	maestro_waits: waitColumns,
	maestro_subscriptions: subscriptionColumns,
	maestro_locks: lockColumns,
} as const;
export type TableName = keyof typeof TABLES;
