import { updateTask } from './compare-and-set';
import { emitEvents, type Deliver } from './deliver';
import type { EventDraft } from './events';
import { nameOf, standstillOf } from './held';
import { isBeingMade } from './plan-children';
import type { Task } from './records';
import type { Changes, Filter } from './store';
import type { TaskTools } from './tools';

const MOST_PARENTS = 500;
const MOST_CHILDREN = 2_000;
const MOST_LEVELS = 10;
const LONGEST_REASON = 500;

/** What the states of its children mean for a parent. */
export type RollUp =
	| { readonly kind: 'leave' }
	| { readonly kind: 'complete'; readonly why: string }
	| { readonly kind: 'block'; readonly heldBy: number; readonly why: string }
	/** What held it up has been mended. */
	| { readonly kind: 'go_on'; readonly why: string };

/** A parent that a person moved is theirs: only one in review, or one that a child has blocked, follows its children. */
function followsChildren(parent: Task): boolean {
	return parent.watchesChildren && (parent.status === 'in_review' || (parent.status === 'blocked' && parent.heldBy !== 0));
}

function standing(child: Task, others: number): { heldBy: number; why: string } {
	const reason = child.statusReason === '' ? '' : `: ${child.statusReason}`;
	const more = others === 0 ? '' : ` (and ${others} more)`;
	const name = nameOf(child);
	return { heldBy: child.id, why: `${name.charAt(0).toUpperCase()}${name.slice(1)} ${standstillOf(child) ?? ''}${more}${reason}`.slice(0, LONGEST_REASON) };
}

/** An archived child counts no more, whatever it was: that is how a person takes one out of the plan. */
const countedOf = (children: readonly Task[]): readonly Task[] => {
	const counted = children.filter((child) => child.status !== 'archived');
	return counted.length === 0 ? children : counted;
};

/** Of a plan that has tasks. One whose tasks were all taken out is not done. */
export function areAllCompleted(children: readonly Task[]): boolean {
	return children.length > 0 && countedOf(children).every((child) => child.status === 'completed');
}

export function chooseRollUp(parent: Task, children: readonly Task[]): RollUp {
	if (!followsChildren(parent) || children.length === 0) return { kind: 'leave' };
	const counted = countedOf(children);
	const still = counted.filter((child) => standstillOf(child) !== undefined && !isBeingMade(child));
	const [first] = still;
	if (first !== undefined) {
		const { heldBy, why } = standing(first, still.length - 1);
		const isSaid = parent.status === 'blocked' && parent.heldBy === heldBy && parent.statusReason === why;
		return isSaid ? { kind: 'leave' } : { kind: 'block', heldBy, why };
	}
	if (counted.every((child) => child.status === 'completed')) return { kind: 'complete', why: `All of its tasks are completed (${counted.length})` };
	return parent.status === 'blocked' ? { kind: 'go_on', why: 'Goes on: nothing holds up its tasks any more' } : { kind: 'leave' };
}

function changesFor(choice: Exclude<RollUp, { kind: 'leave' }>, now: string): Changes<Task> {
	switch (choice.kind) {
		case 'complete':
			return { status: 'completed', statusReason: '', heldBy: 0, finishedAt: now };
		case 'block':
			return { status: 'blocked', statusReason: choice.why, heldBy: choice.heldBy };
		case 'go_on':
			return { status: 'in_review', statusReason: '', heldBy: 0 };
	}
}

const EVENT = { complete: 'task.completed', block: 'task.blocked', go_on: 'note' } as const;

interface Rolled {
	readonly task: Task;
	readonly draft: EventDraft;
}

async function rollUpOnce(tools: TaskTools, which: Filter<Task>, executionId: string, signal: AbortSignal): Promise<Rolled[]> {
	const { tasks } = tools.store;
	const parents = (await tasks.find(which, { limit: MOST_PARENTS }, signal)).filter(followsChildren);
	if (parents.length === 0) return [];
	const children = await tasks.find({ anyOf: parents.map(({ id }) => ({ parentId: { eq: id } })) }, { limit: MOST_CHILDREN }, signal);
	const rolled: Rolled[] = [];
	for (const parent of parents) {
		const choice = chooseRollUp(parent, children.filter((child) => child.parentId === parent.id));
		if (choice.kind === 'leave') continue;
		const task = await updateTask(tools, parent, changesFor(choice, tools.clock.now().toISOString()), signal);
		// Somebody moved it meanwhile; the next look sees what is true then.
		if (task !== undefined) rolled.push({ task, draft: { type: EVENT[choice.kind], message: choice.why, taskId: task.id, executionId } });
	}
	return rolled;
}

/**
 * Brings parents in line with their children: of one parent where it is named, otherwise of all that watch theirs. What changes goes
 * up to the parents of parents. Gives those that changed.
 */
export async function rollUp(tools: TaskTools, deliver: Deliver, executionId: string, signal: AbortSignal, parentId?: number): Promise<Task[]> {
	const rolled: Rolled[] = [];
	let which: Filter<Task> | undefined = parentId === undefined ? { watchesChildren: { eq: true }, status: [{ neq: 'completed' }, { neq: 'cancelled' }, { neq: 'archived' }] } : { id: { eq: parentId } };
	for (let level = 0; level < MOST_LEVELS && which !== undefined; level++) {
		const changed = await rollUpOnce(tools, which, executionId, signal);
		rolled.push(...changed);
		const above = [...new Set(changed.map(({ task }) => task.parentId))].filter((id) => id > 0);
		which = above.length === 0 ? undefined : { anyOf: above.map((id) => ({ id: { eq: id } })) };
	}
	const tasks = [...new Map(rolled.map(({ task }) => [task.id, task])).values()];
	await emitEvents(tools, rolled.map(({ draft }) => draft), { tasks }, deliver, signal);
	return tasks;
}
