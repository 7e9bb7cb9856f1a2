import type { IDataObject } from 'n8n-workflow';
import { blank } from '../../../core/task/blank';
import { taskColumns, type Task } from '../../../core/task/records';
import { TASK_STATUSES } from '../../../core/task/states';
import { requireTask } from '../records';
import type { Services } from '../services';

/**
 * The task as the item brings it, which spares a read where nobody changed it since: its version is what the claim compares,
 * and the claim gives the whole row back. Without a version in the item the row is read.
 */
export async function taskOfItem(services: Services, id: number, input: IDataObject, signal: AbortSignal): Promise<Task> {
	const { task } = input;
	if (typeof task !== 'object' || task === null || Array.isArray(task)) return await requireTask(services, id, signal);
	if (!('id' in task && 'version' in task && 'status' in task && 'runs' in task)) return await requireTask(services, id, signal);
	const { version, runs, startedAt, startAgainAt } = task;
	const status = TASK_STATUSES.find((candidate) => candidate === task.status);
	if (task.id !== id || typeof version !== 'number' || typeof runs !== 'number' || status === undefined) return await requireTask(services, id, signal);
	return {
		...blank(taskColumns),
		id,
		version,
		runs,
		status,
		startedAt: typeof startedAt === 'string' ? startedAt : null,
		startAgainAt: typeof startAgainAt === 'string' ? startAgainAt : null,
		createdAt: '',
		updatedAt: '',
	};
}
