import type { Feedback, VerdictContext } from '../github/github';
import type { AuthorTrust } from '../signal/signal';
import type { Task, Wait } from './records';

type Watermark = Pick<Task, 'feedbackAt' | 'feedbackSha' | 'pendingFeedbackKey' | 'pendingFeedbackAt' | 'pendingFeedbackSha'>;

/**
 * What of the feedback counts as answered. Feedback that was handed over counts only once its run has completed: a crash in
 * between must bring the same feedback again, under the same key.
 */
export function answered(task: Watermark, pendingRunCompleted: boolean): Watermark {
	if (task.pendingFeedbackKey === '' || !pendingRunCompleted) return task;
	return {
		feedbackAt: task.pendingFeedbackAt,
		feedbackSha: task.pendingFeedbackSha,
		pendingFeedbackKey: '',
		pendingFeedbackAt: null,
		pendingFeedbackSha: '',
	};
}

/** Rounds that may still go to the agent. Feedback that is still in hand may always come again. */
export function roundsLeft(task: Pick<Task, 'rounds' | 'pendingFeedbackKey'>, maxRounds: number): number {
	const inHand = task.pendingFeedbackKey === '' ? 0 : 1;
	return Math.max(0, maxRounds - task.rounds + inHand);
}

export function verdictContext(
	wait: Pick<Wait, 'feedbackAt' | 'feedbackSha' | 'roundsLeft' | 'wakeOnApproval' | 'minimumTrust' | 'settleSeconds'>,
	now: Date,
): VerdictContext {
	const { feedbackAt, feedbackSha, wakeOnApproval, settleSeconds } = wait;
	const minimumTrust: AuthorTrust = wait.minimumTrust;
	return { feedbackAt, feedbackSha, roundsLeft: wait.roundsLeft, wakeOnApproval, minimumTrust, settleSeconds, now: now.toISOString() };
}

export interface Handover {
	/** The purpose of the run that will answer. */
	readonly key: string;
	readonly changes: Pick<Task, 'rounds' | 'pendingFeedbackKey' | 'pendingFeedbackAt' | 'pendingFeedbackSha'>;
}

/**
 * Hands feedback over. The key is `feedback:<head sha>`, from the second round on with the round behind it: a head that has been
 * answered can come back, without a new commit or by a forced push. Feedback that was in hand keeps its key and costs no further round.
 */
export function handOver(
	task: Pick<Task, 'rounds' | 'pendingFeedbackKey' | 'pendingFeedbackSha'>,
	feedback: Pick<Feedback, 'headSha' | 'takenAt'>,
): Handover {
	const again = task.pendingFeedbackKey !== '' && task.pendingFeedbackSha === feedback.headSha;
	const rounds = task.pendingFeedbackKey !== '' ? task.rounds : task.rounds + 1;
	const fresh = rounds > 1 ? `feedback:${feedback.headSha}:${rounds}` : `feedback:${feedback.headSha}`;
	const key = again ? task.pendingFeedbackKey : fresh;
	return {
		key,
		changes: { rounds, pendingFeedbackKey: key, pendingFeedbackAt: feedback.takenAt, pendingFeedbackSha: feedback.headSha },
	};
}
