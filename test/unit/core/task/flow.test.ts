import { blank } from '../../../../core/task/blank';
import { createTask } from '../../../../core/task/create-task';
import { dispatch } from '../../../../core/task/dispatch';
import { redeliverDue, type Deliver, type EventPayload } from '../../../../core/task/deliver';
import { appendEvents, pruneEvents } from '../../../../core/task/events';
import { claimRun, finishRun, heartbeat, startRun, startSession, type ExecutionState, type RunRequest } from '../../../../core/task/leases';
import { updateSession } from '../../../../core/task/compare-and-set';
import { reconcileTasks } from '../../../../core/task/reconcile';
import { projectColumns, subscriptionColumns, taskColumns, type Task } from '../../../../core/task/records';
import type { Store } from '../../../../core/task/store';
import { createMemoryStore } from '../../../fixtures/memory-store';
import { testTools } from '../../../fixtures/task-tools';

const signal = new AbortController().signal;

async function prepare(options: { maxRunning?: number } = {}) {
	const store = createMemoryStore({ sqliteRace: true });
	const tools = testTools(store);
	const [project] = await store.projects.insert([{ ...blank(projectColumns), name: 'p', repository: 'o/r', active: true, version: 1 }], signal);
	await store.subscriptions.insert([{ ...blank(subscriptionColumns), workflowId: 'w', path: '/webhook/x', events: 'task.ready', maxRunning: options.maxRunning ?? 0, version: 1 }], signal);
	const sent: EventPayload[] = [];
	const deliver: Deliver = async (_subscription, payload) => {
		sent.push(payload);
	};
	const create = async (fingerprint: string): Promise<Task> =>
		(await createTask(tools, { title: fingerprint, projectId: project?.id ?? 0, repository: 'o/r', fingerprint }, {}, signal)).task;
	return { store, tools, sent, deliver, create };
}

const request = (task: Task, executionId: string, state: ExecutionState = 'running', purpose = 'implement'): RunRequest => ({
	task,
	purpose,
	executionId,
	workflowId: 'w',
	probe: async () => state,
});

async function begin(tools: ReturnType<typeof testTools>, task: Task, executionId: string) {
	const claim = await claimRun(tools, request(task, executionId), signal);
	if (claim.kind !== 'claimed') throw new Error(`not claimed: ${claim.kind}`);
	const session = await startSession(tools, { key: `task:${task.id}`, taskId: task.id, projectId: task.projectId, agentSessionId: 'a' }, signal);
	const run = await startRun(tools, { task: claim.task, purpose: 'implement', session, executionId, host: 'h' }, signal);
	if (run === undefined) throw new Error('no run');
	return { claim, session, run };
}

async function reload(store: Store, task: Task): Promise<Task | undefined> {
	return (await store.tasks.find({ id: { eq: task.id } }, { limit: 1 }, signal))[0];
}

describe('dispatch', () => {
	it('sends each ready task once, with its whole row, when ten dispatch at once', async () => {
		const { tools, sent, deliver, create } = await prepare();
		for (const name of ['a', 'b', 'c']) await create(name);
		await Promise.all(Array.from({ length: 10 }, async () => await dispatch(tools, deliver, { executionId: '1' }, signal)));
		expect(sent.map(({ task }) => task?.title).sort()).toEqual(['a', 'b', 'c']);
		expect(sent[0]?.task?.version).toBe(2);
	});

	it('keeps to the limit in all, also when many dispatch at once', async () => {
		const { tools, sent, deliver, create } = await prepare({ maxRunning: 2 });
		for (const name of ['a', 'b', 'c', 'd']) await create(name);
		await Promise.all(Array.from({ length: 5 }, async () => await dispatch(tools, deliver, { executionId: '1' }, signal)));
		expect(sent).toHaveLength(2);
	});

	it('sends the event of a new task after seven operations where the caller has the projects, and neither waits for the lock nor holds it for the subscriber', async () => {
		const { store, tools, create } = await prepare();
		await create('a');
		const projects = await store.projects.find({}, { limit: 5 }, signal);
		const before = store.operations;
		let atDelivery = 0;
		let locksAtEnd = -1;
		const deliver = async (): Promise<void> => {
			atDelivery = store.operations - before;
			await new Promise((resolve) => setTimeout(resolve, 30));
			locksAtEnd = (await store.locks.find({ key: { eq: 'dispatch' } }, { limit: 5 }, signal)).length;
		};
		expect(await dispatch(tools, deliver, { executionId: '1', projects }, signal)).toHaveLength(1);
		// Two of the lock, the tasks, what conflicts, the subscriptions, the claim and the event.
		expect([atDelivery, locksAtEnd]).toEqual([7, 0]);
		// Besides: the lock's release, what was noted of the delivery, and this test's own look.
		expect(store.operations - before).toBe(10);
		expect(await dispatch(tools, deliver, { executionId: '1', projects }, signal)).toEqual([]);
	});

	it('keeps to the limit also where more wait and work than one look brings', async () => {
		const { store, tools, sent, deliver, create } = await prepare({ maxRunning: 2 });
		const task = await create('waits');
		const many = (status: Task['status'], count: number): Omit<Task, 'id' | 'createdAt' | 'updatedAt'>[] => Array.from({ length: count }, () => ({ ...blank(taskColumns), status, projectId: task.projectId, dispatchedAt: null, version: 1 }));
		await store.tasks.insert(many('pending', 1_000), signal);
		await store.tasks.insert(many('in_progress', 2), signal);
		expect(await dispatch(tools, deliver, { executionId: '1' }, signal)).toEqual([]);
		expect(sent).toEqual([]);
	});

	it('sends an event again that its subscriber did not take, and notes why', async () => {
		const { store, tools, sent, deliver, create } = await prepare();
		await create('a');
		await dispatch(tools, async () => await Promise.reject(new Error('answered 404')), { executionId: '1' }, signal);
		const pending = await store.events.find({ type: { eq: 'task.ready' } }, { limit: 5 }, signal);
		expect(pending).toMatchObject([{ delivery: 'pending', deliveryAttempts: 1, message: expect.stringContaining('answered 404') }]);
		expect(await redeliverDue(tools, deliver, signal)).toBe(0);
		tools.advance(90_000);
		await redeliverDue(tools, deliver, signal);
		expect(sent.map(({ event }) => event.type)).toEqual(['task.ready']);
	});

	it('keeps the newest events when it prunes', async () => {
		const { store, tools } = await prepare();
		await appendEvents(tools, Array.from({ length: 30 }, (_, index) => ({ type: 'note' as const, message: String(index) })), signal);
		expect(await pruneEvents(tools, { maxAgeMs: 60_000, maxCount: 10 }, signal)).toBe(20);
		expect((await store.events.find({}, { limit: 50 }, signal)).map((event) => event.message)).toEqual(Array.from({ length: 10 }, (_, index) => String(index + 20)));
	});
});

