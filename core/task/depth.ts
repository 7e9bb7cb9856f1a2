import { MaestroError } from '../errors';
import type { Task } from './records';
import type { TaskTools } from './tools';

/** How many parents a task may have above it: tasks that make tasks must come to an end. */
export const MOST_PARENTS = 3;

/** Throws `too_deep` where a part of `parent` would lie deeper than that. */
export async function checkDepth(tools: Pick<TaskTools, 'store'>, parent: Pick<Task, 'id' | 'parentId'>, signal: AbortSignal): Promise<void> {
	let above = parent;
	for (let parents = 1; above.parentId > 0; parents++) {
		if (parents >= MOST_PARENTS) {
			throw new MaestroError(
				'too_deep',
				`Task ${parent.id} has ${MOST_PARENTS} tasks above it: tasks made by tasks end here`,
				'Make the task without a parent, or look for a workflow that makes tasks of its own tasks.',
				{ task: parent.id },
			);
		}
		const [next] = await tools.store.tasks.find({ id: { eq: above.parentId } }, { limit: 1 }, signal);
		if (next === undefined) return;
		above = next;
	}
}
