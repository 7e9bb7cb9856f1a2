import { MaestroError } from '../errors';
import { findLinked, findOwn, linksOf, noteAliases } from './aliases';
import { blank } from './blank';
import { countSignals } from './count-signals';
import { appendEvents, type EventDraft } from './events';
import { insertTask, insertUnder } from './insert-task';
import { rulingsFor, wantedBy } from './judge-signals';
import { claimLocks, isLockSafe, releaseLocks } from './locks';
import { taskColumns, type Lock, type Task, type TimelineEvent } from './records';
import { NO_RULES, type RuledSignal, type Ruling, type TaskRules } from './rules';
import type { NewRow } from './store';
import { isTaskFinished } from './states';
import { backOff, type TaskTools } from './tools';

export type TaskDraft = Partial<NewRow<Task>> & Pick<Task, 'title' | 'projectId' | 'repository'>;

export interface CreateTaskOptions {
	/** A further signal for a failed, cancelled or blocked task makes it pending again, with the signal's title and text. */
	readonly retryFinished?: boolean;
	/** When the signal came in, ISO 8601; one that came before the task stood still is a copy of what it had. Default: now. */
	readonly signalAt?: string;
	readonly executionId?: string;
}

/** One signal's wish for a task. */
export interface TaskAsk {
	readonly draft: TaskDraft;
	readonly options: CreateTaskOptions;
	/** Fingerprints of what the signal links to. */
	readonly links?: readonly string[];
	/** Undefined: no rule holds for it. */
	readonly ruled?: { readonly signal: RuledSignal; readonly rules: TaskRules };
}

export interface CreatedTask {
	readonly task: Task;
	readonly created: boolean;
	/** The task stood still and was made pending again by this signal. */
	readonly retried: boolean;
	/** To be delivered by the caller (see deliverEvents). */
	readonly events: TimelineEvent[];
	readonly ignored?: undefined;
}

/** A rule left the signal out. */
export interface IgnoredSignal extends Pick<CreatedTask, 'created' | 'retried' | 'events'> {
	readonly ignored: string;
	/** The one that it would have belonged to; undefined: none. */
	readonly task: Task | undefined;
}

export type TaskAnswer = CreatedTask | IgnoredSignal;

export function ignoredSignal(ignored: string, task: Task | undefined): IgnoredSignal {
	return { ignored, task, created: false, retried: false, events: [] };
}

export const LEASE_MS = 20_000;
const WAIT_MS = 60_000;

/** What is locked while a task with these fingerprints is made. */
export function lockKeys(fingerprints: readonly string[]): string[] {
	return fingerprints.map((each) => `task:${each}`);
}

export function newTask(draft: TaskDraft): NewRow<Task> {
	return { ...blank(taskColumns), priority: 'medium', severity: 'medium', authorTrust: 'none', source: 'manual', ...draft, version: 1, owner: '' };
}

/** The line of a task's timeline that says that it was made. */
export function createdLine(task: Task, { executionId }: CreateTaskOptions): EventDraft {
	return { type: 'task.created', message: `Created: ${task.title}`, taskId: task.id, executionId };
}

/** Says on its timeline that it was made. */
export async function finish(tools: TaskTools, task: Task, options: CreateTaskOptions, signal: AbortSignal): Promise<CreatedTask> {
	const { executionId } = options;
	const drafts: EventDraft[] = [createdLine(task, options)];
	if (task.regressionOf > 0) drafts.push({ type: 'task.regressed', message: `It is back: task ${task.id} goes on with it`, taskId: task.regressionOf, executionId });
	return { task, created: true, retried: false, events: await appendEvents(tools, drafts, signal) };
}

/**
 * Exactly one task for each fingerprint, however many ask at once; each further one is counted on it. An archived task
 * stands in no one's way; an empty fingerprint is like no other. A crash after the insert loses nothing: the next signal
 * finds the task, and the lock's lease ends by itself.
 */
export async function createTask(tools: TaskTools, draft: TaskDraft, options: CreateTaskOptions, signal: AbortSignal): Promise<CreatedTask> {
	if ((draft.fingerprint ?? '') === '') return await finish(tools, await insertTask(tools, newTask(draft), signal), options, signal);
	const [created] = await createTasks(tools, [{ draft, options }], signal);
	if (created === undefined || created.ignored !== undefined) throw new Error('One was asked for, no rule holds for it, and none was given');
	return created;
}

/** Each ask gets its answer in its place: ignored as its ruling says, else counted on `task`. `made` is the ask that has its answer already. */
async function answerAll(tools: TaskTools, asks: readonly TaskAsk[], rulings: readonly Ruling[], task: Task | undefined, made: CreatedTask | undefined, maker: number, signal: AbortSignal): Promise<TaskAnswer[]> {
	const counting = asks.filter((_, index) => index !== maker && rulings[index]?.kind !== 'ignore');
	const counted = task === undefined ? [] : await countSignals(tools, task, counting, signal);
	return asks.map((ask, index): TaskAnswer => {
		const ruling = rulings[index];
		if (ruling?.kind === 'ignore') return ignoredSignal(ruling.reason, task);
		const answer = index === maker ? made : counted[counting.indexOf(ask)];
		if (answer === undefined) throw new Error('A signal is neither counted, nor left out, nor a task');
		return answer;
	});
}

