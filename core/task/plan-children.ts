import { changeTask } from './compare-and-set';
import { createTask, type TaskDraft } from './create-task';
import type { Plan } from './plan';
import { topological, type PlannedTask } from './plan-graph';
import type { Task, TimelineEvent } from './records';
import { isTaskMove } from './states';
import type { TaskTools } from './tools';

/** A task of a plan as a row. */
export interface Child {
	readonly planned: PlannedTask;
	readonly task: Task;
	/** By this call, and not by an earlier one for the same plan. */
	readonly created: boolean;
}

/** Why a child stands blocked until all of its plan are there; those with another reason were blocked by somebody else. */
const BEING_MADE = 'Its plan is being made into tasks; it starts when all of them are there';
const MOST_CHILDREN = 500;

export function isBeingMade(task: Pick<Task, 'status' | 'statusReason'>): boolean {
	return task.status === 'blocked' && task.statusReason === BEING_MADE;
}

export function childFingerprint(parentId: number, key: string): string {
	return `plan:${parentId}:${key}`;
}

export interface ChildOptions {
	readonly playbook: string;
	readonly labels: readonly string[];
	readonly priority: Task['priority'];
	readonly executionId: string;
}

function idsOfKeys(keys: readonly string[], children: ReadonlyMap<string, Pick<Child, 'task'>>): string {
	return keys.flatMap((key) => children.get(key)?.task.id ?? []).join(',');
}

/** The parent was trusted enough to be worked on, so its parts are. */
function draftOf(parent: Task, planned: PlannedTask, made: ReadonlyMap<string, Child>, options: ChildOptions): TaskDraft {
	const { projectId, repository, author, authorTrust, severity, baseBranch, reach } = parent;
	return {
		title: planned.title,
		body: planned.body,
		projectId,
		repository,
		source: 'manual',
		kind: 'plan',
		author,
		authorTrust,
		severity,
		baseBranch,
		reach,
		priority: options.priority,
		labels: options.labels.join(','),
		playbook: options.playbook,
		fingerprint: childFingerprint(parent.id, planned.key),
		parentId: parent.id,
		dependsOn: idsOfKeys(planned.dependsOn, made),
		conflictsWith: idsOfKeys(planned.conflictsWith, made),
		status: 'blocked',
		statusReason: BEING_MADE,
	};
}

/** Those of an earlier call; also archived ones, whose work is not to be done a second time. */
async function findChildren(tools: TaskTools, parentId: number, signal: AbortSignal): Promise<Map<string, Task>> {
	const rows = await tools.store.tasks.find({ parentId: { eq: parentId } }, { limit: MOST_CHILDREN }, signal);
	return new Map([...rows.filter(({ status }) => status === 'archived'), ...rows.filter(({ status }) => status !== 'archived')].map((row) => [row.fingerprint, row]));
}

/** What earlier calls have made of a plan; undefined where that is not all of it. */
export async function knownChildren(tools: TaskTools, parentId: number, plan: Plan, signal: AbortSignal): Promise<Child[] | undefined> {
	const known = await findChildren(tools, parentId, signal);
	const children = topological(plan.tasks).flatMap((planned) => {
		const task = known.get(childFingerprint(parentId, planned.key));
		return task === undefined ? [] : [{ planned, task, created: false }];
	});
	return children.length === plan.tasks.length ? children : undefined;
}

/** Half-made ones of another plan would wait for ever; an archived one counts no more. */
async function putAwayLeftovers(tools: TaskTools, known: ReadonlyMap<string, Task>, parentId: number, plan: Plan, signal: AbortSignal): Promise<void> {
	const wanted = new Set(plan.tasks.map(({ key }) => childFingerprint(parentId, key)));
	for (const row of known.values()) {
		if (!isBeingMade(row) || wanted.has(row.fingerprint)) continue;
		await changeTask(tools, row.id, (now) => (isBeingMade(now) ? { status: 'archived', statusReason: 'Another plan has taken the place of its own' } : undefined), signal);
	}
}

/**
 * Makes a row of each task of a plan, each after those that it depends on. None may start before `releaseChildren`. A second call makes what
 * the first one did not get to, and leaves what is there as it is.
 */
export async function makeChildren(tools: TaskTools, parent: Task, plan: Plan, options: ChildOptions, signal: AbortSignal): Promise<{ children: Child[]; events: TimelineEvent[] }> {
	const known = await findChildren(tools, parent.id, signal);
	await putAwayLeftovers(tools, known, parent.id, plan, signal);
	const made = new Map<string, Child>();
	const events: TimelineEvent[] = [];
	for (const planned of topological(plan.tasks)) {
		const earlier = known.get(childFingerprint(parent.id, planned.key));
		if (earlier !== undefined) {
			made.set(planned.key, { planned, task: earlier, created: false });
			continue;
		}
		const result = await createTask(tools, draftOf(parent, planned, made, options), { executionId: options.executionId }, signal);
		made.set(planned.key, { planned, task: result.task, created: result.created });
		events.push(...result.events);
	}
	return { children: [...made.values()], events };
}

/** Lets them start, now that all are there and each knows all of its conflicts. In their order, so that no dependency comes after. */
export async function releaseChildren(tools: TaskTools, children: readonly Child[], signal: AbortSignal): Promise<Child[]> {
	const byKey = new Map(children.map((child) => [child.planned.key, child]));
	const released: Child[] = [];
	for (const child of children) {
		const { dependsOn, conflictsWith } = child.planned;
		const changes = { status: 'pending' as const, statusReason: '', dependsOn: idsOfKeys(dependsOn, byKey), conflictsWith: idsOfKeys(conflictsWith, byKey) };
		const task = isBeingMade(child.task) ? await changeTask(tools, child.task.id, (row) => (isBeingMade(row) ? changes : undefined), signal) : child.task;
		released.push({ ...child, task: task ?? child.task });
	}
	return released;
}

/** The parent has nothing to do but to watch them; no execution has it in hand. One that is over, or asked for again, stays as it is. */
export async function watchChildren(tools: TaskTools, parentId: number, signal: AbortSignal): Promise<Task | undefined> {
	return await changeTask(
		tools,
		parentId,
		(row) => {
			const watches = row.watchesChildren && row.executionId === '' && (row.status === 'in_review' || (row.status === 'blocked' && row.heldBy !== 0));
			if (watches || !isTaskMove(row.status, 'in_review')) return undefined;
			return { status: 'in_review', statusReason: '', watchesChildren: true, heldBy: 0, executionId: '', claimedUntil: null, finishedAt: null };
		},
		signal,
	);
}
