import type { Run, Session, Task } from '../../core/task/records';

/** What of a task travels in items: small enough to read in the editor; the text stays in the table. */
export type TaskView = Omit<Task, 'body' | 'owner' | 'claimedUntil' | 'fingerprint' | 'lastDuplicateAt' | 'countToken' | 'createdAt' | 'updatedAt'>;

export function taskView(task: Task): TaskView {
	const { body, owner, claimedUntil, fingerprint, lastDuplicateAt, countToken, createdAt, updatedAt, ...view } = task;
	return view;
}

export type SessionView = Pick<
	Session,
	'id' | 'key' | 'status' | 'agentSessionId' | 'model' | 'workspace' | 'branch' | 'transcript' | 'question' | 'resumeAt' | 'turns' | 'costUsd'
>;

export function sessionView(session: Session): SessionView {
	const { id, key, status, agentSessionId, model, workspace, branch, transcript, question, resumeAt, turns, costUsd } = session;
	return { id, key, status, agentSessionId, model, workspace, branch, transcript, question, resumeAt, turns, costUsd };
}

export type RunView = Pick<Run, 'id' | 'purpose' | 'status' | 'epoch' | 'headSha' | 'failure' | 'statusReason' | 'turns' | 'costUsd'>;

export function runView(run: Run): RunView {
	const { id, purpose, status, epoch, headSha, failure, statusReason, turns, costUsd } = run;
	return { id, purpose, status, epoch, headSha, failure, statusReason, turns, costUsd };
}
