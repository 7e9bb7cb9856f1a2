/** The tasks of a storm are made together, and each of them as if it were alone. */
import { answerTogether } from '../../../../core/task/answer-together';
import { MaestroError } from '../../../../core/errors';
import { noteAliases } from '../../../../core/task/aliases';
import { createTasks, type TaskAnswer, type TaskAsk, type TaskDraft } from '../../../../core/task/create-task';
import { createTogether } from '../../../../core/task/create-together';
import { claimLock } from '../../../../core/task/locks';
import { blank } from '../../../../core/task/blank';
import { subscriptionColumns, type Task } from '../../../../core/task/records';
import { NO_RULES, type TaskRules } from '../../../../core/task/rules';
import type { Store } from '../../../../core/task/store';
import { createMemoryStore } from '../../../fixtures/memory-store';
import { testTools } from '../../../fixtures/task-tools';

const signal = new AbortController().signal;
const later = (): string => new Date(Date.now() + 60_000).toISOString();

let store: Store;
beforeEach(() => {
	store = createMemoryStore();
});

interface Wish {
	readonly draft?: Partial<TaskDraft>;
	readonly links?: readonly string[];
	readonly kind?: string;
	readonly rules?: Partial<TaskRules>;
}

const ask = (fingerprint: string, { draft, links = [], kind = 'seen', rules }: Wish = {}): TaskAsk => ({
	draft: { title: fingerprint, projectId: 1, repository: 'o/r', fingerprint, ...draft },
	options: { signalAt: later() },
	links,
	ruled: { signal: { kind, severity: 'medium', count: undefined, own: false, reopened: false, receivedAt: later() }, rules: { ...NO_RULES, ...rules } },
});

const kinds = async (asks: readonly TaskAsk[], from: Store = store): Promise<string[]> => (await createTogether(testTools(from), asks, signal)).map(({ kind }) => kind);
const tasks = async (): Promise<Task[]> => await store.tasks.find({}, { limit: 500 }, signal);
const locks = async (): Promise<unknown[]> => await store.locks.find({}, { limit: 500 }, signal);
const lines = async (): Promise<string[]> => (await store.events.find({}, { limit: 500 }, signal)).map(({ type, taskId, delivery }) => `${type} ${taskId} ${delivery}`);
const numbered = (count: number, wish: Wish = {}): TaskAsk[] => Array.from({ length: count }, (_, index) => ask(`sentry:acme:${index}`, { links: [`github:o/r#${index}`], ...wish }));

/** As the node does: whoever is told so asks alone. */
async function answered(asks: readonly TaskAsk[], from: Store = store): Promise<TaskAnswer[]> {
	const tools = testTools(from);
	const answers: TaskAnswer[] = [];
	const all = await answerTogether(tools, asks, signal);
	for (const [place, shared] of all.entries()) {
		const [ask] = asks.slice(place, place + 1);
		if (shared.kind === 'failed') throw shared.error;
		if (shared.kind === 'answered') answers.push(shared.answer);
		else if (ask !== undefined) answers.push(...(await createTasks(tools, [ask], signal)));
	}
	return answers;
}

it('with as many operations for fifty as for two', async () => {
	const costs: number[] = [];
	for (const count of [2, 50]) {
		store = createMemoryStore();
		expect(await kinds(numbered(count))).toEqual(Array.from({ length: count }, () => 'answered'));
		costs.push(store.operations);
		expect(await tasks()).toHaveLength(count);
		expect(await locks()).toEqual([]);
		expect(await store.aliases.find({}, { limit: 100 }, signal)).toHaveLength(count);
	}
	expect(costs).toEqual([9, 9]);
});

it('each with the line that says so, which is kept for those who subscribed and for nobody else', async () => {
	await store.subscriptions.insert([{ ...blank(subscriptionColumns), events: 'task.created', projectId: 2, path: 'x', version: 1 }], signal);
	const made = await createTogether(testTools(store), [ask('a'), ask('b', { draft: { projectId: 2 } })], signal);
	expect(await lines()).toEqual(['task.created 1 none', 'task.created 2 pending']);
	expect(made.map((each) => (each.kind === 'answered' ? each.answer.events.map(({ taskId }) => taskId) : []))).toEqual([[1], [2]]);
});

it('leaves alone what is known, goes by another name, is left out, has a limit, or has to do with another one', async () => {
	await createTasks(testTools(store), [ask('known')], signal);
	await noteAliases(testTools(store), 'known', ['named'], signal);
	const asks = [
		ask('known'),
		ask('named'),
		ask('linked', { links: ['named'] }),
		ask('over', { kind: 'issue.resolved' }),
		ask('limited', { rules: { maxPerHour: 5 } }),
		ask('', {}),
		ask('first', { links: ['second'] }),
		ask('second'),
		ask('third'),
	];
	expect(await kinds(asks)).toEqual(['alone', 'alone', 'alone', 'alone', 'alone', 'alone', 'answered', 'alone', 'answered']);
	expect((await tasks()).map(({ fingerprint }) => fingerprint)).toEqual(['known', 'first', 'third']);
});

it('takes no names for what waits for a person', async () => {
	await kinds(numbered(3, { draft: { status: 'blocked' } }));
	expect(await store.aliases.find({}, { limit: 100 }, signal)).toEqual([]);
});

it('leaves alone what somebody else is at', async () => {
	const tools = testTools(store);
	const own = await claimLock(tools, 'task:sentry:acme:1', 20_000, signal);
	const linked = await claimLock(tools, 'task:github:o/r#3', 20_000, signal);
	expect(await kinds(numbered(5))).toEqual(['answered', 'alone', 'answered', 'alone', 'answered']);
	expect((await tasks()).map(({ fingerprint }) => fingerprint)).toEqual(['sentry:acme:0', 'sentry:acme:2', 'sentry:acme:4']);
	expect(await locks()).toEqual([own, linked]);
});

