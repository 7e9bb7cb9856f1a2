import { newTask } from '../../../../core/task/create-task';
import type { Deliver, EventPayload } from '../../../../core/task/deliver';
import { subscriptionColumns, type Task } from '../../../../core/task/records';
import { blank } from '../../../../core/task/blank';
import { chooseRollUp, rollUp } from '../../../../core/task/roll-up';
import { TASK_STATUSES } from '../../../../core/task/states';
import { createMemoryStore } from '../../../fixtures/memory-store';
import { testTools } from '../../../fixtures/task-tools';

const signal = new AbortController().signal;
const task = (id: number, fields: Partial<Task> = {}): Task => ({ ...newTask({ title: `t${id}`, projectId: 1, repository: 'o/r' }), id, createdAt: '', updatedAt: '', ...fields });
const parent = (fields: Partial<Task> = {}): Task => task(1, { status: 'in_review', watchesChildren: true, ...fields });
const child = (id: number, fields: Partial<Task> = {}): Task => task(id, { parentId: 1, status: 'completed', ...fields });

describe('what the children mean for their parent', () => {
	it('completes it when all of them are completed, and not before', () => {
		expect(chooseRollUp(parent(), [child(2), child(3)])).toMatchObject({ kind: 'complete' });
		for (const status of ['pending', 'in_progress', 'in_review'] as const) expect(chooseRollUp(parent(), [child(2), child(3, { status })])).toEqual({ kind: 'leave' });
	});

	it.each([
		['failed', 'Task 3 "Add the button" failed: no tests'],
		['blocked', 'Task 3 "Add the button" is blocked: no tests'],
		['cancelled', 'Task 3 "Add the button" was cancelled: no tests'],
	] as const)('blocks it when one is %s, and names that one', (status, why) => {
		const children = [child(2), child(3, { title: 'Add the button', status, statusReason: 'no tests' }), child(4, { status: 'in_progress' })];
		expect(chooseRollUp(parent(), children)).toEqual({ kind: 'block', heldBy: 3, why });
		expect(chooseRollUp(parent({ status: 'blocked', heldBy: 3, statusReason: why }), children)).toEqual({ kind: 'leave' });
	});

	it('says how many more stand still', () => {
		expect(chooseRollUp(parent(), [child(2, { status: 'failed' }), child(3, { status: 'failed' }), child(4, { status: 'blocked' })])).toMatchObject({ heldBy: 2, why: 'Task 2 "t2" failed (and 2 more)' });
	});

	it('lets it go on when that is mended', () => {
		const held = parent({ status: 'blocked', heldBy: 3, statusReason: 'x' });
		expect(chooseRollUp(held, [child(2), child(3, { status: 'pending' })])).toMatchObject({ kind: 'go_on' });
		expect(chooseRollUp(held, [child(2), child(3)])).toMatchObject({ kind: 'complete' });
	});

	it('leaves out archived ones, but never completes it by them alone', () => {
		expect(chooseRollUp(parent(), [child(2), child(3, { status: 'archived' })])).toMatchObject({ kind: 'complete' });
		expect(chooseRollUp(parent(), [child(2, { status: 'archived' })])).toMatchObject({ kind: 'block', why: 'Task 2 "t2" is archived' });
	});

	it('leaves a parent alone that has no children, does not watch them, or was moved by a person', () => {
		expect(chooseRollUp(parent(), [])).toEqual({ kind: 'leave' });
		expect(chooseRollUp(parent({ watchesChildren: false }), [child(2)])).toEqual({ kind: 'leave' });
		expect(chooseRollUp(parent({ status: 'blocked', statusReason: 'A person said stop' }), [child(2)])).toEqual({ kind: 'leave' });
		for (const status of TASK_STATUSES.filter((each) => each !== 'in_review')) expect(chooseRollUp(parent({ status }), [child(2, { status: 'failed' }), child(3)])).toEqual({ kind: 'leave' });
	});
});

describe('rolling up', () => {
	async function prepare() {
		const store = createMemoryStore({ sqliteRace: true });
		const sent: EventPayload[] = [];
		const deliver: Deliver = async (_subscription, payload) => {
			sent.push(payload);
		};
		await store.subscriptions.insert([{ ...blank(subscriptionColumns), workflowId: 'w', path: '/x', events: 'task.completed,task.blocked', version: 1 }], signal);
		const add = async (fields: Partial<Task>): Promise<Task> => {
			const [row] = await store.tasks.insert([newTask({ title: 't', projectId: 1, repository: 'o/r', ...fields })], signal);
			if (row === undefined) throw new Error('no row');
			return row;
		};
		const statusOf = async (id: number): Promise<Partial<Task>> => {
			const [row] = await store.tasks.find({ id: { eq: id } }, { limit: 1 }, signal);
			return { status: row?.status, heldBy: row?.heldBy, statusReason: row?.statusReason };
		};
		return { store, tools: testTools(store), sent, deliver, add, statusOf };
	}

	it('goes from the child of a child up to the top, and tells who subscribed', async () => {
		const { tools, sent, deliver, add, statusOf } = await prepare();
		const top = await add({ status: 'in_review', watchesChildren: true });
		const middle = await add({ status: 'in_review', watchesChildren: true, parentId: top.id });
		const leaf = await add({ status: 'completed', parentId: middle.id });
		const changed = await rollUp(tools, deliver, '7', signal, leaf.parentId);
		expect(changed.map(({ id, status }) => [id, status])).toEqual([[middle.id, 'completed'], [top.id, 'completed']]);
		expect(await statusOf(top.id)).toEqual({ status: 'completed', heldBy: 0, statusReason: '' });
		expect(sent.map(({ event, task: told }) => [event.type, told?.id])).toEqual([['task.completed', middle.id], ['task.completed', top.id]]);
	});

	it('of all blocks with the reason, writes nothing while that lasts, and goes on when it is mended', async () => {
		const { store, tools, sent, deliver, add, statusOf } = await prepare();
		const top = await add({ status: 'in_review', watchesChildren: true });
		const other = await add({ status: 'in_review', watchesChildren: true });
		await add({ status: 'completed', parentId: other.id });
		const leaf = await add({ status: 'failed', statusReason: 'stalled', parentId: top.id });
		expect((await rollUp(tools, deliver, '7', signal)).map(({ id }) => id)).toEqual([top.id, other.id]);
		expect(await statusOf(top.id)).toEqual({ status: 'blocked', heldBy: leaf.id, statusReason: `Task ${leaf.id} "t" failed: stalled` });
		const before = store.operations;
		expect(await rollUp(tools, deliver, '7', signal)).toEqual([]);
		expect(store.operations - before).toBe(2);
		await store.tasks.update({ id: { eq: leaf.id } }, { status: 'in_progress', statusReason: '' }, signal);
		await rollUp(tools, deliver, '7', signal);
		expect(await statusOf(top.id)).toEqual({ status: 'in_review', heldBy: 0, statusReason: '' });
		expect(sent.map(({ event }) => event.type)).toEqual(['task.blocked', 'task.completed']);
	});

	it('costs one look where nobody watches', async () => {
		const { store, tools, deliver, add } = await prepare();
		await add({ status: 'in_review' });
		const before = store.operations;
		await rollUp(tools, deliver, '7', signal);
		expect(store.operations - before).toBe(1);
	});
});
