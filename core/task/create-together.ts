import { linksOf, type Wanted } from './aliases';
import { createdLine, LEASE_MS, lockKeys, newTask, type CreatedTask, type TaskAsk } from './create-task';
import { allSubscriptions, wants } from './deliver';
import { appendEvents } from './events';
import { insertUnder } from './insert-task';
import { wantedBy } from './judge-signals';
import { claimFreeLocks, releaseLocks } from './locks';
import type { Lock, Task } from './records';
import { NO_RULES, rule } from './rules';
import type { TaskTools } from './tools';

export type Made =
	| { readonly kind: 'answered'; readonly answer: CreatedTask }
	/** To be asked for by itself (createTasks), as it is given here. */
	| { readonly kind: 'alone'; readonly ask: TaskAsk };

/** What is asked of n8n for them has to fit into an address, and into one write. */
const MOST = 50;
const MOST_ROWS = 500;
/** Whoever asks waits for all others: what is stuck must not hold them up for long. */
const TIME_MS = 20_000;

/** What would surely be a new task, if nothing is known of what it is about. */
interface Candidate {
	readonly ask: TaskAsk;
	readonly wanted: Wanted;
	/** Its own, and those of what it links to. */
	readonly fingerprints: readonly string[];
	readonly owner: string;
}

const alone = (ask: TaskAsk): Made => ({ kind: 'alone', ask });
/** Its row may be there. */
const begun = ({ ask, owner }: Candidate): Made => alone({ ...ask, begunAs: owner });

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
		if (candidates.length >= MOST) break;
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

/** Says of each that it was made, and marks what a workflow has subscribed to. */
async function answersFor(tools: TaskTools, made: ReadonlyMap<Candidate, Task>, signal: AbortSignal): Promise<Map<TaskAsk, Made>> {
	const subscriptions = await allSubscriptions(tools, signal);
	const projects = new Map([...made.values()].map(({ id, projectId }) => [id, projectId]));
	const lines = [...made].map(([{ ask }, task]) => createdLine(task, ask.options));
	const events = await appendEvents(tools, lines, signal, ({ type, taskId = 0 }) => subscriptions.some((each) => wants(each, type, projects.get(taskId) ?? 0)));
	return new Map([...made].map(([{ ask }, task]) => [ask, { kind: 'answered', answer: { task, created: true, retried: false, events: events.filter(({ taskId }) => taskId === task.id) } }]));
}

async function makeLocked(tools: TaskTools, candidates: readonly Candidate[], locks: readonly Lock[], signal: AbortSignal): Promise<Map<TaskAsk, Made>> {
	const unknown = await unknownAmong(tools, candidates, signal);
	if (unknown.length === 0) return new Map();
	const names = unknown.filter(({ wanted }) => !wanted.isHeld).flatMap(({ wanted }) => linksOf(wanted).map((fingerprint) => ({ fingerprint, taskFingerprint: wanted.fingerprint })));
	// Before the tasks: a name for nothing stands in nobody's way (aliases.ts).
	if (names.length > 0) await tools.store.aliases.insert(names, signal);
	const unsure = new Map(unknown.map((each) => [each.ask, begun(each)]));
	try {
		const tasks = await insertUnder(tools, locks, LEASE_MS, unknown.map(({ ask, owner }) => ({ ...newTask(ask.draft), owner })), signal);
		const byOwner = new Map(unknown.map((each) => [each.owner, each]));
		const made = new Map(tasks.flatMap((task) => {
			const candidate = byOwner.get(task.owner);
			return candidate === undefined ? [] : [[candidate, task] as const];
		}));
		return new Map([...unsure, ...(await answersFor(tools, made, signal))]);
	} catch {
		// Whatever it was: each finds its row by its owner where it is there, and fails alone where it does.
		return unsure;
	}
}

/**
 * Makes the tasks of a storm together: for fifty of them as many operations as for one. Takes only what is surely new and has to do with none of the others; all else, and what
 * did not go well, is to be asked for by itself. The answers are in the order of the asks, of which no two may have one fingerprint.
 */
export async function createTogether(tools: TaskTools, asks: readonly TaskAsk[], signal: AbortSignal): Promise<Made[]> {
	const candidates = candidatesAmong(tools, asks);
	if (candidates.length < 2) return asks.map(alone);
	const limited = AbortSignal.any([signal, AbortSignal.timeout(TIME_MS)]);
	// Where they cannot be had, or nothing can be looked up, nothing has been written.
	const locks = await claimFreeLocks(tools, lockKeys(candidates.flatMap(({ fingerprints }) => fingerprints)), LEASE_MS, limited).catch((): readonly Lock[] => []);
	const held = new Set(locks.map(({ key }) => key));
	const free = candidates.filter(({ fingerprints }) => lockKeys(fingerprints).every((key) => held.has(key)));
	const made = free.length === 0 ? undefined : await makeLocked(tools, free, locks, limited).catch(() => undefined);
	// Their lease ends by itself, and what was made is made.
	await releaseLocks(tools, locks, AbortSignal.any([signal, AbortSignal.timeout(TIME_MS)])).catch(() => undefined);
	return asks.map((ask) => made?.get(ask) ?? alone(ask));
}
