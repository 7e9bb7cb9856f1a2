import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { MaestroError } from '../../core/errors';
import { AUTHOR_TRUST, type AuthorTrust, type Signal } from '../../core/signal/signal';
import { createTask, createTasks, type CreatedTask, type TaskAsk, type TaskDraft } from '../../core/task/create-task';
import { deliverEvents } from '../../core/task/events';
import { Gathering } from '../../core/task/gather';
import type { Project } from '../../core/task/records';
import { deliverer, dispatchReady } from '../shared/dispatch';
import { runItems, toJson } from '../shared/items';
import { withNodeErrors } from '../shared/node-error';
import { findProject } from '../shared/records';
import { openServices, type Services } from '../shared/services';
import { taskView } from '../shared/views';
import { carryOut } from './from-plan';
import { addIssue, openForIssues } from './issue';
import { readFrom, readParameters, type CreateTaskParameters } from './parameters';
import { readPlanParameters } from './plan-parameters';

const OUTPUT = { created: 0, duplicate: 1 } as const;

/** AUTHOR_TRUST goes from the most trusted to the least. */
function isTrusted(author: AuthorTrust, minimum: AuthorTrust): boolean {
	return AUTHOR_TRUST.indexOf(author) <= AUTHOR_TRUST.indexOf(minimum);
}

/** A signal of an author below the project's limit becomes a task that waits for a person, so that nothing is lost. */
function draftOf(signal: Signal, project: Project, parameters: CreateTaskParameters): TaskDraft {
	const trusted = isTrusted(signal.authorTrust, project.minimumTrust);
	return {
		title: signal.title,
		body: signal.body,
		projectId: project.id,
		repository: project.repository,
		source: signal.source,
		kind: signal.kind,
		url: signal.url,
		author: signal.author,
		authorTrust: signal.authorTrust,
		severity: signal.severity,
		priority: parameters.priority ?? signal.severity,
		labels: signal.labels.join(','),
		fingerprint: signal.fingerprint,
		issueNumber: signal.source === 'github' ? (signal.number ?? 0) : 0,
		dependsOn: parameters.dependsOn.join(','),
		conflictsWith: parameters.conflictsWith.join(','),
		parentId: parameters.parentId,
		playbook: parameters.playbook,
		baseBranch: project.baseBranch,
		...(trusted
			? {}
			: {
					status: 'blocked' as const,
					statusReason: `${signal.author === '' ? `A signal of ${signal.source}` : `The author ${signal.author}`} is "${signal.authorTrust}" to the repository and the project asks for "${project.minimumTrust}": set the task to pending to let it run.`,
				}),
	};
}

async function requireProject(services: Services, signal: Signal, abort: AbortSignal): Promise<Project> {
	const project = await findProject(services, signal.repository, abort);
	if (project !== undefined) return project;
	throw new MaestroError(
		'no_project',
		`There is no project for the repository "${signal.repository}"`,
		'Add it in the set-up form (workflow "Maestro: set-up"), then retry this execution from the list of executions in n8n. A webhook that is sent again does nothing: its delivery counts as taken. Nothing runs on a repository without a project.',
		{ repository: signal.repository },
	);
}

/** A task that depends on one that is not there would wait for ever, and say nothing. What is there already cannot depend on a new one. */
async function requireTasks(services: Services, parameters: CreateTaskParameters, signal: AbortSignal): Promise<void> {
	const { dependsOn, conflictsWith, parentId } = parameters;
	const named = [...new Set([...dependsOn, ...conflictsWith, ...(parentId === 0 ? [] : [parentId])])];
	if (named.length === 0) return;
	const found = await services.store.tasks.find({ anyOf: named.map((id) => ({ id: { eq: id } })) }, { limit: named.length }, signal);
	const missing = named.filter((id) => !found.some((task) => task.id === id));
	if (missing.length === 0) return;
	const names = (label: string, ids: readonly number[]): string => (ids.some((id) => missing.includes(id)) ? label : '');
	const fields = [names('Depends On', dependsOn), names('Conflicts With', conflictsWith), names('Parent Task', [parentId])].filter((field) => field !== '');
	throw new MaestroError('no_task', `There is no task ${missing.join(', ')} (${fields.join(', ')})`, 'Create the tasks that others name first, and give the IDs that come out of that.', { task: missing[0] ?? 0 });
}

/** Copies of one signal often come in one burst, each in an execution of its own in this process. */
const gathering = new Gathering<TaskAsk, CreatedTask>();

async function createOnce(services: Services, ask: TaskAsk, signal: AbortSignal): Promise<CreatedTask> {
	const { fingerprint = '' } = ask.draft;
	if (fingerprint === '') return await createTask(services, ask.draft, ask.options, signal);
	return await gathering.ask(`${services.instance} ${fingerprint}`, ask, async (asks, leading) => await createTasks(services, asks, leading), signal);
}

async function runNode(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const services = await openServices(context);
	const dispatchWanted: boolean[] = [];
	const outputs = await runItems(context, 2, () => services.redact, async (itemIndex, signal) => {
		if (readFrom(context, itemIndex) === 'plan') {
			const parameters = readPlanParameters(context, itemIndex);
			const children = await carryOut({ context, services, parameters, signal });
			// Also where an earlier call made them all: it may have gone away just before this.
			dispatchWanted.push(parameters.dispatch);
			return children;
		}
		const parameters = readParameters(context, itemIndex, services.clock.now());
		const project = await requireProject(services, parameters.signal, signal);
		await requireTasks(services, parameters, signal);
		const options = { retryFinished: parameters.startAgain, signalAt: parameters.signal.receivedAt, executionId: services.executionId };
		const result = await createOnce(services, { draft: draftOf(parameters.signal, project, parameters), options }, signal);
		await deliverEvents(services, result.events, { tasks: [result.task], projects: [project] }, deliverer(services), signal);
		const wantsIssue = parameters.createIssue && result.task.issueNumber === 0;
		const issue = { body: result.task.body, labels: parameters.issueLabels };
		const task = wantsIssue ? await addIssue(services, await openForIssues(context, services), result.task, issue, signal) : result.task;
		dispatchWanted.push(parameters.dispatch && (result.created || result.retried));
		return {
			output: result.created ? OUTPUT.created : OUTPUT.duplicate,
			json: toJson({ task: taskView(task), created: result.created, startedAgain: result.retried }),
		};
	});
	// Once for all items: fifty tasks at once need one look at the slots, not fifty.
	if (dispatchWanted.includes(true)) await dispatchReady(services, context.getExecutionCancelSignal() ?? AbortSignal.timeout(60_000));
	return outputs;
}

export async function run(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	return await withNodeErrors(context, async () => await runNode(context));
}
