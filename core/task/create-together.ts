import { isMaestroError, MaestroError } from '../errors';
import { linksOf, type Wanted } from './aliases';
import { createdLine, finish, LEASE_MS, lockKeys, newTask, type CreatedTask, type TaskAsk } from './create-task';
import { allSubscriptions, wants } from './deliver';
import { appendEvents } from './events';
import { insertUnder } from './insert-task';
import { wantedBy } from './judge-signals';
import { claimFreeLocks, isLockSafe, releaseLocks } from './locks';
import type { Lock, Task } from './records';
import { NO_RULES, rule } from './rules';
import type { TaskTools } from './tools';

export type Made =
	| { readonly kind: 'answered'; readonly answer: CreatedTask }
	/** To be asked for by itself (createTasks): nothing was written for it. */
	| { readonly kind: 'alone' }
	/** It may have been made: it is not to be made again. */
	| { readonly kind: 'failed'; readonly error: unknown };

/** What is asked of n8n for them has to fit into an address, and into one write. */
const MOST = 50;
const MOST_ROWS = 500;
/** Whoever asks waits for all others: what is stuck must not hold them up for long. */
const LOOK_MS = 10_000;
const RELEASE_MS = 10_000;

/** What would surely be a new task, if nothing is known of what it is about. */
interface Candidate {
	readonly ask: TaskAsk;
	readonly wanted: Wanted;
	/** Its own, and those of what it links to. */
	readonly fingerprints: readonly string[];
	readonly owner: string;
}

const ALONE: Made = { kind: 'alone' };
type Ends = Map<TaskAsk, Made>;

/** A limit on how many there may be in an hour is kept one after the other. */
function isPlain({ draft, ruled }: TaskAsk, now: Date): boolean {
	const { signal, rules } = ruled ?? { rules: NO_RULES };
	if ((draft.fingerprint ?? '') === '' || rules.maxPerHour > 0 || rules.maxPerHourInProject > 0) return false;
	return signal === undefined || rule(signal, { task: undefined, madeBySource: [], madeInProject: [] }, rules, now).kind === 'create';
}

/** Those of which no two are about the same: what links to another one has to see whether that was made. */
function candidatesAmong(tools: TaskTools, asks: readonly TaskAsk[]): Candidate[] {
	const taken = new Set<string>();
	const candidates: Candidate[] = [];
	for (const ask of asks) {
		if (!isPlain(ask, tools.clock.now())) continue;
		const wanted = wantedBy([ask]);
		const fingerprints = [wanted.fingerprint, ...linksOf(wanted)];
		const isApart = fingerprints.every((each) => !taken.has(each));
		for (const each of fingerprints) taken.add(each);
		if (isApart) candidates.push({ ask, wanted, fingerprints, owner: tools.newToken() });
	}
	return candidates;
}

/** Those about which there is nothing yet: no task, and no name of one. Asked with all locks held. */
async function unknownAmong(tools: TaskTools, candidates: readonly Candidate[], signal: AbortSignal): Promise<Candidate[]> {
	const anyOf = candidates.flatMap(({ fingerprints }) => fingerprints.map((each) => ({ fingerprint: { eq: each } })));
	const tasks = await tools.store.tasks.find({ anyOf }, { limit: MOST_ROWS, newestFirst: true }, signal);
	const names = await tools.store.aliases.find({ anyOf }, { limit: MOST_ROWS, newestFirst: true }, signal);
	if (tasks.length === MOST_ROWS || names.length === MOST_ROWS) return [];
	const known = new Set([...tasks.filter(({ status }) => status !== 'archived'), ...names].map(({ fingerprint }) => fingerprint));
	return candidates.filter(({ fingerprints }) => !fingerprints.some((each) => known.has(each)));
}

/** Says of each that it was made, and leaves to be delivered what a workflow has subscribed to. */
async function answersFor(tools: TaskTools, made: ReadonlyMap<TaskAsk, Task>, signal: AbortSignal): Promise<Ends> {
	const subscriptions = await allSubscriptions(tools, signal);
	const projects = new Map([...made.values()].map(({ id, projectId }) => [id, projectId]));
	const lines = [...made].map(([ask, task]) => createdLine(task, ask.options));
	const events = await appendEvents(tools, lines, signal, ({ type, taskId = 0 }) => subscriptions.some((each) => wants(each, type, projects.get(taskId) ?? 0)));
	return new Map([...made].map(([ask, task]) => [ask, { kind: 'answered', answer: { task, created: true, retried: false, events: events.filter(({ taskId }) => taskId === task.id) } }]));
}

