import { blank } from '../../../../core/task/blank';
import { newTask } from '../../../../core/task/create-task';
import type { ExecutionState } from '../../../../core/task/leases';
import { chooseRemedy, MAX_ATTEMPTS, type Observed, type Remedy } from '../../../../core/task/reconcile-choice';
import { runColumns, waitColumns, type Run, type Task, type Wait } from '../../../../core/task/records';
import { TASK_STATUSES } from '../../../../core/task/states';

const NOW = new Date('2026-05-01T12:00:00.000Z');
const stamps = { createdAt: '', updatedAt: '' };
const ago = (seconds: number): string => new Date(NOW.getTime() - seconds * 1000).toISOString();

const task = (fields: Partial<Task> = {}): Task => ({ ...newTask({ title: 't', projectId: 1, repository: 'o/r', status: 'in_progress', executionId: 'e1' }), id: 1, ...stamps, ...fields });
const run = (fields: Partial<Run> = {}): Run => ({ ...blank(runColumns), id: 5, taskId: 1, executionId: 'e1', heartbeatAt: ago(300), ...stamps, ...fields });
const wait = (fields: Partial<Wait> = {}): Wait => ({ ...blank(waitColumns), id: 9, taskId: 1, executionId: 'e1', ...stamps, ...fields });
const choose = (execution: ExecutionState, observed: Partial<Observed> = {}): Remedy => chooseRemedy({ task: task(), runs: [], waits: [], ...observed, execution }, NOW);

describe('what is done about a task whose execution', () => {
	it.each(['running', 'waiting', 'unknown'] as const)('is %s: nothing', (execution) => {
		expect(choose(execution, { runs: [run()] }).kind).toBe('leave');
	});

	it.each(['crashed', 'missing'] as const)('is %s: it is started again, and its run is ended', (execution) => {
		const runs = [run(), run({ id: 6, status: 'failed' })];
		expect(choose(execution, { runs })).toMatchObject({ kind: 'restart', counts: true, runs: [{ id: 5 }], why: expect.stringContaining('e1') });
	});

	it('was stopped by a person: it is blocked', () => {
		expect(choose('stopped', { runs: [run()] })).toMatchObject({ kind: 'block', runs: [{ id: 5 }] });
	});

	it('ended while the agent worked: it is started again', () => {
		expect(choose('finished', { runs: [run()] })).toMatchObject({ kind: 'restart', counts: true });
		expect(choose('finished', { runs: [run({ status: 'failed' })] }).kind).toBe('leave');
	});

	it('ended although it should wait for the pull request: it is started again', () => {
		const inReview = task({ status: 'in_review' });
		expect(choose('finished', { task: inReview, waits: [wait()] })).toMatchObject({ kind: 'restart', counts: true });
		expect(choose('finished', { task: inReview, waits: [wait({ status: 'ended' }), wait({ executionId: 'e0' })] }).kind).toBe('leave');
		expect(choose('finished', { waits: [wait()] }).kind).toBe('leave');
	});

	it('ended in a pause: it goes on after the limit, and that is no attempt', () => {
		const paused = (resumeAt: string | null) => choose('finished', { task: task({ attempts: MAX_ATTEMPTS, dispatchedAt: ago(1) }), runs: [run({ status: 'paused', resumeAt })] });
		expect(paused(new Date(NOW.getTime() + 1_000).toISOString()).kind).toBe('leave');
		expect(paused(ago(0))).toMatchObject({ kind: 'restart', counts: false });
		expect(paused(null)).toMatchObject({ kind: 'restart', counts: false });
	});

	it('is gone while another one works on the task: nothing, as long as that is heard of', () => {
		expect(choose('crashed', { runs: [run({ executionId: 'e2', heartbeatAt: ago(30) })] }).kind).toBe('leave');
		expect(choose('crashed', { runs: [run({ executionId: 'e2', heartbeatAt: ago(61) })] }).kind).toBe('restart');
		expect(choose('crashed', { runs: [run({ executionId: 'e2', status: 'failed', heartbeatAt: ago(30) })] }).kind).toBe('restart');
	});

	it('is not known: nothing', () => {
		expect(choose('missing', { task: task({ executionId: '' }) }).kind).toBe('leave');
	});

	it.each(TASK_STATUSES.filter((status) => status !== 'in_progress' && status !== 'in_review'))('is gone, of a task that is %s: nothing', (status) => {
		expect(choose('crashed', { task: task({ status }), runs: [run()] }).kind).toBe('leave');
	});
});

describe('the pause between one start and the next', () => {
	const after = (seconds: number, attempts: number, status: Task['status'] = 'in_progress'): string => choose('crashed', { task: task({ attempts, status, dispatchedAt: ago(seconds) }) }).kind;

	it.each([
		[0, 0],
		[1, 0],
		[2, 120],
		[3, 240],
		[4, 480],
	])('after %i attempts is %i seconds', (attempts, seconds) => {
		if (seconds > 0) expect(after(seconds - 1, attempts)).toBe('leave');
		expect(after(seconds, attempts)).toBe('restart');
	});

	it('in review is at least as long as a sweep, since what was sent a moment ago may not have begun', () => {
		expect(after(54, 1, 'in_review')).toBe('leave');
		expect(after(55, 1, 'in_review')).toBe('restart');
		expect(after(0, 0, 'in_review')).toBe('restart');
		expect(after(119, 2, 'in_review')).toBe('leave');
	});

	it('is over where nothing says when it was sent', () => {
		expect(choose('crashed', { task: task({ attempts: 4 }) }).kind).toBe('restart');
	});

	it('ends with giving up, which waits for the last attempt too, and says how many there were', () => {
		expect(after(959, MAX_ATTEMPTS)).toBe('leave');
		expect(choose('crashed', { task: task({ attempts: MAX_ATTEMPTS, dispatchedAt: ago(960) }), runs: [run()] })).toMatchObject({ kind: 'fail', runs: [{ id: 5 }], why: expect.stringContaining(`${MAX_ATTEMPTS} times`) });
	});

	it('does not keep a stopped task from being blocked', () => {
		expect(choose('stopped', { task: task({ attempts: 4, dispatchedAt: ago(1) }) }).kind).toBe('block');
	});
});
