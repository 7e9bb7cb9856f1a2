import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { isMaestroError, MaestroError, messageOf as said } from '../../core/errors';
import type { OpenWork } from '../../core/github/github';
import { dayBefore, type Day } from '../../core/report/day';
import { composeDigest, type DigestFacts } from '../../core/report/digest';
import { digestPage } from '../../core/report/digest-page';
import type { Project, Run, Task } from '../../core/task/records';
import { toJson } from '../shared/items';
import { openGithub, type Services } from '../shared/services';
import { messageOf } from './message';
import type { DigestOperation } from './report-parameters';

const MAX_PROJECTS = 1_000;
const MAX_TASKS = 5_000;
const MAX_RUNS = 10_000;

async function projectsOf(services: Services, repository: string, signal: AbortSignal): Promise<Project[]> {
	const active = (await services.store.projects.find({}, { limit: MAX_PROJECTS }, signal)).filter((project) => project.active);
	if (repository === '') return active;
	const found = active.filter((project) => project.repository.toLowerCase() === repository.toLowerCase());
	if (found.length > 0) return found;
	throw new MaestroError('no_project', `There is no active project for "${repository}"`, 'Leave "Repository" empty for all projects, or add it in the set-up form.', { repository });
}

async function tasksOf(services: Services, { from, to }: Day, signal: AbortSignal): Promise<Task[]> {
	const open = (['pending', 'in_progress', 'in_review', 'blocked'] as const).map((status) => ({ status: { eq: status } }));
	const [since, until] = [{ gte: from.toISOString() }, { lt: to.toISOString() }];
	const ended = [
		{ status: { eq: 'failed' }, finishedAt: since },
		{ status: { eq: 'completed' }, finishedAt: [since, until] },
	];
	return await services.store.tasks.find({ anyOf: [...open, ...ended] }, { limit: MAX_TASKS }, signal);
}

/** The runs that ended on the day, each with the repository of its task. */
async function runsOf(services: Services, { from, to }: Day, tasks: readonly Task[], signal: AbortSignal): Promise<(Run & { repository: string })[]> {
	const { store } = services;
	const runs = await store.runs.find({ finishedAt: [{ gte: from.toISOString() }, { lt: to.toISOString() }] }, { limit: MAX_RUNS }, signal);
	const repositories = new Map(tasks.map(({ id, repository }) => [id, repository]));
	const missing = [...new Set(runs.map(({ taskId }) => taskId))].filter((id) => id > 0 && !repositories.has(id));
	const others = missing.length === 0 ? [] : await store.tasks.find({ anyOf: missing.map((id) => ({ id: { eq: id } })) }, { limit: missing.length }, signal);
	for (const { id, repository } of others) repositories.set(id, repository);
	return runs.map((run) => ({ ...run, repository: repositories.get(run.taskId) ?? '' }));
}

/** GitHub may be down just now: what the tables say is worth telling all the same. */
async function workOf(context: IExecuteFunctions, services: Services, repositories: readonly string[], entries: number, signal: AbortSignal): Promise<{ work: ReadonlyMap<string, OpenWork>; webUrl: string; problems: string[] }> {
	let webUrl = '';
	try {
		const github = await openGithub(context, services);
		webUrl = github.settings.webUrl;
		return { work: repositories.length === 0 ? new Map() : await github.client.openWork(repositories, entries, signal), webUrl, problems: [] };
	} catch (error) {
		signal.throwIfAborted();
		return { work: new Map(), webUrl, problems: [services.redact(`Issues and pull requests: ${said(error)}${isMaestroError(error) ? `. ${error.advice}` : ''}`)] };
	}
}

/** What a person wants to know in the morning, as fields and as a message. `timeZone`: in which yesterday was. */
export async function digest(context: IExecuteFunctions, services: Services, { repository, entries }: DigestOperation, timeZone: string, signal: AbortSignal): Promise<IDataObject> {
	const day = dayBefore(services.clock.now(), timeZone);
	const projects = await projectsOf(services, repository, signal);
	const isMeant = (name: string): boolean => repository === '' || name.toLowerCase() === repository.toLowerCase();
	const tasks = await tasksOf(services, day, signal);
	const runs = await runsOf(services, day, tasks, signal);
	const { work, webUrl, problems } = await workOf(context, services, projects.map((project) => project.repository), entries, signal);
	const facts: DigestFacts = { day, tasks: tasks.filter((task) => isMeant(task.repository)), runs: runs.filter((run) => isMeant(run.repository)), work, problems };
	const composed = composeDigest(facts);
	return toJson({ ...messageOf(digestPage(composed, { webUrl, most: entries })), isQuiet: composed.isQuiet, digest: composed });
}
