import { isMaestroError, MaestroError, messageOf } from '../../core/errors';
import * as compareAndSet from '../../core/task/compare-and-set';
import { emitEvents } from '../../core/task/deliver';
import type { EventDraft } from '../../core/task/events';
import { Gathering } from '../../core/task/gather';
import type { Project, Run, Task } from '../../core/task/records';
import type { Changes } from '../../core/task/store';
import { deliverer } from './dispatch';
import { noteProjects } from './just-read';
import type { Services } from './services';

/** Throws `no_task` where there is none. */
export async function requireTask(services: Services, id: number, signal: AbortSignal): Promise<Task> {
	const [task] = await services.store.tasks.find({ id: { eq: id } }, { limit: 1 }, signal);
	if (task !== undefined) return task;
	throw noTask(id);
}

function noTask(id: number): MaestroError {
	return new MaestroError('no_task', `There is no task ${id}`, 'Give the ID of a row in maestro_tasks.', { task: id });
}

/** Writes what `decide` wants onto the task as it is now, and says so on its timeline and to those who subscribed; `drafts` may depend on what it is then. */
export async function changeTask(
	services: Services,
	id: number,
	decide: (task: Task) => Changes<Task>,
	signal: AbortSignal,
	drafts: readonly EventDraft[] | ((task: Task) => readonly EventDraft[]) = [],
): Promise<Task> {
	const task = await compareAndSet.changeTask(services, id, decide, signal);
	if (task === undefined) throw noTask(id);
	const lines = typeof drafts === 'function' ? drafts(task) : drafts;
	const events = lines.map((draft) => ({ taskId: id, executionId: services.executionId, ...draft }));
	await emitEvents(services, events, { tasks: [task] }, deliverer(services), signal);
	return task;
}

const MAX_RUNS = 200;

/** All runs of a task, the newest first. */
export async function runsOfTask(services: Services, taskId: number, signal: AbortSignal): Promise<Run[]> {
	return await services.store.runs.find({ taskId: { eq: taskId } }, { limit: MAX_RUNS, newestFirst: true }, signal);
}

/** In USD. Counted anew from the runs each time, so that a launch that is looked at twice is not paid twice. */
export function costOf(runs: readonly Run[]): number {
	return runs.reduce((sum, run) => sum + run.costUsd, 0);
}

/** Says on the task what its execution is about to fail with, so that it can be read without looking for the execution. */
export async function noteFailure(services: Services, id: number, error: unknown): Promise<void> {
	// What a person stopped has its reason already.
	if (isMaestroError(error) && error.code === 'cancelled') return;
	const reason = services.redact(isMaestroError(error) ? `${error.message}. ${error.advice}` : messageOf(error)).slice(0, 500);
	await changeTask(services, id, () => ({ statusReason: reason }), AbortSignal.timeout(NOTE_LIMIT_MS)).catch(() => {
		// The error itself goes up, and says more than that it could not be noted.
	});
}

const NOTE_LIMIT_MS = 20_000;

/** A project changes when a person changes it: a process need not ask for it again and again. */
const KEEP_MS = 15_000;
const cache = new Map<string, { readonly project: Project; readonly until: number }>();

/** Throws `no_project` where it was deleted. */
export async function requireProject(services: Services, id: number, signal: AbortSignal): Promise<Project> {
	const key = `${services.instance} ${id}`;
	const now = services.clock.now().getTime();
	const kept = cache.get(key);
	if (kept !== undefined && kept.until > now) return kept.project;
	const [project] = await services.store.projects.find({ id: { eq: id } }, { limit: 1 }, signal);
	if (project === undefined) {
		cache.delete(key);
		throw new MaestroError('no_project', `The project ${id} is gone`, 'Add it again in the set-up form; nothing runs on a repository without a project.', { project: id });
	}
	cache.set(key, { project, until: now + KEEP_MS });
	return project;
}

/** A storm of signals asks for the same projects in each of its executions: those that come at once look together. */
const lookingUp = new Gathering<undefined, readonly Project[]>();

export async function allProjects(services: Services, signal: AbortSignal): Promise<readonly Project[]> {
	const look = async (asks: readonly undefined[], leading: AbortSignal): Promise<readonly Project[][]> => {
		const found = await services.store.projects.find({}, { limit: 1000 }, leading);
		return asks.map(() => found);
	};
	const at = services.clock.now();
	const projects = await lookingUp.ask(services.instance, undefined, look, signal);
	noteProjects(services, projects, at);
	return projects;
}

/** The project of a repository, or undefined. GitHub's names know no case. */
export async function findProject(services: Services, repository: string, signal: AbortSignal): Promise<Project | undefined> {
	const wanted = repository.trim().toLowerCase();
	const projects = await allProjects(services, signal);
	return projects.find((project) => project.repository.toLowerCase() === wanted);
}
