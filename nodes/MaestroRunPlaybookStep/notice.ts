/** What a person is told who is to answer. Pure. */
import type { Task } from '../../core/task/records';
import { withoutEffects } from '../shared/markdown';

export const NOTICE_LIMIT = 10_000;

/** As the end of a sentence. */
export function howToAnswer({ id, issueNumber }: Pick<Task, 'id' | 'issueNumber'>): string {
	return issueNumber === 0 ? `run Maestro Run Playbook Step again for task ${id}, with *Answer* filled in` : 'answer by editing this issue and put the label on again';
}

export function questionNotice(task: Pick<Task, 'id' | 'issueNumber'>, question: string): string {
	return `The agent has a question before it can go on:\n\n${withoutEffects(question, NOTICE_LIMIT)}\n\nTo let it go on, ${howToAnswer(task)}.`;
}