describe('runs', () => {
	it('cost six operations from claim to end, with a new session and its events', async () => {
		const { store, tools, create } = await prepare();
		const task = await create('a');
		const before = store.operations;
		const { session, run } = await begin(tools, task, '1');
		expect(await finishRun(tools, run, { status: 'completed', summary: 'done' }, signal)).toMatchObject({ status: 'completed' });
		await updateSession(tools, session, { status: 'completed' }, signal);
		await appendEvents(tools, [{ type: 'session.started', message: 's' }, { type: 'session.completed', message: 'c' }], signal);
		expect(store.operations - before).toBe(6);
	});

	it('let one of many executions work on a task', async () => {
		const { tools, create } = await prepare();
		const task = await create('a');
		const claims = await Promise.all(Array.from({ length: 8 }, async (_, index) => await claimRun(tools, request(task, String(index)), signal)));
		expect(claims.filter(({ kind }) => kind === 'claimed')).toHaveLength(1);
		expect(claims.filter(({ kind }) => kind === 'busy')).toHaveLength(7);
	});

	it('hand on what a completed run of the same purpose gave', async () => {
		const { store, tools, create } = await prepare();
		const task = await create('a');
		const { run } = await begin(tools, task, '1');
		await finishRun(tools, run, { status: 'completed', summary: 'done' }, signal);
		tools.advance(61_000);
		expect(await claimRun(tools, request((await reload(store, task)) ?? task, '2'), signal)).toMatchObject({ kind: 'done', run: { summary: 'done' } });
	});

	it('are resumed by another execution once stale and dead, and the late writer is fenced', async () => {
		const { tools, create } = await prepare();
		const task = await create('a');
		const { run } = await begin(tools, task, '1');
		expect(await claimRun(tools, request(task, '2', 'running'), signal)).toMatchObject({ kind: 'busy', executionId: '1' });
		const claim = await claimRun(tools, request(task, '2', 'crashed'), signal);
		expect(claim).toMatchObject({ kind: 'claimed', run: { id: run.id, status: 'interrupted' } });
		expect(await heartbeat(tools, run, {}, signal)).toBe('lost');
		expect(await finishRun(tools, run, { status: 'completed' }, signal)).toBe('lost');
	});
});

describe('reconcile', () => {
	it('starts the flow of a task again whose execution died, five times, then gives up', async () => {
		const { store, tools, deliver, create } = await prepare();
		let task: Task | undefined = await create('a');
		for (let attempt = 1; attempt <= 6; attempt++) {
			if (task === undefined) throw new Error('no task');
			const claim = await claimRun(tools, request(task, `e${attempt}`), signal);
			expect(claim.kind).toBe('claimed');
			const [mended] = await reconcileTasks(tools, async () => 'missing', deliver, 'r', signal);
			expect(mended?.remedy.kind).toBe(attempt <= 5 ? 'restart' : 'fail');
			task = await reload(store, task);
		}
		expect(task).toMatchObject({ status: 'failed', attempts: 5 });
	});

	it('leaves a task alone while n8n does not say what became of its execution', async () => {
		const { store, tools, deliver, create } = await prepare();
		const task = await create('a');
		await begin(tools, task, '1');
		tools.advance(600_000);
		expect(await reconcileTasks(tools, async () => await Promise.reject(new Error('no answer')), deliver, 'r', signal)).toEqual([]);
		expect(await reload(store, task)).toMatchObject({ status: 'in_progress' });
	});

	it('does not start again what a person stopped', async () => {
		const { tools, deliver, create } = await prepare();
		const task = await create('a');
		await begin(tools, task, '1');
		const [mended] = await reconcileTasks(tools, async () => 'stopped', deliver, 'r', signal);
		expect(mended?.task).toMatchObject({ status: 'blocked', statusReason: expect.stringContaining('A person stopped') });
	});
});
