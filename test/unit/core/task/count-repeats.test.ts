/** What came again for tasks that are under way is counted for many at once. */
import { countRepeats } from '../../../../core/task/count-repeats';
import type { TaskAsk, TaskDraft } from '../../../../core/task/create-task';
import { createTasks } from '../../../../core/task/create-task';
import type { Task } from '../../../../core/task/records';
import { NO_RULES } from '../../../../core/task/rules';
import type { Store, Table } from '../../../../core/task/store';
import { createMemoryStore } from '../../../fixtures/memory-store';
import { testTools } from '../../../fixtures/task-tools';

const signal = new AbortController().signal;
const later = (): string => new Date(Date.now() + 60_000).toISOString();

let store: Store;
beforeEach(() => {
	store = createMemoryStore();
});

const ask = (fingerprint: string, { draft, kind = 'seen', retry = false }: { draft?: Partial<TaskDraft>; kind?: string; retry?: boolean } = {}): TaskAsk => ({
	draft: { title: fingerprint, projectId: 1, repository: 'o/r', fingerprint, ...draft },
	options: { retryFinished: retry, signalAt: later() },
	ruled: { signal: { kind, severity: 'medium', count: undefined, own: false, reopened: false, receivedAt: later() }, rules: NO_RULES },
});

async function made(...fingerprints: readonly string[]): Promise<void> {
	for (const each of fingerprints) await createTasks(testTools(store), [ask(each)], signal);
}

const task = async (fingerprint: string): Promise<Task | undefined> => (await store.tasks.find({ fingerprint: { eq: fingerprint } }, { limit: 1, newestFirst: true }, signal))[0];
const count = async (asks: readonly TaskAsk[], from: Store = store): Promise<readonly string[]> => (await countRepeats(testTools(from), asks, signal)).map(({ kind }) => kind);

it('with one look, one write of timelines and a write for each task', async () => {
	const all = Array.from({ length: 20 }, (_, index) => `sentry:acme:${index}`);
	await made(...all);
	const before = store.operations;
	const kinds = await count([...all, ...all, 'sentry:acme:0'].map((each) => ask(each)));
	expect(new Set(kinds)).toEqual(new Set(['answered']));
	expect(store.operations - before).toBe(1 + 20 + 1);
	expect(await Promise.all(all.slice(0, 2).map(async (each) => (await task(each))?.duplicates))).toEqual([3, 2]);
	const lines = (await store.events.find({ type: { eq: 'task.duplicate' } }, { limit: 100 }, signal)).map(({ message }) => message);
	expect(lines).toHaveLength(20);
	expect(lines[0]).toBe('3 more signals for it came');
});

it('leaves out what a rule leaves out, and says why', async () => {
	await made('a');
	const [first, second] = await countRepeats(testTools(store), [ask('a', { kind: 'issue.resolved' }), ask('a')], signal);
	expect(first).toMatchObject({ kind: 'answered', answer: { ignored: 'it says that this is resolved', task: { fingerprint: 'a' } } });
	expect(second).toMatchObject({ kind: 'answered', answer: { created: false, task: { duplicates: 1 } } });
});

it('leaves to others what is new, over, archived, started again, or without a fingerprint, and writes nothing for it', async () => {
	await made('over', 'gone', 'blocked');
	const move = async (fingerprint: string, changes: Partial<Task>): Promise<Task[]> => await store.tasks.update({ fingerprint: { eq: fingerprint } }, changes, signal);
	await move('over', { status: 'completed' });
	await move('gone', { status: 'archived' });
	await move('blocked', { status: 'blocked' });
	const before = await store.events.find({}, { limit: 100 }, signal);
	expect(await count([ask('new'), ask('over'), ask('gone'), ask('blocked', { retry: true }), ask('')])).toEqual(['unseen', 'other', 'unseen', 'other', 'other']);
	expect(await store.events.find({}, { limit: 100 }, signal)).toEqual(before);
	expect((await store.tasks.find({}, { limit: 10 }, signal)).map(({ duplicates }) => duplicates)).toEqual([0, 0, 0]);
	// The same task without a wish to start it again is a repeat.
	expect(await count([ask('blocked')])).toEqual(['answered']);
});

