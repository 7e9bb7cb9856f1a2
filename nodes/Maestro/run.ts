import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import type { Task } from '../../core/task/records';
import type { Where } from '../../core/task/store';
import { cancelSignal, toJson } from '../shared/items';
import { errorItem, toNodeError, withNodeErrors } from '../shared/node-error';
import { findProject, requireTask } from '../shared/records';
import { openGithub, openServices, type Services } from '../shared/services';
import { archiveMail } from './archive';
import { checkProject, setUpProject } from './check';
import { comment } from './comment';
import { readMail, replyToMail } from './email';
import { digest } from './digest';
import { health } from './health';
import { readOperation, type Operation } from './parameters';
import { createProject, getProject, updateProject } from './projects';
import { updateTask } from './update-task';

async function listTasks(services: Services, operation: Extract<Operation, { kind: 'task.getAll' }>, signal: AbortSignal): Promise<Task[]> {
	const project = operation.repository === '' ? undefined : await findProject(services, operation.repository, signal);
	if (operation.repository !== '' && project === undefined) return [];
	const where: Where<Task> = {
		...(project === undefined ? {} : { projectId: { eq: project.id } }),
		...(operation.status === undefined ? {} : { status: { eq: operation.status } }),
	};
	return await services.store.tasks.find(where, { limit: operation.limit, newestFirst: true }, signal);
}

async function perform(context: IExecuteFunctions, services: Services, operation: Operation, itemIndex: number, signal: AbortSignal): Promise<IDataObject[]> {
	switch (operation.kind) {
		case 'email.archive':
			return [await archiveMail(context, services, operation, signal)];
		case 'email.read':
			return [await readMail(context, services, operation, itemIndex, signal)];
		case 'email.reply':
			return [await replyToMail(context, services, operation, signal)];
		case 'project.create':
			return [toJson({ project: await createProject(services, operation.repository, operation.fields, 'refuse', signal) })];
		case 'project.upsert':
			return [toJson({ project: await createProject(services, operation.repository, operation.fields, 'update', signal) })];
		case 'project.update':
			return [toJson({ project: await updateProject(services, operation.repository, operation.fields, signal) })];
		case 'project.get':
			return [toJson({ project: await getProject(services, operation.repository, signal) })];
		case 'project.delete': {
			const project = await getProject(services, operation.repository, signal);
			await services.store.projects.remove({ id: { eq: project.id } }, signal);
			return [{ deleted: true, repository: project.repository }];
		}
		case 'project.getAll':
			return (await services.store.projects.find({}, { limit: operation.limit }, signal)).map((project) => toJson({ project }));
		case 'project.check':
			return [toJson(await checkProject(operation.repository, services, await openGithub(context, services), signal))];
		case 'project.setUp':
			return [toJson(await setUpProject(operation.repository, operation.fields, services, await openGithub(context, services), signal))];
		case 'report.digest':
			return [await digest(context, services, operation, context.getTimezone(), signal)];
		case 'report.health':
			return [await health(context, services, operation, signal)];
		case 'task.get':
			return [toJson({ task: await requireTask(services, operation.taskId, signal) })];
		case 'task.getAll':
			return (await listTasks(services, operation, signal)).map((task) => toJson({ task }));
		case 'task.update':
			return [toJson({ task: await updateTask(services, operation, signal) })];
		case 'task.comment':
			return [await comment(context, services, operation, signal)];
	}
}

async function runNode(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const services = await openServices(context);
	const signal = cancelSignal(context);
	const leaving: INodeExecutionData[] = [];
	for (let itemIndex = 0; itemIndex < context.getInputData().length; itemIndex++) {
		try {
			const records = await perform(context, services, readOperation(context, itemIndex), itemIndex, signal);
			leaving.push(...records.map((json) => ({ json, pairedItem: { item: itemIndex } })));
		} catch (error) {
			const shown = toNodeError(context.getNode(), error, itemIndex, services.redact);
			if (signal.aborted || !context.continueOnFail()) throw shown;
			leaving.push(errorItem(shown, itemIndex));
		}
	}
	return [leaving];
}

export async function run(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	return await withNodeErrors(context, async () => await runNode(context));
}
