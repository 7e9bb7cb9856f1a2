import { blank } from '../../../../core/task/blank';
import { newTask } from '../../../../core/task/create-task';
import { dispatch } from '../../../../core/task/dispatch';
import { whyHeld } from '../../../../core/task/held';
import { projectColumns, subscriptionColumns, type Task } from '../../../../core/task/records';
import { createMemoryStore } from '../../../fixtures/memory-store';
import { testTools } from '../../../fixtures/task-tools';

const signal = new AbortController().signal;
const task = (id: number, fields: Partial<Task> = {}): Task => ({ ...newTask({ title: `t${id}`, projectId: 1, repository: 'o/r' }), id, createdAt: '', updatedAt: '', ...fields });
const held = (...tasks: Task[]): unknown => {
	const [first] = tasks;
	return first === undefined ? undefined : whyHeld(first, new Map(tasks.map((each) => [each.id, each])));
};

describe('why a pending task will not start by itself', () => {
	it.each([
		['failed', 'Waits for task 2 "t2", which failed'],
		['cancelled', 'Waits for task 2 "t2", which was cancelled'],
		['blocked', 'Waits for task 2 "t2", which is blocked'],
		['archived', 'Waits for task 2 "t2", which is archived'],
	] as const)('a dependency that is %s', (status, reason) => {
		expect(held(task(1, { dependsOn: '2' }), task(2, { status }))).toEqual({ heldBy: 2, reason });
	});

	it('a dependency that is not there any more', () => {
		expect(held(task(1, { dependsOn: '2' }))).toEqual({ heldBy: 2, reason: 'Waits for task 2, which is not there any more' });
	});

	it('one around a corner: the reason names the way and the root of it', () => {
		expect(held(task(1, { dependsOn: '2' }), task(2, { dependsOn: '3' }), task(3, { status: 'failed' }))).toEqual({ heldBy: 3, reason: 'Waits for task 2 "t2", which waits for task 3 "t3", which failed' });
	});

	it('half-done blocked work that it conflicts with, whichever of the two names the other', () => {
		const blocked = task(2, { status: 'blocked', startedAt: '2026-05-01T10:00:00.000Z' });
		const reason = 'Waits for task 2 "t2", which it conflicts with and which is blocked';
		expect(held(task(1, { conflictsWith: '2' }), blocked)).toEqual({ heldBy: 2, reason });
		expect(held(task(1), { ...blocked, conflictsWith: '1' })).toEqual({ heldBy: 2, reason });
		expect(held(task(1, { conflictsWith: '2' }), { ...blocked, startedAt: null })).toBeUndefined();
	});

	it('is nothing where it only has to wait its turn, also in a circle', () => {
		expect(held(task(1, { dependsOn: '2,3,4', conflictsWith: '5' }), task(2, { status: 'completed' }), task(3, { status: 'in_review' }), task(4), task(5, { status: 'in_progress' }))).toBeUndefined();
		expect(held(task(1, { dependsOn: '2' }), task(2, { dependsOn: '1' }))).toBeUndefined();
	});
});

describe('the dispatcher', () => {
	async function prepare() {
		const store = createMemoryStore({ sqliteRace: true });
		const tools = testTools(store);
		await store.projects.insert([{ ...blank(projectColumns), name: 'p', repository: 'o/r', active: true, version: 1 }], signal);
		await store.subscriptions.insert([{ ...blank(subscriptionColumns), workflowId: 'w', path: '/x', events: 'task.ready', version: 1 }], signal);
		const add = async (fields: Partial<Task>): Promise<number> => (await store.tasks.insert([newTask({ title: 't', projectId: 1, repository: 'o/r', ...fields })], signal))[0]?.id ?? 0;
		const set = async (id: number, fields: Partial<Task>): Promise<unknown> => await store.tasks.update({ id: { eq: id } }, fields, signal);
		const read = async (id: number): Promise<Task | undefined> => (await store.tasks.find({ id: { eq: id } }, { limit: 1 }, signal))[0];
		const send = async (): Promise<number[]> => (await dispatch(tools, async () => {}, { executionId: '1' }, signal)).map(({ id }) => id);
		return { store, tools, add, set, read, send };
	}

	it('writes the reason on the task, once, and takes it away when it is over', async () => {
		const { add, set, read, send } = await prepare();
		const first = await add({ status: 'failed' });
		const second = await add({ dependsOn: String(first) });
		expect(await send()).toEqual([]);
		expect(await read(second)).toMatchObject({ heldBy: first, statusReason: `Waits for task ${first} "t", which failed` });
		const { version } = (await read(second)) ?? {};
		await send();
		expect(await read(second)).toMatchObject({ version });
		await set(first, { status: 'in_review' });
		expect(await send()).toEqual([]);
		expect(await read(second)).toMatchObject({ heldBy: 0, statusReason: '' });
		await set(first, { status: 'completed' });
		expect(await send()).toEqual([second]);
	});

	it('does not send out what another depends on where nobody subscribed to its project', async () => {
		const { store, add, read, send } = await prepare();
		await store.projects.insert([{ ...blank(projectColumns), name: 'q', repository: 'o/q', active: true, version: 1 }], signal);
		await store.subscriptions.update({ path: { eq: '/x' } }, { projectId: 1 }, signal);
		const elsewhere = await add({ projectId: 2 });
		await add({ dependsOn: String(elsewhere) });
		expect(await send()).toEqual([]);
		expect(await read(elsewhere)).toMatchObject({ dispatchedAt: null });
	});

	it('leaves a reason of another kind as it is', async () => {
		const { add, read, send } = await prepare();
		const id = await add({ statusReason: 'Tried again after a crash' });
		expect(await send()).toEqual([id]);
		expect(await read(id)).toMatchObject({ statusReason: 'Tried again after a crash', heldBy: 0 });
	});

	it.each(['in_progress', 'in_review', 'blocked'] as const)('holds a task back while one that conflicts with it is %s, whichever of the two names the other', async (status) => {
		const { add, set, send } = await prepare();
		const startedAt = '2026-05-01T10:00:00.000Z';
		const named = await add({ status, startedAt });
		const naming = await add({ conflictsWith: String(named) });
		const other = await add({});
		const back = await add({ status, startedAt, conflictsWith: String(other) });
		expect(await send()).toEqual([]);
		await set(named, { status: 'completed' });
		await set(back, { status: 'cancelled' });
		expect(await send()).toEqual([naming, other]);
	});
});
