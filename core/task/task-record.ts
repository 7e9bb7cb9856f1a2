import { AUTHOR_TRUST, SEVERITIES, SIGNAL_SOURCES } from '../signal/signal';
import { count, date, flag, guarded, oneOf, text, type Row } from './columns';
import { REACHES } from './ladder';
import { PRIORITIES, TASK_STATUSES } from './states';

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
	/** How far the work on it may go. */
	reach: oneOf(REACHES),
	/** The completed task whose cause is back; 0: none. */
	regressionOf: count,
	/** 0: no issue. */
	issueNumber: count,
	/** Whether Maestro is to make an issue for it; `refused`: GitHub will not have it. */
	issueWish: oneOf(['none', 'wanted', 'refused']),
	/** The labels for that issue, with commas between. */
	issueLabels: text,
	/** How many further signals carried its fingerprint. */
	duplicates: count,
	lastDuplicateAt: date,
	/** Of the last write that counted a signal: `owner` is of the last write of all, which can hide it. */
	countToken: text,
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

/** A further name of a task: whoever carries it is about the same thing as the tasks with that fingerprint. */
export const aliasColumns = { fingerprint: text, taskFingerprint: text } as const;
export type Alias = Row<typeof aliasColumns>;
