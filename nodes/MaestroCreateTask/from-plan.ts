import type { IExecuteFunctions } from 'n8n-workflow';
import { MaestroError } from '../../core/errors';
import { checkDepth } from '../../core/task/depth';
import { deliverEvents } from '../../core/task/deliver';
import { renewLock, withLock } from '../../core/task/locks';
import { knownChildren, makeChildren, releaseChildren, watchChildren, type Child } from '../../core/task/plan-children';
import type { Project, Task } from '../../core/task/records';
import { isTaskFinished } from '../../core/task/states';
import { deliverer, rollUpParents } from '../shared/dispatch';
import { toJson, type Leaving } from '../shared/items';
import { changeTask, noteFailure, requireProject, requireTask } from '../shared/records';
import type { Github, Services } from '../shared/services';
import { addIssue, taskMarker } from '../shared/task-issue';
import { taskView } from '../shared/views';
import { openForIssues } from './issue';
import type { PlanParameters } from './plan-parameters';
import { childIssueBody, planComment } from './plan-texts';

const OUTPUT = { created: 0, duplicate: 1 } as const;
const LEASE_MS = 120_000;
const WAIT_MS = 120_000;

/** One that nobody has begun is at work as of now, so that it is not sent out while its children are made. */
async function takeParent(services: Services, taskId: number, signal: AbortSignal): Promise<Task> {
	const parent = await requireTask(services, taskId, signal);
	if (parent.status === 'pending') {
		const { executionId, workflowId } = services;
		const startedAt = parent.startedAt ?? services.clock.now().toISOString();
		return await changeTask(services, taskId, (now) => (now.status === 'pending' ? { status: 'in_progress', executionId, workflowId, startedAt } : {}), signal);
	}
	const isHeldByChild = parent.status === 'blocked' && parent.watchesChildren && parent.heldBy !== 0;
	if (parent.status === 'in_progress' || parent.status === 'in_review' || parent.status === 'completed' || isHeldByChild) return parent;
	throw notCarriedOut(parent);
}

/** A person, or the trust in its author, has stopped it: what it was split into is not done either. */
function notCarriedOut({ id, status }: Task): MaestroError {
	return new MaestroError('illegal_transition', `Task ${id} is ${status}: its plan is not carried out`, 'Set the task to pending to have it done after all.', { task: id, from: status, to: 'in_review' });
}

/** A label of the parent may be what started it, and would start each child a second time. */
function safeLabels(context: IExecuteFunctions, labels: readonly string[], parent: Task): string[] {
	const ofParent = new Set(parent.labels.toLowerCase().split(',').map((label) => label.trim()));
	const left = labels.filter((label) => ofParent.has(label.toLowerCase()));
	if (left.length > 0) {
		context.addExecutionHints({ message: `Left out on the issues, since task ${parent.id} has it too and it might start them a second time: ${left.join(', ')}`, location: 'outputPane' });
	}
	return labels.filter((label) => !left.includes(label));
}

async function addIssues(services: Services, github: Github, parent: Task, children: readonly Child[], labels: readonly string[], signal: AbortSignal): Promise<Child[]> {
	const tasks = new Map(children.map(({ planned, task }) => [planned.key, task]));
	const numbered: Child[] = [];
	for (const child of children) {
		const isWanted = child.task.issueNumber === 0 && !isTaskFinished(child.task.status);
		const body = services.redact(childIssueBody(child, parent, tasks));
		const task = isWanted ? await addIssue(services, github, child.task, { body, labels }, signal) : child.task;
		tasks.set(child.planned.key, task);
		numbered.push({ ...child, task });
	}
	if (parent.issueNumber === 0) return numbered;
	// Once for these children; another plan for the same issue has others.
	const marker = `${taskMarker(parent)}-plan-${numbered.map(({ task }) => task.id).join('-')}`;
	await github.client.commentOnce({ repository: parent.repository, number: parent.issueNumber }, marker, services.redact(planComment(numbered)), signal);
	return numbered;
}

interface Work {
	readonly context: IExecuteFunctions;
	readonly services: Services;
	readonly parameters: PlanParameters;
	readonly signal: AbortSignal;
}

/** Each part finds what an earlier call has done, so that after a crash the same call completes it. */
async function makeAll({ context, services, parameters, signal }: Work, parent: Task, project: Project, renew: () => Promise<void>): Promise<Child[]> {
	const labels = safeLabels(context, parameters.issueLabels, parent);
	const options = { playbook: parameters.playbook, labels, priority: parameters.priority ?? parent.priority, executionId: services.executionId };
	if (parent.status === 'completed') {
		const all = await knownChildren(services, parent.id, parameters.plan, signal);
		if (all === undefined) throw notCarriedOut(parent);
		return all;
	}
	const { children, events } = await makeChildren(services, parent, parameters.plan, options, signal);
	await deliverEvents(services, events, { tasks: children.map(({ task }) => task), projects: [project] }, deliverer(services), signal);
	await renew();
	const numbered = parameters.createIssues ? await addIssues(services, await openForIssues(context, services), parent, children, labels, signal) : children;
	return await releaseChildren(services, numbered, signal);
}

/** Makes the tasks of a plan, and has its parent watch them. What may start is sent out by the caller. */
export async function carryOut(work: Work): Promise<Leaving[]> {
	const { services, parameters, signal } = work;
	await checkDepth(services, await requireTask(services, parameters.parentId, signal), signal);
	const parent = await takeParent(services, parameters.parentId, signal);
	try {
		const project = await requireProject(services, parent.projectId, signal);
		const children = await withLock(
			services,
			`plan:${parent.id}`,
			{ leaseMs: LEASE_MS, waitMs: WAIT_MS },
			async (lock) => await makeAll(work, parent, project, async () => await renewLock(services, lock, LEASE_MS, signal)),
			signal,
		);
		await watchChildren(services, parent.id, signal);
		// In a second call they may all be over.
		await rollUpParents(services, signal, parent.id);
		const now = await requireTask(services, parent.id, signal);
		return children.map(({ planned, task, created }) => ({
			output: created ? OUTPUT.created : OUTPUT.duplicate,
			json: toJson({ task: taskView(task), created, startedAgain: false, key: planned.key, parent: taskView(now) }),
		}));
	} catch (error) {
		if (!signal.aborted) await noteFailure(services, parent.id, error);
		throw error;
	}
}
