import { inParallel } from '../parallel';
import { compareAndSet } from './compare-and-set';
import { repeatLine, startsAgain } from './count-signals';
import { ignoredSignal, type TaskAnswer, type TaskAsk, type TaskDraft } from './create-task';
import { appendEvents } from './events';
import { rulingsFor } from './judge-signals';
import type { Task } from './records';
import { isTaskFinished } from './states';
import type { TaskTools } from './tools';

export type Repeat =
	| { readonly kind: 'answered'; readonly answer: TaskAnswer }
	/** No task has its fingerprint; one may go by another name. */
	| { readonly kind: 'unseen' }
	/** It is no plain repeat: its task is started again or is back, or another was faster. */
	| { readonly kind: 'other' }
	/** It may have been counted: it is not to be counted again. */
	| { readonly kind: 'failed'; readonly error: unknown };

const MOST_OF_EACH = 10;
const AT_ONCE = 4;
/** Whoever asks waits for all others: what is stuck must not hold them up for long. */
const LOOK_MS = 10_000;
const WRITE_MS = 15_000;
const OTHER: Repeat = { kind: 'other' };
const UNSEEN: Repeat = { kind: 'unseen' };

export const keyOf = ({ projectId, fingerprint = '' }: Pick<TaskDraft, 'projectId' | 'fingerprint'>): string => `${projectId} ${fingerprint}`;

/** The newest task of each fingerprint in each project. */
async function newestTasks(tools: TaskTools, fingerprints: readonly string[], signal: AbortSignal): Promise<Map<string, Task>> {
	const newest = new Map<string, Task>();
	if (fingerprints.length === 0) return newest;
	const rows = await tools.store.tasks.find({ anyOf: fingerprints.map((each) => ({ fingerprint: { eq: each } })) }, { limit: fingerprints.length * MOST_OF_EACH, newestFirst: true }, signal);
	for (const task of rows) if (task.status !== 'archived' && !newest.has(keyOf(task))) newest.set(keyOf(task), task);
	return newest;
}

interface Counted {
	readonly task: Task;
	readonly counting: readonly TaskAsk[];
	readonly repeats: ReadonlyMap<TaskAsk, Repeat>;
}

const nothing = (task: Task, asks: readonly TaskAsk[], repeat: Repeat): Counted => ({ task, counting: [], repeats: new Map(asks.map((ask) => [ask, repeat])) });

/** Who writes between one's own write and n8n's look at the row hides it: n8n gives the other one's row then. What was counted stands on it, with its token. */
async function writtenAllTheSame(tools: TaskTools, { id }: Task, countToken: string, signal: AbortSignal): Promise<Task | undefined> {
	const [row] = await tools.store.tasks.find({ id: { eq: id } }, { limit: 1 }, signal);
	return row?.countToken === countToken ? row : undefined;
}

async function countOn(tools: TaskTools, task: Task, asks: readonly TaskAsk[], signal: AbortSignal): Promise<Counted> {
	const [first, ...more] = asks;
	if (first === undefined || asks.some((ask) => startsAgain(ask, task))) return nothing(task, asks, OTHER);
	try {
		const rulings = await rulingsFor(tools, [first, ...more], task, signal);
		if (rulings.some(({ kind }) => kind === 'create')) return nothing(task, asks, OTHER);
		const counting = asks.filter((_, index) => rulings[index]?.kind === 'count');
		const changes = { duplicates: task.duplicates + counting.length, lastDuplicateAt: tools.clock.now().toISOString(), countToken: tools.newToken() };
		const limited = AbortSignal.any([signal, AbortSignal.timeout(WRITE_MS)]);
		const now = counting.length === 0 ? task : ((await compareAndSet(tools.store.tasks, task, changes, tools.newToken(), limited)) ?? (await writtenAllTheSame(tools, task, changes.countToken, limited)));
		if (now === undefined) return nothing(task, asks, OTHER);
		const answer = (place: number): TaskAnswer => {
			const ruling = rulings[place];
			return ruling?.kind === 'ignore' ? ignoredSignal(ruling.reason, now) : { task: now, created: false, retried: false, events: [] };
		};
		return { task: now, counting, repeats: new Map(asks.map((ask, place) => [ask, { kind: 'answered', answer: answer(place) }])) };
	} catch (error) {
		return nothing(task, asks, { kind: 'failed', error });
	}
}

/**
 * Counts what came again for tasks that are under way: for signals of many tasks one look and one write of timelines, and a write for
 * each task. So a storm costs n8n little more than a call for each signal, however many things it is about. The answers are in the order of the asks.
 */
export async function countRepeats(tools: TaskTools, asks: readonly TaskAsk[], signal: AbortSignal): Promise<Repeat[]> {
	const fingerprints = [...new Set(asks.map(({ draft }) => draft.fingerprint ?? ''))].filter((each) => each !== '');
	// Where nothing can be looked up nothing has been written: each goes its own way, and fails alone where it does.
	const newest = await newestTasks(tools, fingerprints, AbortSignal.any([signal, AbortSignal.timeout(LOOK_MS)])).catch(() => undefined);
	if (newest === undefined) return asks.map(() => OTHER);
	const underWay = [...newest.values()].filter(({ status }) => !isTaskFinished(status)).sort((left, right) => left.id - right.id);
	const counted = await inParallel(underWay, AT_ONCE, async (task) => await countOn(tools, task, asks.filter(({ draft }) => keyOf(draft) === keyOf(task)), signal));
	const lines = counted.filter(({ counting }) => counting.length > 0).map(({ task, counting }) => repeatLine(task, counting));
	// The count stands on the tasks: nobody is to send again what is counted, for want of a line that says so.
	await appendEvents(tools, lines, AbortSignal.timeout(WRITE_MS)).catch(() => []);
	const isUnseen = ({ draft }: TaskAsk): boolean => (draft.fingerprint ?? '') !== '' && !newest.has(keyOf(draft));
	return asks.map((ask) => counted.map(({ repeats }) => repeats.get(ask)).find((each) => each !== undefined) ?? (isUnseen(ask) ? UNSEEN : OTHER));
}
