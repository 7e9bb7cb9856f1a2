import { conflict, idsOf } from './dispatch-choice';
import type { Task } from './records';

export interface Held {
	/** The task that a person has to look at. */
	readonly heldBy: number;
	/** For a person: what it waits for, and why that does not get on. */
	readonly reason: string;
}

const LONGEST_REASON = 500;

export function nameOf({ id, title }: Pick<Task, 'id' | 'title'>): string {
	return `task ${id} "${title.length > 80 ? `${title.slice(0, 79)}…` : title}"`;
}

/** What of a state keeps others waiting until somebody does something; undefined: it may get on by itself. */
export function standstillOf({ status }: Pick<Task, 'status'>): string | undefined {
	switch (status) {
		case 'failed':
			return 'failed';
		case 'cancelled':
			return 'was cancelled';
		case 'blocked':
			return 'is blocked';
		case 'archived':
			return 'is archived';
		case 'pending':
		case 'in_progress':
		case 'in_review':
		case 'completed':
			return undefined;
	}
}

function through(task: Task, rows: ReadonlyMap<number, Task>, way: ReadonlySet<number>): { heldBy: number; clause: string } | undefined {
	for (const id of idsOf(task.dependsOn)) {
		const dependency = rows.get(id);
		if (dependency === undefined) return { heldBy: id, clause: `task ${id}, which is not there any more` };
		const standstill = standstillOf(dependency);
		if (standstill !== undefined) return { heldBy: id, clause: `${nameOf(dependency)}, which ${standstill}` };
		if (dependency.status !== 'pending' || way.has(id)) continue;
		const beyond = through(dependency, rows, new Set([...way, id]));
		if (beyond !== undefined) return { heldBy: beyond.heldBy, clause: `${nameOf(dependency)}, which waits for ${beyond.clause}` };
	}
	return undefined;
}

/**
 * Why a pending task will not start by itself; undefined where it only has to wait its turn. `rows` must hold what the pending tasks
 * depend on and conflict with.
 */
export function whyHeld(task: Task, rows: ReadonlyMap<number, Task>): Held | undefined {
	const dependency = through(task, rows, new Set([task.id]));
	if (dependency !== undefined) return { heldBy: dependency.heldBy, reason: `Waits for ${dependency.clause}`.slice(0, LONGEST_REASON) };
	// Half-done work keeps its files; see dispatch-choice.
	const holder = [...rows.values()].find((other) => other.status === 'blocked' && other.startedAt !== null && conflict(task, other));
	if (holder === undefined) return undefined;
	return { heldBy: holder.id, reason: `Waits for ${nameOf(holder)}, which it conflicts with and which is blocked`.slice(0, LONGEST_REASON) };
}
