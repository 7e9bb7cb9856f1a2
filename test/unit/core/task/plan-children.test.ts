import { blank } from '../../../../core/task/blank';
import { newTask } from '../../../../core/task/create-task';
import { dispatch } from '../../../../core/task/dispatch';
import { readPlan, type Plan } from '../../../../core/task/plan';
import { isBeingMade, knownChildren, makeChildren, releaseChildren, watchChildren } from '../../../../core/task/plan-children';
import { projectColumns, subscriptionColumns, type Task } from '../../../../core/task/records';
import type { TaskTools } from '../../../../core/task/tools';
import { createMemoryStore } from '../../../fixtures/memory-store';
import { testTools } from '../../../fixtures/task-tools';

const signal = new AbortController().signal;
const options = { playbook: 'implement-feature', labels: ['maestro'], priority: 'high' as const, executionId: '7' };

function planOf(tasks: readonly object[]): Plan {
	const read = readPlan({ tasks: tasks.map((task) => ({ title: 'Do it', body: 'All of it', files: ['x'], ...task })) });
	if ('problems' in read) throw new Error(read.problems.join(' '));
	return read.plan;
}
// c conflicts with b by its files; a comes before both, though it is named last.
const PLAN = planOf([{ key: 'b', dependsOn: ['a'], files: ['src'] }, { key: 'c', dependsOn: ['a'], files: ['src/c.ts'] }, { key: 'a' }]);

async function prepare(before?: (table: string, operation: string) => void) {
	const store = createMemoryStore({ sqliteRace: true, before: (table, operation) => before?.(table, operation) });
	const tools = testTools(store);
	await store.projects.insert([{ ...blank(projectColumns), name: 'p', repository: 'o/r', active: true, version: 1 }], signal);
	await store.subscriptions.insert([{ ...blank(subscriptionColumns), workflowId: 'w', path: '/x', events: 'task.ready', version: 1 }], signal);
	const draft = { title: 'Large', projectId: 1, repository: 'o/r', status: 'in_progress' as const, executionId: '7', author: 'ada', authorTrust: 'owner' as const };
	const [parent] = await store.tasks.insert([newTask(draft)], signal);
	if (parent === undefined) throw new Error('no parent');
	const children = async (): Promise<Task[]> => await store.tasks.find({ parentId: { eq: parent.id } }, { limit: 50 }, signal);
	return { store, tools, parent, children };
}

async function carryOut(tools: TaskTools, parent: Task, plan = PLAN): Promise<boolean[]> {
	const { children } = await makeChildren(tools, parent, plan, options, signal);
	await releaseChildren(tools, children, signal);
	await watchChildren(tools, parent.id, signal);
	return children.map(({ created }) => created);
}

const facts = (rows: readonly Task[]): unknown => rows.map(({ fingerprint, status, statusReason, dependsOn, conflictsWith }) => ({ fingerprint, status, statusReason, dependsOn, conflictsWith }));
const DONE = [
	{ fingerprint: 'plan:1:a', status: 'pending', statusReason: '', dependsOn: '', conflictsWith: '' },
	{ fingerprint: 'plan:1:b', status: 'pending', statusReason: '', dependsOn: '2', conflictsWith: '4' },
	{ fingerprint: 'plan:1:c', status: 'pending', statusReason: '', dependsOn: '2', conflictsWith: '3' },
];

describe('the tasks of a plan', () => {
	it('are made in an order in which each finds what it depends on, and the parent watches them', async () => {
		const { tools, parent, children, store } = await prepare();
		expect(await carryOut(tools, parent)).toEqual([true, true, true]);
		expect(facts(await children())).toEqual(DONE);
		expect(await children()).toMatchObject([{ playbook: 'implement-feature', labels: 'maestro', priority: 'high', author: 'ada', authorTrust: 'owner', kind: 'plan', body: 'All of it' }, {}, {}]);
		expect(await store.tasks.find({ id: { eq: 1 } }, { limit: 1 }, signal)).toMatchObject([{ status: 'in_review', watchesChildren: true, executionId: '' }]);
	});

	it('cannot start before all of them are there', async () => {
		const { tools, parent, children } = await prepare();
		const made = await makeChildren(tools, parent, PLAN, options, signal);
		expect((await children()).every(isBeingMade)).toBe(true);
		expect(await dispatch(tools, async () => {}, { executionId: '1' }, signal)).toEqual([]);
		await releaseChildren(tools, made.children, signal);
		expect((await dispatch(tools, async () => {}, { executionId: '1' }, signal)).map(({ fingerprint }) => fingerprint)).toEqual(['plan:1:a']);
	});

	it('are made once, when two ask at the same time', async () => {
		const { tools, parent, children } = await prepare();
		const made = await Promise.all([carryOut(tools, parent), carryOut(tools, parent)]);
		expect(facts(await children())).toEqual(DONE);
		expect(made.flat().filter(Boolean)).toHaveLength(3);
	});

	it('are left as they are by a second call, whatever became of them', async () => {
		const { store, tools, parent, children } = await prepare();
		await carryOut(tools, parent);
		await store.tasks.update({ id: { eq: 2 } }, { status: 'completed' }, signal);
		await store.tasks.update({ id: { eq: 3 } }, { status: 'archived' }, signal);
		await store.tasks.update({ id: { eq: 4 } }, { status: 'blocked', statusReason: 'A question' }, signal);
		expect(await carryOut(tools, parent)).toEqual([false, false, false]);
		expect((await children()).map(({ status, duplicates }) => [status, duplicates])).toEqual([['completed', 0], ['archived', 0], ['blocked', 0]]);
		expect((await knownChildren(tools, parent.id, PLAN, signal))?.map(({ task }) => task.id)).toEqual([2, 3, 4]);
	});

	it('that an earlier plan left half-made are put away, and what it finished counts for the new one', async () => {
		const { tools, parent, children } = await prepare();
		await makeChildren(tools, parent, planOf([{ key: 'old' }, { key: 'a' }]), options, signal);
		await carryOut(tools, parent);
		expect((await children()).map(({ fingerprint, status }) => [fingerprint, status])).toEqual([['plan:1:old', 'archived'], ['plan:1:a', 'pending'], ['plan:1:b', 'pending'], ['plan:1:c', 'pending']]);
		expect(await knownChildren(tools, parent.id, planOf([{ key: 'new' }]), signal)).toBeUndefined();
	});
});

it.each(['completed', 'cancelled', 'failed', 'archived', 'pending'] as const)('a parent that is %s meanwhile stays so', async (status) => {
	const { store, tools, parent } = await prepare();
	await store.tasks.update({ id: { eq: parent.id } }, { status }, signal);
	expect(await watchChildren(tools, parent.id, signal)).toMatchObject({ status, watchesChildren: false });
});

it('after a crash at any point the same call completes it, and makes nothing twice', async () => {
	// A process that is gone does not even give its locks back.
	let left = Number.POSITIVE_INFINITY;
	let points = 0;
	for (let point = 1; ; point++) {
		left = Number.POSITIVE_INFINITY;
		const { tools, parent, children } = await prepare(() => {
			if (--left < 0) throw new Error('The process is gone');
		});
		left = point;
		const crashed = await carryOut(tools, parent).then(() => false, () => true);
		left = Number.POSITIVE_INFINITY;
		if (!crashed) break;
		points++;
		tools.advance(60_000);
		await carryOut(tools, parent);
		expect(facts(await children())).toEqual(DONE);
	}
	expect(points).toBeGreaterThan(20);
});
