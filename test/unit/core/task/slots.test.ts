import { blank } from '../../../../core/task/blank';
import { newTask } from '../../../../core/task/create-task';
import { dispatch, freeSlots } from '../../../../core/task/dispatch';
import { projectColumns, subscriptionColumns, type Subscription, type Task } from '../../../../core/task/records';
import { TASK_STATUSES } from '../../../../core/task/states';
import { createMemoryStore } from '../../../fixtures/memory-store';
import { testTools } from '../../../fixtures/task-tools';

const signal = new AbortController().signal;

async function free(subscriptions: readonly Partial<Subscription>[], statuses: readonly Task['status'][]): Promise<number> {
	const store = createMemoryStore();
	await store.subscriptions.insert(subscriptions.map((fields) => ({ ...blank(subscriptionColumns), events: 'task.ready', version: 1, ...fields })), signal);
	await store.tasks.insert(statuses.map((status) => newTask({ title: 't', projectId: 1, repository: 'o/r', status })), signal);
	return await freeSlots({ store }, signal);
}

describe('the slots that are free for one more round', () => {
	it('are what the limit leaves beside the tasks at work, and no others', async () => {
		expect(await free([{ maxRunning: 3 }], ['in_progress', ...TASK_STATUSES.filter((status) => status !== 'in_progress')])).toBe(2);
		expect(await free([{ maxRunning: 3 }], [])).toBe(3);
	});

	it('are none or less where the limit was reached or was lowered since', async () => {
		expect(await free([{ maxRunning: 1 }], ['in_progress'])).toBe(0);
		expect(await free([{ maxRunning: 1 }], ['in_progress', 'in_progress', 'in_progress'])).toBeLessThan(0);
	});

	it('are counted by the greatest limit of all who do tasks; one without a limit makes them endless', async () => {
		expect(await free([{ maxRunning: 2 }, { maxRunning: 5 }], ['in_progress'])).toBe(4);
		expect(await free([{ maxRunning: 2 }, { maxRunning: 0 }], ['in_progress'])).toBe(Number.POSITIVE_INFINITY);
	});

	it('are endless where nobody does tasks; who listens to other events sets no limit', async () => {
		expect(await free([], ['in_progress'])).toBe(Number.POSITIVE_INFINITY);
		expect(await free([{ maxRunning: 1, events: 'task.completed, task.failed' }], ['in_progress'])).toBe(Number.POSITIVE_INFINITY);
		expect(await free([{ maxRunning: 1, events: 'task.completed' }, { maxRunning: 2, events: '*' }], ['in_progress'])).toBe(1);
	});

	it('are limited also by a workflow that does the tasks of one project only', async () => {
		expect(await free([{ maxRunning: 2, projectId: 7 }], ['in_progress'])).toBe(1);
	});
});

it('a dispatcher whose lock has run out meanwhile starts nothing: the next one sees what others started', async () => {
	let slowness = 0;
	const store = createMemoryStore({
		before: (table, operation) => {
			if (table === 'maestro_subscriptions' && operation === 'find') tools.advance(slowness);
		},
	});
	const tools = testTools(store);
	const [project] = await store.projects.insert([{ ...blank(projectColumns), repository: 'o/r', active: true, version: 1 }], signal);
	await store.subscriptions.insert([{ ...blank(subscriptionColumns), events: 'task.ready', path: 'x', version: 1 }], signal);
	await store.tasks.insert([newTask({ title: 't', projectId: project?.id ?? 0, repository: 'o/r' })], signal);
	const sent = async (): Promise<number> => (await dispatch(tools, async () => await Promise.resolve(), { executionId: '1' }, signal)).length;
	slowness = 29_000;
	expect(await sent()).toBe(0);
	slowness = 0;
	expect(await sent()).toBe(1);
});
