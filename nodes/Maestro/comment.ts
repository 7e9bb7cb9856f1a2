import { createHash } from 'node:crypto';
import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { toJson } from '../shared/items';
import { requireTask } from '../shared/records';
import { openGithub, type Services } from '../shared/services';
import { taskView } from '../shared/views';
import type { Operation } from './parameters';

/** Says something on the task's issue, or on its pull request where it came from no issue; the same words at most once. */
export async function comment(context: IExecuteFunctions, services: Services, operation: Extract<Operation, { kind: 'task.comment' }>, signal: AbortSignal): Promise<IDataObject> {
	const task = await requireTask(services, operation.taskId, signal);
	const number = task.issueNumber > 0 ? task.issueNumber : task.pullRequestNumber;
	if (number === 0 || operation.comment.trim() === '') return toJson({ task: taskView(task), comment: null });
	const github = await openGithub(context, services);
	const body = services.redact(operation.comment);
	const words = createHash('sha256').update(body).digest('hex').slice(0, 16);
	const marker = `maestro-task-${task.id}-${words}`;
	const posted = await github.client.commentOnce({ repository: task.repository, number }, marker, body, signal);
	return toJson({ task: taskView(task), comment: posted });
}
