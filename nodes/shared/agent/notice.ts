/** What a person is told who is to answer. Pure. */
import type { Task } from '../../../core/task/records';
import { withoutEffects } from '../markdown';

export const NOTICE_LIMIT = 10_000;

/** As the end of a sentence. `otherwise`: what to do where there is no issue to write on. */
export function howToAnswer(task: Pick<Task, 'issueNumber'> | undefined, otherwise: string): string {
	return task === undefined || task.issueNumber === 0 ? otherwise : 'answer by editing this issue and put the label on again';
}

export function questionNotice(question: string, how: string): string {
	return `The agent has a question before it can go on:\n\n${withoutEffects(question, NOTICE_LIMIT)}\n\nTo let it go on, ${how}.`;
}
