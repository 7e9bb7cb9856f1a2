import type { Project, Task } from './records';
import { PRIORITIES } from './states';

export interface DispatchLimits {
	/** In all; 0: no limit. */
	readonly maxRunning: number;
	/** A dispatched task that nobody took up is dispatched again after so long. */
	readonly resendAfterMs: number;
}

export function idsOf(list: string): number[] {
	return list
		.split(',')
		.map((part) => Number(part.trim()))
		.filter((id) => Number.isInteger(id) && id > 0);
}

function isDispatched(task: Task, limits: DispatchLimits, now: Date): boolean {
	return task.dispatchedAt !== null && now.getTime() - Date.parse(task.dispatchedAt) < limits.resendAfterMs;
}

/** It has a slot: at work, or on its way to it. */
function holdsSlot(task: Task, limits: DispatchLimits, now: Date): boolean {
	return task.status === 'in_progress' || (task.status === 'pending' && isDispatched(task, limits, now));
}

/**
 * Its files are its own from its start until it is merged or given up: a task in review goes back to work with each round of
 * feedback, and a blocked one with a person's answer, neither of which passes through here.
 */
function holdsConflicts(task: Task, limits: DispatchLimits, now: Date): boolean {
	return holdsSlot(task, limits, now) || task.status === 'in_review' || (task.status === 'blocked' && task.startedAt !== null);
}

/**
 * How far a pending task has come: sent out and not heard of, so that it may turn up at any time; interrupted; or fresh. Of two that
 * conflict the one that has come less far waits. Of two that have come equally far neither does: both would wait for ever.
 */
function progressOf(task: Task): number {
	return task.dispatchedAt !== null ? 2 : task.startedAt !== null ? 1 : 0;
}

function byUrgency(left: Task, right: Task): number {
	const difference = PRIORITIES.indexOf(right.priority) - PRIORITIES.indexOf(left.priority);
	return difference !== 0 ? difference : left.id - right.id;
}

export function conflict(left: Task, right: Task): boolean {
	return idsOf(left.conflictsWith).includes(right.id) || idsOf(right.conflictsWith).includes(left.id);
}

/**
 * The tasks to start now, most urgent and then oldest first. `tasks` must hold the pending ones, those at work, those that
 * conflict with a pending one, and those that a pending one depends on: a dependency that is not there counts as not completed.
 */
export function chooseReady(tasks: readonly Task[], projects: readonly Project[], limits: DispatchLimits, now: Date): Task[] {
	const active = new Map(projects.filter((project) => project.active).map((project) => [project.id, project]));
	const completed = new Set(tasks.filter((task) => task.status === 'completed').map((task) => task.id));
	const busy = tasks.filter((task) => holdsSlot(task, limits, now));
	const holding = tasks.filter((task) => holdsConflicts(task, limits, now));
	const pending = tasks.filter((task) => task.status === 'pending');
	const inProject = new Map<number, number>();
	for (const task of busy) inProject.set(task.projectId, (inProject.get(task.projectId) ?? 0) + 1);
	const chosen: Task[] = [];
	for (const task of pending.filter((candidate) => !isDispatched(candidate, limits, now)).sort(byUrgency)) {
		if (limits.maxRunning > 0 && busy.length >= limits.maxRunning) break;
		const project = active.get(task.projectId);
		if (project === undefined) continue;
		const used = inProject.get(project.id) ?? 0;
		if (project.maxRunning > 0 && used >= project.maxRunning) continue;
		if (!idsOf(task.dependsOn).every((id) => completed.has(id))) continue;
		const ahead = pending.filter((other) => progressOf(other) > progressOf(task));
		if ([...holding, ...ahead].some((other) => conflict(task, other))) continue;
		chosen.push(task);
		busy.push(task);
		holding.push(task);
		inProject.set(project.id, used + 1);
	}
	return chosen;
}
