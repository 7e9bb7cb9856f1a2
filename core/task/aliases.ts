import { reachesAtLeast } from './ladder';
import type { Alias, Task } from './records';
import { isTaskFinished } from './states';
import type { TaskTools } from './tools';

/** What a new task would be; see create-task.ts. */
export interface Wanted {
	readonly projectId: number;
	readonly fingerprint: string;
	readonly reach: Task['reach'];
	/** Blocked at once: it waits for a person, and so takes nothing from others. */
	readonly isHeld: boolean;
	/** Fingerprints of what its signal links to. */
	readonly links: readonly string[];
}

const MOST = 50;
/** Each is a lock while the task is made. */
const MOST_LINKS = 5;

export function issueFingerprint(repository: string, issueNumber: number): string {
	return `github:${repository.toLowerCase()}#${issueNumber}`;
}

/** Whether a signal with this fingerprint is about the task itself, and not about something that it is linked with. */
export function isItself(task: Pick<Task, 'fingerprint' | 'repository' | 'issueNumber'>, fingerprint: string): boolean {
	return task.fingerprint === fingerprint || (task.issueNumber > 0 && issueFingerprint(task.repository, task.issueNumber) === fingerprint);
}

export function linksOf({ fingerprint, links }: Pick<Wanted, 'fingerprint' | 'links'>): string[] {
	return [...new Set(links)].filter((link) => link !== fingerprint && link !== '').slice(0, MOST_LINKS);
}

/** What may go farther is not swallowed by what may not: anybody can write a link. */
function covers(task: Task, wanted: Wanted): boolean {
	return wanted.isHeld || isItself(task, wanted.fingerprint) || reachesAtLeast(task.reach, wanted.reach);
}

/** At work, or on its way to it, or stopped half-way. */
function isUnderWay({ status, startedAt }: Task): boolean {
	return status === 'blocked' ? startedAt !== null : !isTaskFinished(status);
}

async function aliasesOf(tools: Pick<TaskTools, 'store'>, fingerprints: readonly string[], signal: AbortSignal): Promise<string[]> {
	const rows = await tools.store.aliases.find({ anyOf: fingerprints.map((each) => ({ fingerprint: { eq: each } })) }, { limit: MOST }, signal);
	return rows.map(({ taskFingerprint }) => taskFingerprint);
}

/** The newest first, without archived ones: these stand in no one's way. */
async function tasksOf(tools: Pick<TaskTools, 'store'>, fingerprints: readonly string[], signal: AbortSignal): Promise<Task[]> {
	if (fingerprints.length === 0) return [];
	const rows = await tools.store.tasks.find({ anyOf: [...new Set(fingerprints)].map((each) => ({ fingerprint: { eq: each } })) }, { limit: MOST, newestFirst: true }, signal);
	return rows.filter(({ status }) => status !== 'archived').sort((left, right) => right.id - left.id);
}

/** The task that a signal is about: by its own fingerprint, else by one that was noted for a task. One that goes on counts before one that is over. */
export async function findOwn(tools: Pick<TaskTools, 'store'>, wanted: Wanted, signal: AbortSignal): Promise<Task | undefined> {
	const { projectId, fingerprint } = wanted;
	// Two installations of a source may number alike: what is for one project is not counted on another's task.
	const where = { fingerprint: { eq: fingerprint }, projectId: { eq: projectId }, status: { neq: 'archived' } } as const;
	const [own] = await tools.store.tasks.find(where, { limit: 1, newestFirst: true }, signal);
	if (own !== undefined && !isTaskFinished(own.status)) return own;
	const named = (await tasksOf(tools, await aliasesOf(tools, [fingerprint], signal), signal)).filter((task) => covers(task, wanted));
	return named.find(({ status }) => !isTaskFinished(status)) ?? own ?? named[0];
}

/** A task under way about something that the signal links to. One that is over is no reason to leave a new report out. */
export async function findLinked(tools: Pick<TaskTools, 'store'>, wanted: Wanted, signal: AbortSignal): Promise<Task | undefined> {
	const links = linksOf(wanted);
	if (links.length === 0) return undefined;
	const tasks = await tasksOf(tools, [...links, ...(await aliasesOf(tools, links, signal))], signal);
	return tasks.find((task) => covers(task, wanted) && (wanted.isHeld ? !isTaskFinished(task.status) : isUnderWay(task)));
}

/**
 * Notes that whoever carries one of `fingerprints` is about the tasks with `taskFingerprint`. It names no row: so it can be written before the
 * task is there, and a crash between the two leaves nothing that another signal could miss.
 */
export async function noteAliases(tools: Pick<TaskTools, 'store'>, taskFingerprint: string, fingerprints: readonly string[], signal: AbortSignal): Promise<Alias[]> {
	const wanted = [...new Set(fingerprints)].filter((each) => each !== '' && each !== taskFingerprint);
	if (wanted.length === 0 || taskFingerprint === '') return [];
	const known = await tools.store.aliases.find({ anyOf: wanted.map((each) => ({ fingerprint: { eq: each } })) }, { limit: MOST }, signal);
	const missing = wanted.filter((each) => !known.some((row) => row.fingerprint === each && row.taskFingerprint === taskFingerprint));
	if (missing.length === 0) return [];
	return await tools.store.aliases.insert(missing.map((fingerprint) => ({ fingerprint, taskFingerprint })), signal);
}

/**
 * Notes that whoever answers this mail is about what its thread is about: some mail programs name only the mail before. It says no more than a
 * reference to the thread's first mail would, so that it takes along no one who may go farther (see covers). What was noted of a mail first
 * stays: who learns its ID later cannot lead the answers to it elsewhere.
 */
export async function noteMail(tools: Pick<TaskTools, 'store'>, mail: string, thread: string, signal: AbortSignal): Promise<void> {
	if (mail === thread || mail === '' || thread === '') return;
	const known = await tools.store.aliases.find({ anyOf: [{ fingerprint: { eq: mail } }, { fingerprint: { eq: thread } }] }, { limit: MOST }, signal);
	if (known.some(({ fingerprint }) => fingerprint === mail)) return;
	// The beginning of a long thread first: there its task is most likely.
	const before = [...new Set(known.map(({ taskFingerprint }) => taskFingerprint))].filter((each) => each !== mail && each !== thread).slice(0, MOST_LINKS - 1);
	await tools.store.aliases.insert([...before, thread].map((taskFingerprint) => ({ fingerprint: mail, taskFingerprint })), signal);
}

/** Takes away the oldest names, a few at a time: after so long what comes is new. */
export async function pruneAliases(tools: Pick<TaskTools, 'store' | 'clock'>, maxAgeMs: number, signal: AbortSignal): Promise<number> {
	const before = tools.clock.now().getTime() - maxAgeMs;
	const oldest = await tools.store.aliases.find({}, { limit: MOST }, signal);
	const old = oldest.filter(({ createdAt }) => Date.parse(createdAt) < before);
	return old.length === 0 ? 0 : await tools.store.aliases.remove({ anyOf: old.map(({ id }) => ({ id: { eq: id } })) }, signal);
}