/** The store with another first word in each update of tasks. */
function updating(update: Table<Task>['update']): Store {
	return { ...store, tasks: { ...store.tasks, update } };
}

it('leaves to others what somebody else changed between', async () => {
	await made('a', 'b');
	const contested = updating(async (filter, changes, each) => {
		const [first] = await store.tasks.find(filter, { limit: 1 }, each);
		if (first?.fingerprint === 'a') await store.tasks.update({ id: { eq: first.id } }, { version: first.version + 5 }, each);
		return await store.tasks.update(filter, changes, each);
	});
	expect(await count([ask('a'), ask('b')], contested)).toEqual(['other', 'answered']);
	expect([(await task('a'))?.duplicates, (await task('b'))?.duplicates]).toEqual([0, 1]);
});

it('counts once where another write hides its own', async () => {
	await made('a');
	const hidden = updating(async (filter, changes, each) => {
		const [first] = await store.tasks.update(filter, changes, each);
		// As n8n on SQLite gives it: the row as it stands when it is read again.
		return first === undefined ? [] : await store.tasks.update({ id: { eq: first.id } }, { version: first.version + 1, owner: 'another', issueNumber: 7 }, each);
	});
	expect(await count([ask('a'), ask('a')], hidden)).toEqual(['answered', 'answered']);
	expect(await task('a')).toMatchObject({ duplicates: 2, issueNumber: 7 });
	const [alone] = await createTasks(testTools(hidden), [ask('a')], signal);
	expect(alone).toMatchObject({ created: false, task: { duplicates: 3 } });
	expect((await task('a'))?.duplicates).toBe(3);
});

it('fails only for those whose write failed', async () => {
	await made('a', 'b');
	const broken = updating(async (filter, changes, each) => {
		const [first] = await store.tasks.find(filter, { limit: 1 }, each);
		if (first?.fingerprint === 'a') throw new Error('n8n went away');
		return await store.tasks.update(filter, changes, each);
	});
	expect(await count([ask('a'), ask('a'), ask('b')], broken)).toEqual(['failed', 'failed', 'answered']);
});

it('lets each go its own way where nothing can be looked up', async () => {
	await made('a', 'b');
	const blind: Store = { ...store, tasks: { ...store.tasks, find: async () => await Promise.reject(new Error('not now')) } };
	expect(await count([ask('a'), ask('new')], blind)).toEqual(['other', 'other']);
});

it('counts without a line where the timeline cannot be written, so that nobody counts again', async () => {
	await made('a');
	const full: Store = { ...store, events: { ...store.events, insert: async () => await Promise.reject(new Error('full')) } };
	expect(await count([ask('a')], full)).toEqual(['answered']);
	expect((await task('a'))?.duplicates).toBe(1);
});

it('ends a write that is stuck by itself, and answers the others', async () => {
	await made('a', 'b');
	const timeouts: number[] = [];
	jest.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
		timeouts.push(ms);
		// The second in a row is the write on the first task.
		return timeouts.length === 2 ? AbortSignal.abort(new Error('too long')) : new AbortController().signal;
	});
	const stuck = updating(async (filter, changes, each) => {
		each.throwIfAborted();
		return await store.tasks.update(filter, changes, each);
	});
	try {
		expect(await count([ask('a'), ask('b'), ask('new')], stuck)).toEqual(['failed', 'answered', 'unseen']);
	} finally {
		jest.restoreAllMocks();
	}
	expect((await store.events.find({ type: { eq: 'task.duplicate' } }, { limit: 10 }, signal)).map(({ taskId }) => taskId)).toEqual([(await task('b'))?.id]);
});

it('counts nothing on the task of another project', async () => {
	await made('a');
	expect(await count([ask('a', { draft: { projectId: 2 } }), ask('a')])).toEqual(['unseen', 'answered']);
	const [other] = await createTasks(testTools(store), [ask('a', { draft: { projectId: 2, repository: 'o/other' } })], signal);
	expect(other).toMatchObject({ created: true, task: { projectId: 2 } });
	expect((await store.tasks.find({ fingerprint: { eq: 'a' } }, { limit: 9 }, signal)).map(({ projectId, duplicates }) => [projectId, duplicates])).toEqual([[1, 1], [2, 0]]);
});