it('counts on each what came with it', async () => {
	const answers = await answered([ask('a'), ask('b'), ask('a'), ask('a'), ask('b', { kind: 'issue.resolved' })]);
	expect(answers.map(({ created, ignored, task }) => [created, ignored !== undefined, task?.fingerprint])).toEqual([[true, false, 'a'], [true, false, 'b'], [false, false, 'a'], [false, false, 'a'], [false, true, 'b']]);
	expect((await tasks()).map(({ duplicates }) => duplicates)).toEqual([2, 0]);
});

it('is one task for each also where several processes do so at once', async () => {
	for (let round = 0; round < 10; round++) {
		store = createMemoryStore({ sqliteRace: round % 2 === 1 });
		const some = (from: number): TaskAsk[] => Array.from({ length: 6 }, (_, index) => ask(`sentry:acme:${from + index}`, { links: [`github:o/r#${from + index}`] }));
		const answers = (await Promise.all([0, 2, 4, 2].map(async (from) => await answered(some(from))))).flat();
		expect(answers.filter(({ created }) => created)).toHaveLength(10);
		const rows = await tasks();
		expect(new Set(rows.map(({ fingerprint }) => fingerprint)).size).toBe(rows.length);
		expect(rows.reduce((sum, { duplicates }) => sum + 1 + duplicates, 0)).toBe(24);
		expect(await locks()).toEqual([]);
	}
});

it('makes more than fifty in several turns, and none of them alone', async () => {
	expect(new Set(await kinds(numbered(120)))).toEqual(new Set(['answered']));
	expect(await tasks()).toHaveLength(120);
	expect(store.operations).toBeLessThan(50);
});

describe('where something goes wrong', () => {
	/** What n8n does with the first insert of several tasks. */
	const inserting = (insert: Store['tasks']['insert']): Store => {
		let isFirst = true;
		return {
			...store,
			tasks: {
				...store.tasks,
				insert: async (rows, given) => {
					if (rows.length === 1 || !isFirst) return await store.tasks.insert(rows, given);
					isFirst = false;
					return await insert(rows, given);
				},
			},
		};
	};
	const lost = new Error('socket hang up');

	it.each<[string, Store['tasks']['insert']]>([
		['they are written', async (rows, given) => { await store.tasks.insert(rows, given); throw lost; }],
		['they are not', async () => await Promise.reject(lost)],
		['they are written a moment later', async (rows) => { setTimeout(() => void store.tasks.insert(rows, signal), 100); return await Promise.reject(lost); }],
	])('and n8n does not say what became of them, each fails, and whoever comes next waits: %s', async (_, insert) => {
		const from = inserting(insert);
		expect((await answerTogether(testTools(from), numbered(3), signal)).map((each) => (each.kind === 'failed' ? each.error : each.kind))).toEqual([lost, lost, lost]);
		expect(await locks()).toHaveLength(6);
		const tools = testTools(from);
		await new Promise((resolve) => setTimeout(resolve, 200));
		// The locks have ended by then, and what was written is seen.
		tools.advance(21_000);
		for (const each of numbered(3)) await createTasks(tools, [each], signal);
		expect((await tasks()).map(({ fingerprint }) => fingerprint).sort()).toEqual(numbered(3).map(({ draft }) => draft.fingerprint));
	});

	it('one that n8n refuses fails alone', async () => {
		const refusal = new MaestroError('n8n_api', 'n8n answered 400', 'Look at its log.', { status: 400 });
		const refusing: Store = {
			...store,
			tasks: { ...store.tasks, insert: async (rows, given) => (rows.some(({ title }) => title === 'bad') ? await Promise.reject(refusal) : await store.tasks.insert(rows, given)) },
		};
		const asks = [ask('a', { draft: { title: 'fine' } }), ask('b', { draft: { title: 'bad' } }), ask('c', { draft: { title: 'fine' } })];
		expect(await kinds(asks, refusing)).toEqual(['alone', 'alone', 'alone']);
		const ends = await Promise.allSettled(asks.map(async (each) => await createTasks(testTools(refusing), [each], signal)));
		expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
		expect((await tasks()).map(({ fingerprint }) => fingerprint).sort()).toEqual(['a', 'c']);
	});

	it('with their lines, what was made is said to be made, whoever touches its row meanwhile', async () => {
		let isFirst = true;
		const losing: Store = {
			...store,
			events: {
				...store.events,
				insert: async (rows, given) => {
					if (!isFirst) return await store.events.insert(rows, given);
					isFirst = false;
					await store.tasks.update({ id: { gt: 0 } }, { dispatchedAt: new Date().toISOString(), version: 2, owner: 'a dispatcher' }, given);
					throw new Error('Not now');
				},
			},
		};
		const answers = await answered([ask('a'), ask('b'), ask('a')], losing);
		expect(answers.map(({ created }) => created)).toEqual([true, true, false]);
		expect((await lines()).filter((line) => line.startsWith('task.created'))).toEqual(['task.created 1 pending', 'task.created 2 pending']);
		expect((await tasks()).map(({ duplicates }) => duplicates)).toEqual([1, 0]);
		expect(await locks()).toEqual([]);
	});

	it('with a look at the locks, none is left behind for oneself to wait for', async () => {
		let isFirst = true;
		const blind: Store = {
			...store,
			locks: {
				...store.locks,
				find: async (filter, options, given) => {
					if (!isFirst) return await store.locks.find(filter, options, given);
					isFirst = false;
					throw new Error('Not now');
				},
			},
		};
		expect(await kinds(numbered(3), blind)).toEqual(['alone', 'alone', 'alone']);
		expect(await locks()).toEqual([]);
	});
});
