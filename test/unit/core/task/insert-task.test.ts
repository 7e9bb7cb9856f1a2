/** One task for each fingerprint, also where n8n takes longer to write it than its lock holds. */
import { createTask, type CreatedTask, type TaskDraft } from '../../../../core/task/create-task';
import type { NewRow, Store } from '../../../../core/task/store';
import type { Task } from '../../../../core/task/records';
import { createMemoryStore } from '../../../fixtures/memory-store';
import { testTools } from '../../../fixtures/task-tools';

const signal = new AbortController().signal;
const draft: TaskDraft = { title: 'T', body: 'B', projectId: 1, repository: 'o/r', fingerprint: 'issue:1' };

const turnOfLoop = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve));

/** A store whose first insert of a task is done by `first`, after so much of the lock's time has gone. */
function tools(first: (rows: ReadonlyArray<NewRow<Task>>, given: AbortSignal, store: Store) => Promise<Task[]>, goneMs = 14_900): ReturnType<typeof testTools> {
	let finds = 0;
	const store: Store = createMemoryStore({
		before: (table, operation) => {
			// The second look at the tasks is the one under the lock.
			if (table === 'maestro_tasks' && operation === 'find' && ++finds === 2) made.advance(goneMs);
		},
	});
	let isFirst = true;
	const insert: Store['tasks']['insert'] = async (rows, given) => {
		if (!isFirst) return await store.tasks.insert(rows, given);
		isFirst = false;
		return await first(rows, given, store);
	};
	const { advance, ...rest } = testTools({ ...store, tasks: { ...store.tasks, insert } });
	const made = {
		...rest,
		advance,
		pause: async (ms: number): Promise<void> => {
			advance(ms);
			await turnOfLoop();
		},
	};
	return made;
}

const ended = async (given: AbortSignal): Promise<void> =>
	await new Promise((_, reject) => {
		given.addEventListener('abort', () => reject(new Error('The request was given up')), { once: true });
	});

async function outcome(used: ReturnType<typeof testTools>, answer: CreatedTask): Promise<object> {
	const rows = await used.store.tasks.find({}, { limit: 10 }, signal);
	const events = await used.store.events.find({}, { limit: 10 }, signal);
	return { created: answer.created, ids: rows.map(({ id }) => id), told: events.map(({ type }) => type) };
}

describe('an insert that n8n does not answer while the lock holds', () => {
	it('is given up in time, and its row is found where n8n wrote it all the same', async () => {
		const used = tools(async (rows, given, store) => {
			const late = store.tasks.insert(rows, signal);
			await ended(given);
			return await late;
		});
		expect(await outcome(used, await createTask(used, draft, {}, signal))).toEqual({ created: true, ids: [1], told: ['task.created'] });
	});

	it('is done once more where its row is not there', async () => {
		const used = tools(async (_, given) => {
			await ended(given);
			return [];
		});
		expect(await outcome(used, await createTask(used, draft, {}, signal))).toEqual({ created: true, ids: [1], told: ['task.created'] });
	});

	it('is known as its own when the row turns up after the looking has ended', async () => {
		let write: (() => Promise<unknown>) | undefined;
		const used = tools(async (rows, given, store) => {
			write = async () => await store.tasks.insert(rows, signal);
			await ended(given);
			return [];
		});
		const { remove } = used.store.locks;
		// When the locks are given back, that is after the last look.
		used.store.locks.remove = async (filter, given) => {
			const late = write;
			write = undefined;
			await late?.();
			return await remove(filter, given);
		};
		expect(await outcome(used, await createTask(used, draft, {}, signal))).toEqual({ created: true, ids: [1], told: ['task.created'] });
	});

	it('fails with what n8n said where that is not a matter of time', async () => {
		const used = tools(async () => await Promise.reject(new Error('The table is full')), 0);
		await expect(createTask(used, draft, {}, signal)).rejects.toThrow('The table is full');
	});
});

it('a task that is written after the lock ended is taken back where another has made one', async () => {
	let hold: (() => void) | undefined;
	const used = tools(async (rows, _, store) => {
		await new Promise<void>((resolve) => (hold = resolve));
		return await store.tasks.insert(rows, signal);
	}, 0);
	const one = createTask(used, draft, {}, signal);
	while (hold === undefined) await turnOfLoop();
	used.advance(21_000);
	const two = await createTask(used, draft, {}, signal);
	hold();
	expect([(await one).created, two.created]).toEqual([false, true]);
	expect(await used.store.tasks.find({}, { limit: 10 }, signal)).toMatchObject([{ id: two.task.id, duplicates: 1 }]);
});
