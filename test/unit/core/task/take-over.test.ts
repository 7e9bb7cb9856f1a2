import { newTask } from '../../../../core/task/create-task';
import type { ExecutionState, RunRequest } from '../../../../core/task/leases';
import type { Task } from '../../../../core/task/records';
import { takeOver } from '../../../../core/task/take-over';
import { createMemoryStore } from '../../../fixtures/memory-store';
import { testTools } from '../../../fixtures/task-tools';

const signal = new AbortController().signal;
const made = async (fields: Partial<Task> = {}) => {
	const tools = testTools(createMemoryStore({ sqliteRace: true }));
	const [task] = await tools.store.tasks.insert([newTask({ title: 'T', projectId: 1, repository: 'a/b', status: 'in_progress', executionId: 'before', ...fields })], signal);
	if (task === undefined) throw new Error('No task');
	return { tools, task };
};
const request = (task: Task, executionId: string, state: ExecutionState = 'missing'): RunRequest => ({ task, purpose: 'step:1', executionId, workflowId: 'w', probe: async () => await Promise.resolve(state) });

describe('a task whose run is done', () => {
	it('goes to whoever asks when its execution is gone', async () => {
		const { tools, task } = await made();
		expect(await takeOver(tools, request(task, 'mine', 'crashed'), signal)).toMatchObject({ kind: 'taken', task: { executionId: 'mine', workflowId: 'w', status: 'in_progress', version: task.version + 1 } });
	});

	it('stays with an execution that lives, or of which n8n says nothing', async () => {
		const { tools, task } = await made();
		for (const state of ['running', 'waiting', 'unknown'] as const) expect(await takeOver(tools, request(task, 'mine', state), signal)).toMatchObject({ kind: 'busy', executionId: 'before' });
	});

	it('is this execution\'s again without asking n8n', async () => {
		const { tools, task } = await made();
		const asked: string[] = [];
		const probe = async (id: string): Promise<ExecutionState> => await Promise.resolve((asked.push(id), 'running'));
		expect(await takeOver(tools, { ...request(task, 'before'), probe }, signal)).toMatchObject({ kind: 'taken' });
		expect(asked).toEqual([]);
	});

	it('goes to exactly one of many who ask at once', async () => {
		const { tools, task } = await made({ executionId: '', status: 'pending' });
		const claims = await Promise.all(Array.from({ length: 8 }, async (_, index) => await takeOver(tools, request(task, `e${index}`, 'running'), signal)));
		expect(claims.filter(({ kind }) => kind === 'taken')).toHaveLength(1);
		expect(claims.filter(({ kind }) => kind === 'busy')).toHaveLength(7);
	});

	it.each(['completed', 'cancelled', 'archived'] as const)('that is %s is left alone', async (status) => {
		const { tools, task } = await made({ status, executionId: '' });
		expect(await takeOver(tools, request(task, 'mine'), signal)).toEqual({ kind: 'not_open', task });
	});
});
