import { blank } from '../../../../core/task/blank';
import { createTask } from '../../../../core/task/create-task';
import { claimRun, type RunClaim } from '../../../../core/task/leases';
import { dispatch } from '../../../../core/task/dispatch';
import { projectColumns, runColumns, subscriptionColumns, type Run, type Task } from '../../../../core/task/records';
import type { Store } from '../../../../core/task/store';
import { createMemoryStore } from '../../../fixtures/memory-store';
import { testTools } from '../../../fixtures/task-tools';

const signal = new AbortController().signal;
const draft = { title: 'Mend', projectId: 1, repository: 'o/r', fingerprint: 'issue:1' };
const PULL_REQUEST = {
	branch: 'maestro/1-mend',
	pullRequestNumber: 4,
	pullRequestUrl: 'https://github.com/o/r/pull/4',
	feedbackAt: '2026-01-01T00:00:00.000Z',
	feedbackSha: 'aaa',
	pendingFeedbackKey: 'feedback:bbb:2',
	pendingFeedbackAt: '2026-01-02T00:00:00.000Z',
	pendingFeedbackSha: 'bbb',
} as const;
const COUNTS = { rounds: 2, attempts: 4, dispatchedAt: '2026-01-01T00:00:00.000Z', finishedAt: '2026-01-03T00:00:00.000Z', statusReason: 'Closed' } as const;

let store: Store;
let tools: ReturnType<typeof testTools>;
beforeEach(() => {
	store = createMemoryStore({ sqliteRace: true });
	tools = testTools(store);
});

/** A task that stood still, for which a new signal comes. */
async function again(status: Task['status']): Promise<Task> {
	const { task } = await createTask(tools, draft, {}, signal);
	await store.tasks.update({ id: { eq: task.id } }, { ...PULL_REQUEST, ...COUNTS, status, runs: 2 }, signal);
	tools.advance(60_000);
	const answer = await createTask(tools, draft, { retryFinished: true, signalAt: tools.clock.now().toISOString() }, signal);
	expect(answer.retried).toBe(true);
	return answer.task;
}

const run = async (task: Task, finishedAt: string | null, fields: Partial<Run> = {}): Promise<Run[]> =>
	await store.runs.insert([{ ...blank(runColumns), taskId: task.id, purpose: 'implement', status: 'completed', sessionId: 3, finishedAt, epoch: 1, version: 1, ...fields }], signal);
const claim = async (task: Task): Promise<RunClaim> =>
	await claimRun(tools, { task, purpose: 'implement', executionId: 'e2', workflowId: 'w', probe: async () => await Promise.resolve('missing') }, signal);
const minutesFrom = (at: string | null, minutes: number): string => new Date(Date.parse(at ?? '') + minutes * 60_000).toISOString();

describe('a task that is started again', () => {
	it.each(['cancelled', 'failed', 'blocked'] as const)('after it was %s counts from nothing, and knows since when', async (status) => {
		const task = await again(status);
		expect(task).toMatchObject({ status: 'pending', rounds: 0, attempts: 0, dispatchedAt: null, finishedAt: null, statusReason: '', branch: PULL_REQUEST.branch, runs: 2 });
		expect(Date.parse(task.startAgainAt ?? '')).toBeGreaterThan(Date.now());
	});

	it('after its pull request was closed forgets it, for it is to get a new one', async () => {
		expect(await again('cancelled')).toMatchObject({ pullRequestNumber: 0, pullRequestUrl: '', feedbackAt: null, feedbackSha: '', pendingFeedbackKey: '', pendingFeedbackAt: null, pendingFeedbackSha: '' });
	});

	it.each(['failed', 'blocked'] as const)('after it was %s goes on with its pull request, and with the feedback in hand', async (status) => {
		expect(await again(status)).toMatchObject(PULL_REQUEST);
	});
});

describe('what a run gave', () => {
	it('before the task was started again is asked for once more, in the session of that run', async () => {
		const task = await again('cancelled');
		await run(task, minutesFrom(task.startAgainAt, -1));
		expect(await claim(task)).toMatchObject({ kind: 'claimed', run: { sessionId: 3, status: 'completed' } });
	});

	it('since then is handed on', async () => {
		const task = await again('cancelled');
		await run(task, minutesFrom(task.startAgainAt, -1));
		await run(task, minutesFrom(task.startAgainAt, 1), { sessionId: 8 });
		expect(await claim(task)).toMatchObject({ kind: 'done', run: { sessionId: 8 } });
	});

	it('is handed on for a task that was never started again', async () => {
		const { task } = await createTask(tools, draft, {}, signal);
		await store.tasks.update({ id: { eq: task.id } }, { runs: 1 }, signal);
		await run(task, '2020-01-01T00:00:00.000Z');
		expect(await claim({ ...task, runs: 1 })).toMatchObject({ kind: 'done' });
	});
});

describe('a task that a person added by hand in the Data tables view', () => {
	it('is sent out and claimed as any other', async () => {
		await store.projects.insert([{ ...blank(projectColumns), repository: 'o/r', active: true, version: 1 }], signal);
		await store.subscriptions.insert([{ ...blank(subscriptionColumns), events: 'task.ready', version: 1 }], signal);
		const byHand: object = { title: 'By hand', status: 'pending', projectId: 1, repository: 'o/r' };
		await store.tasks.insert([byHand as never], signal);
		const sent: (Task | undefined)[] = [];
		const tasks = await dispatch(tools, async (_, { task }) => {
			sent.push(task);
			await Promise.resolve();
		}, { executionId: 'e1' }, signal);
		expect(tasks).toMatchObject([{ title: 'By hand', version: 1 }]);
		expect(sent).toEqual(tasks);
		const [task] = tasks;
		if (task === undefined) throw new Error('None was sent');
		expect(await claim(task)).toMatchObject({ kind: 'claimed', task: { status: 'in_progress', version: 2 } });
	});
});
