import { createTask, createTasks, type TaskAnswer, type TaskAsk, type TaskDraft } from '../../../../core/task/create-task';
import { Gathering } from '../../../../core/task/gather';
import { claimEachOnce, claimOnce } from '../../../../core/task/claim-once';
import type { Task } from '../../../../core/task/records';
import type { Store } from '../../../../core/task/store';
import { createMemoryStore } from '../../../fixtures/memory-store';
import { testTools } from '../../../fixtures/task-tools';

const signal = new AbortController().signal;
const draft = (fields: Partial<TaskDraft> = {}): TaskDraft => ({ title: 'First title', body: 'First text', projectId: 1, repository: 'o/r', fingerprint: 'issue:1', ...fields });
const soon = (): string => new Date(Date.now() + 60_000).toISOString();
const earlier = new Date(0).toISOString();

describe('a further signal for a task', () => {
	let store: Store;
	let tools: ReturnType<typeof testTools>;

	beforeEach(() => {
		store = createMemoryStore();
		tools = testTools(store);
	});

	async function standing(status: Task['status']): Promise<Task> {
		const { task } = await createTask(tools, draft(), {}, signal);
		await store.tasks.update({ id: { eq: task.id } }, { status, statusReason: 'For a reason', attempts: 3 }, signal);
		return task;
	}

	it.each(['failed', 'cancelled', 'blocked'] as const)('starts a %s task again, with the title and text that it has now', async (status) => {
		const { id } = await standing(status);
		const again = await createTask(tools, draft({ title: 'New title', body: 'New text' }), { retryFinished: true, signalAt: soon() }, signal);
		expect(again).toMatchObject({ created: false, retried: true, task: { id, status: 'pending', statusReason: '', attempts: 0, title: 'New title', body: 'New text', duplicates: 1 } });
		expect(again.events).toMatchObject([{ type: 'task.retried' }]);
	});

	it.each(['pending', 'in_progress', 'in_review', 'completed'] as const)('is only counted on a task that is %s, whose text stays', async (status) => {
		await standing(status);
		const again = await createTask(tools, draft({ title: 'New title' }), { retryFinished: true, signalAt: soon() }, signal);
		expect(again).toMatchObject({ retried: false, task: { status, title: 'First title', body: 'First text', duplicates: 1 } });
	});

	it.each([
		['was received before the task stood still', draft(), { retryFinished: true, signalAt: earlier }],
		['comes where tasks are not to be started again', draft(), { signalAt: soon() }],
		['may not start a task by itself', draft({ status: 'blocked' }), { retryFinished: true, signalAt: soon() }],
	])('is only counted when it %s', async (_, further, options) => {
		const { id } = await standing('blocked');
		const again = await createTask(tools, { ...further, title: 'New title' }, options, signal);
		expect(again).toMatchObject({ retried: false, task: { id, status: 'blocked', statusReason: 'For a reason', title: 'First title', duplicates: 1 } });
	});

	it('makes one task of several that came together, and counts the rest in one write', async () => {
		const asks = Array.from({ length: 5 }, () => ({ draft: draft(), options: {} }));
		const answers = await createTasks(tools, asks, signal);
		expect(answers.map(({ created }) => created)).toEqual([true, false, false, false, false]);
		const [task, ...others] = await store.tasks.find({}, { limit: 10 }, signal);
		expect(others).toEqual([]);
		expect(task?.duplicates).toBe(4);
		const events = await store.events.find({}, { limit: 10 }, signal);
		expect(events.map(({ type, message }) => [type, message])).toEqual([['task.created', 'Created: First title'], ['task.duplicate', '4 more signals for it came']]);
	});

	it('costs two turns for fifty copies at once in one process', async () => {
		const gathering = new Gathering<TaskAsk, TaskAnswer>();
		const turns: number[] = [];
		const answers = await Promise.all(
			Array.from({ length: 50 }, async () =>
				await gathering.ask('one', { draft: draft(), options: {} }, async (asks, leading) => {
					turns.push(asks.length);
					return await createTasks(tools, asks, leading);
				}, signal)),
		);
		expect(turns).toEqual([1, 49]);
		expect(answers.filter(({ created }) => created)).toHaveLength(1);
		expect((await store.tasks.find({}, { limit: 10 }, signal)).map(({ duplicates }) => duplicates)).toEqual([49]);
	});
});

describe('gathering what is asked for at once', () => {
	it('does not let one that was stopped take the others along', async () => {
		const gathering = new Gathering<string, string>();
		const stop = new AbortController();
		const first = gathering.ask('key', 'a', async () => await new Promise((resolve) => void setTimeout(() => resolve(['A']), 20)), signal);
		const stopped = gathering.ask('key', 'b', () => {
			stop.abort();
			return Promise.reject(new Error('stopped'));
		}, stop.signal);
		const last = gathering.ask('key', 'c', (asks) => Promise.resolve(asks.map((ask) => ask.toUpperCase())), signal);
		await expect(stopped).rejects.toThrow('stopped');
		expect(await Promise.all([first, last])).toEqual(['A', 'C']);
	});

	it('fails all who were in a turn that failed, and begins anew for the next', async () => {
		const gathering = new Gathering<string, string>();
		const failing = (): Promise<string[]> => Promise.reject(new Error('n8n is away'));
		const results = await Promise.allSettled(['a', 'b', 'c'].map(async (ask) => await gathering.ask('key', ask, failing, signal)));
		expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
		expect(await gathering.ask('key', 'd', (asks) => Promise.resolve([...asks]), signal)).toBe('d');
	});
});

describe('claiming many keys at once', () => {
	it('gives each key to one claimer only, once, also when claimers come together', async () => {
		const tools = testTools(createMemoryStore());
		expect(await claimEachOnce(tools, ['a', 'b', 'a'], 60_000, signal)).toEqual([true, true, false]);
		expect(await claimEachOnce(tools, ['b', 'c'], 60_000, signal)).toEqual([false, true]);
		const rounds = await Promise.all(Array.from({ length: 4 }, async () => await claimEachOnce(tools, ['x', 'y', 'z'], 60_000, signal)));
		for (const key of [0, 1, 2]) expect(rounds.filter((round) => round[key])).toHaveLength(1);
		expect(await claimOnce(tools, 'a', 60_000, signal)).toBe(false);
		tools.advance(61_000);
		expect(await claimEachOnce(tools, ['a'], 60_000, signal)).toEqual([true]);
	});
});