function again(task: Task | undefined, body = ''): string {
	if (task === undefined) return body;
	const where = task.pullRequestUrl === '' ? `task ${task.id}` : `task ${task.id}, ${task.pullRequestUrl}`;
	return `${body}\n\nThis was completed before (${where}) and is back.`;
}

/** What one call of createTasks does; all its attempts write the same `owner`, so that a row that turns up late is known as its own. */
interface Attempt {
	readonly owner: string;
	/** The last insert of which n8n did not say in time whether it was done. */
	unsure?: { readonly rulings: readonly Ruling[]; readonly maker: number };
}

async function answerMade(tools: TaskTools, asks: readonly TaskAsk[], made: Task, { rulings, maker }: NonNullable<Attempt['unsure']>, signal: AbortSignal): Promise<TaskAnswer[]> {
	return await answerAll(tools, asks, rulings, made, await finish(tools, made, asks[maker]?.options ?? {}, signal), maker, signal);
}

/** With all locks held. Undefined: they end too soon to write, or it is not known what was written. */
async function createLocked(tools: TaskTools, asks: readonly [TaskAsk, ...TaskAsk[]], locks: readonly Lock[], attempt: Attempt, signal: AbortSignal): Promise<TaskAnswer[] | undefined> {
	const wanted = wantedBy(asks);
	const own = await findOwn(tools, wanted, signal);
	if (own?.owner === attempt.owner) return undefined;
	const linked = own === undefined || isTaskFinished(own.status) ? await findLinked(tools, wanted, signal) : undefined;
	const task = linked ?? own;
	const rulings = await rulingsFor(tools, asks, task, signal);
	const maker = rulings.findIndex(({ kind }) => kind === 'create');
	const ruling = rulings[maker];
	const ask = asks[maker];
	if (!locks.every((lock) => isLockSafe(tools, lock, LEASE_MS))) return undefined;
	if (ask === undefined || ruling?.kind !== 'create') {
		// What waits for a person says of itself only what it is about: a trusted signal of the same thread is not to be taken along.
		if (linked !== undefined && !wanted.isHeld && rulings.some(({ kind }) => kind === 'count')) await noteAliases(tools, linked.fingerprint, [wanted.fingerprint], signal);
		return await answerAll(tools, asks, rulings, task, undefined, -1, signal);
	}
	if (!wanted.isHeld) await noteAliases(tools, wanted.fingerprint, linksOf(wanted), signal);
	const before = ruling.regressionOf > 0 ? task : undefined;
	const row = { ...newTask({ ...ask.draft, body: again(before, ask.draft.body), regressionOf: ruling.regressionOf }), owner: attempt.owner };
	attempt.unsure = { rulings, maker };
	const [made] = await insertUnder(tools, locks, LEASE_MS, [row], signal);
	return made === undefined ? undefined : await answerMade(tools, asks, made, attempt.unsure, signal);
}

/**
 * As createTask, for several signals of one fingerprint and one reach that came together: the answers are in their order, the count is one write. Signals of
 * several sources that link to each other become one task: each holds the locks of all that it links to.
 */
export async function createTasks(tools: TaskTools, asks: readonly TaskAsk[], signal: AbortSignal): Promise<TaskAnswer[]> {
	const [first, ...more] = asks;
	if (first === undefined) return [];
	const all: readonly [TaskAsk, ...TaskAsk[]] = [first, ...more];
	const wanted = wantedBy(all);
	const links = linksOf(wanted);
	const { maxPerHour, maxPerHourInProject } = first.ruled?.rules ?? NO_RULES;
	const keys = lockKeys([wanted.fingerprint, ...links]);
	if (maxPerHour > 0 || maxPerHourInProject > 0) keys.push(`rate:${first.draft.projectId}`);
	const until = tools.clock.now().getTime() + WAIT_MS;
	const attempt: Attempt = { owner: tools.newToken() };
	for (let turn = 1; tools.clock.now().getTime() < until; turn++) {
		const own = await findOwn(tools, wanted, signal);
		if (attempt.unsure !== undefined && own?.owner === attempt.owner) return await answerMade(tools, all, own, attempt.unsure, signal);
		// Another was faster; what n8n may have written late goes, unless somebody has begun with it.
		if (attempt.unsure !== undefined && own !== undefined) await tools.store.tasks.remove({ owner: { eq: attempt.owner }, version: { eq: 1 } }, signal);
		// Most signals need no turn: they are counted, or left out.
		if (links.length === 0 || (own !== undefined && !isTaskFinished(own.status))) {
			const rulings = await rulingsFor(tools, all, own, signal);
			if (rulings.every(({ kind }) => kind !== 'create')) return await answerAll(tools, all, rulings, own, undefined, -1, signal);
		}
		const locks = await claimLocks(tools, keys, LEASE_MS, signal);
		if (locks !== undefined) {
			let answers: TaskAnswer[] | undefined;
			try {
				answers = await createLocked(tools, all, locks, attempt, signal);
			} finally {
				await releaseLocks(tools, locks, signal);
			}
			if (answers !== undefined) return answers;
		}
		await backOff(tools, turn, signal);
	}
	throw new MaestroError('lost_race', `No turn came to create the task "${first.draft.title}"`, 'Send the signal again; n8n may be overloaded.', { fingerprint: wanted.fingerprint });
}
