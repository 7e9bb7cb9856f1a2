import type { Task } from '../../core/task/records';
import { howToAnswer } from '../shared/agent/notice';

/** How a person lets a step go on, as the end of a sentence. */
export function howToGoOn(task: Pick<Task, 'id' | 'issueNumber'>): string {
	return howToAnswer(task, `run Maestro Run Playbook Step again for task ${task.id}, with *Answer* filled in`);
}