/** As answersFor, for each by itself: what was made is never said to be a repeat, and who cannot say so fails alone. */
async function answersOneByOne(tools: TaskTools, made: ReadonlyMap<TaskAsk, Task>, signal: AbortSignal): Promise<Ends> {
	const ends: Ends = new Map();
	for (const [ask, task] of made) ends.set(ask, await finish(tools, task, ask.options, signal).then((answer): Made => ({ kind: 'answered', answer }), (error: unknown): Made => ({ kind: 'failed', error })));
	return ends;
}

/** n8n itself has looked at it and does not want it: nothing was written. */
function isRefusal(error: unknown): boolean {
	return isMaestroError(error) && typeof error.facts.status === 'number' && error.facts.status >= 400 && error.facts.status < 500;
}

/** Undefined: nothing was written. Not bounded by more than the locks and the caller: an insert that is given up may be carried out. */
async function insertAll(tools: TaskTools, unknown: readonly Candidate[], locks: readonly Lock[], signal: AbortSignal): Promise<Ends | undefined> {
	let tasks: Task[];
	try {
		tasks = await insertUnder(tools, locks, LEASE_MS, unknown.map(({ ask, owner }) => ({ ...newTask(ask.draft), owner })), signal);
	} catch (error) {
		return isRefusal(error) ? undefined : new Map(unknown.map(({ ask }) => [ask, { kind: 'failed', error }]));
	}
	const silent = new MaestroError('n8n_unreachable', 'n8n did not say in time whether it took a new task', 'Look whether it is in maestro_tasks; if not, retry this execution from the list of executions in n8n.');
	const ends: Ends = new Map(unknown.map(({ ask }) => [ask, { kind: 'failed', error: silent }]));
	const made = new Map(unknown.flatMap(({ ask, owner }) => tasks.filter((task) => task.owner === owner).map((task) => [ask, task] as const)));
	if (made.size === 0) return ends;
	const said = await answersFor(tools, made, signal).catch(async () => await answersOneByOne(tools, made, signal));
	return new Map([...ends, ...said]);
}

/** With all locks held. Undefined: nothing was written. */
async function makeLocked(tools: TaskTools, candidates: readonly Candidate[], locks: readonly Lock[], looking: AbortSignal, signal: AbortSignal): Promise<Ends | undefined> {
	const unknown = await unknownAmong(tools, candidates, looking);
	const names = unknown.filter(({ wanted }) => !wanted.isHeld).flatMap(({ wanted }) => linksOf(wanted).map((fingerprint) => ({ fingerprint, taskFingerprint: wanted.fingerprint })));
	const areSafe = (): boolean => locks.every((lock) => isLockSafe(tools, lock, LEASE_MS));
	if (unknown.length === 0 || !areSafe()) return undefined;
	// Before the tasks: a name for nothing stands in nobody's way (aliases.ts).
	if (names.length > 0) await tools.store.aliases.insert(names, looking);
	return areSafe() ? await insertAll(tools, unknown, locks, signal) : undefined;
}

async function makeSome(tools: TaskTools, candidates: readonly Candidate[], signal: AbortSignal): Promise<Ends> {
	const looking = AbortSignal.any([signal, AbortSignal.timeout(LOOK_MS)]);
	// Where they cannot be had, or nothing can be looked up, nothing has been written.
	const locks = await claimFreeLocks(tools, lockKeys(candidates.flatMap(({ fingerprints }) => fingerprints)), LEASE_MS, looking).catch((): readonly Lock[] => []);
	const held = new Set(locks.map(({ key }) => key));
	const free = candidates.filter(({ fingerprints }) => lockKeys(fingerprints).every((key) => held.has(key)));
	const ends = free.length === 0 ? undefined : await makeLocked(tools, free, locks, looking, signal).catch(() => undefined);
	// What n8n may still be writing is to be seen by whoever gets the locks next: they end by themselves then.
	const isSure = ![...(ends ?? [])].some(([, { kind }]) => kind === 'failed');
	// That this fails means the same, and what was made is made.
	if (isSure) await releaseLocks(tools, locks, AbortSignal.any([signal, AbortSignal.timeout(RELEASE_MS)])).catch(() => undefined);
	return ends ?? new Map();
}

/**
 * Makes the tasks of a storm together: for fifty of them as many operations as for one. Takes only what is surely new and has to do with none of the others; all else
 * is to be asked for by itself. The answers are in the order of the asks, of which no two may have one fingerprint.
 */
export async function createTogether(tools: TaskTools, asks: readonly TaskAsk[], signal: AbortSignal): Promise<Made[]> {
	const candidates = candidatesAmong(tools, asks);
	const ends: Ends = new Map();
	for (let start = 0; candidates.length > 1 && start < candidates.length; start += MOST) {
		for (const [ask, end] of await makeSome(tools, candidates.slice(start, start + MOST), signal)) ends.set(ask, end);
	}
	return asks.map((ask) => ends.get(ask) ?? ALONE);
}
