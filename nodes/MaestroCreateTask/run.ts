import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { MaestroError } from '../../core/errors';
import type { Signal } from '../../core/signal/signal';
import { noteMail } from '../../core/task/aliases';
import { checkDepth } from '../../core/task/depth';
import { deliverEvents } from '../../core/task/deliver';
import type { Project, Task } from '../../core/task/records';
import { readGithub } from '../shared/credentials';
import { deliverer, dispatchReady } from '../shared/dispatch';
import { runItems, toJson } from '../shared/items';
import { countLeftOut } from '../shared/left-out';
import { withNodeErrors } from '../shared/node-error';
import { findProject } from '../shared/records';
import { openServices, type Services } from '../shared/services';
import { taskView } from '../shared/views';
import { askFor } from './ask';
import type { ReadMail } from './from-email';
import { carryOut } from './from-plan';
import { createOnce } from './create-once';
import { addWantedIssue, requireForIssues } from './issue';
import { readFrom, readParameters, type CreateTaskParameters } from './parameters';
import type { PicturesAsked, PicturesKept } from './pictures';
import { readPlanParameters } from './plan-parameters';

const OUTPUT = { created: 0, duplicate: 1 } as const;

async function requireProject(services: Services, signal: Signal, abort: AbortSignal): Promise<Project> {
	const project = await findProject(services, signal.repository, abort);
	if (project !== undefined) return project;
	throw new MaestroError(
		'no_project',
		`There is no project for the repository "${signal.repository}"`,
		'Add it in the set-up form (workflow "Maestro: set-up"), then retry this execution from the list of executions in n8n. Nothing runs on a repository without a project.',
		{ repository: signal.repository },
	);
}

/** A task that depends on one that is not there would wait for ever, and say nothing. What is there already cannot depend on a new one. Gives the parent. */
async function requireTasks(services: Services, parameters: CreateTaskParameters, signal: AbortSignal): Promise<Task | undefined> {
	const { dependsOn, conflictsWith, parentId } = parameters;
	const named = [...new Set([...dependsOn, ...conflictsWith, ...(parentId === 0 ? [] : [parentId])])];
	if (named.length === 0) return undefined;
	const found = await services.store.tasks.find({ anyOf: named.map((id) => ({ id: { eq: id } })) }, { limit: named.length }, signal);
	const missing = named.filter((id) => !found.some((task) => task.id === id));
	if (missing.length === 0) {
		const parent = found.find(({ id }) => id === parentId);
		if (parent !== undefined) await checkDepth(services, parent, signal);
		return parent;
	}
	const names = (label: string, ids: readonly number[]): string => (ids.some((id) => missing.includes(id)) ? label : '');
	const fields = [names('Depends On', dependsOn), names('Conflicts With', conflictsWith), names('Parent Task', [parentId])].filter((field) => field !== '');
	throw new MaestroError('no_task', `There is no task ${missing.join(', ')} (${fields.join(', ')})`, 'Create the tasks that others name first, and give the IDs that come out of that.', { task: missing[0] ?? 0 });
}

/** What reads mails is loaded where mails come. */
async function mailOf(context: IExecuteFunctions, itemIndex: number, services: Services, githubUrl: string | undefined): Promise<ReadMail | undefined> {
	if (readFrom(context, itemIndex) !== 'email') return undefined;
	const { readMail } = await import('./from-email.js');
	return readMail(context, itemIndex, services.clock.now(), githubUrl);
}

/** What keeps pictures is loaded where files come. */
async function picturesOf(asked: PicturesAsked): Promise<PicturesKept | undefined> {
	if (Object.keys(asked.files).length === 0) return undefined;
	const { keepPictures } = await import('./pictures.js');
	return await keepPictures(asked);
}

async function runNode(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const services = await openServices(context);
	const hasGithub = context.getNode().credentials?.maestroGithubApi !== undefined;
	const githubUrl = hasGithub ? (await readGithub(context)).webUrl : undefined;
	const dispatchWanted: boolean[] = [];
	const outputs = await runItems(context, 2, () => services.redact, async (itemIndex, signal) => {
		if (readFrom(context, itemIndex) === 'plan') {
			const parameters = readPlanParameters(context, itemIndex);
			const children = await carryOut({ context, services, parameters, signal });
			// Also where an earlier call made them all: it may have gone away just before this.
			dispatchWanted.push(parameters.dispatch);
			return children;
		}
		const mail = await mailOf(context, itemIndex, services, githubUrl);
		if (mail?.kind === 'ignored') {
			await countLeftOut(services, `An e-mail was dropped: ${mail.reason}`);
			return { output: OUTPUT.duplicate, json: toJson({ task: null, created: false, startedAgain: false, ignored: mail.reason }) };
		}
		const parameters = readParameters(context, itemIndex, services.clock.now(), mail?.signal);
		// Before the task is made: an error of the node must not leave one behind.
		if (parameters.createIssue) requireForIssues(context);
		const { hidden } = parameters.signal;
		const about = { ...(hidden === undefined ? {} : { hidden }), ...(mail === undefined ? {} : { mail: mail.mail }) };
		const project = await requireProject(services, parameters.signal, signal);
		const parent = await requireTasks(services, parameters, signal);
		const ask = askFor(parameters, { project, parent, githubUrl, executionId: services.executionId });
		const result = await createOnce(services, ask, signal);
		if (result.ignored !== undefined) {
			await countLeftOut(services, `A signal of ${parameters.signal.source} for ${project.repository} was left out: ${result.ignored}`);
			const left = result.task === undefined ? null : taskView(result.task);
			return { output: OUTPUT.duplicate, json: toJson({ task: left, created: false, startedAgain: false, ignored: result.ignored, ...about }) };
		}
		const { source, deliveryId, fingerprint } = parameters.signal;
		if (source === 'email' && deliveryId !== '') await noteMail(services, `email:${deliveryId}`, fingerprint, signal);
		// Before it is sent to whoever works on it.
		const pictures = await picturesOf({ context, services, itemIndex, files: parameters.files, draft: ask.draft, task: result.task, signal });
		await deliverEvents(services, result.events, { tasks: [result.task], projects: [project] }, deliverer(services), signal);
		const wantsIssue = parameters.createIssue && result.task.issueNumber === 0;
		const task = wantsIssue ? await addWantedIssue(context, services, result.task, { labels: parameters.issueLabels, waits: result.created }, signal) : result.task;
		dispatchWanted.push(parameters.dispatch && (result.created || result.retried));
		return {
			output: result.created ? OUTPUT.created : OUTPUT.duplicate,
			json: toJson({ task: taskView(task), created: result.created, startedAgain: result.retried, ...about, ...(pictures === undefined ? {} : { pictures }) }),
		};
	});
	// Once for all items: fifty tasks at once need one look at the slots, not fifty.
	if (dispatchWanted.includes(true)) await dispatchReady(services, context.getExecutionCancelSignal() ?? AbortSignal.timeout(60_000));
	return outputs;
}

export async function run(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	return await withNodeErrors(context, async () => await runNode(context));
}
