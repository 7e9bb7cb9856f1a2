import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Task } from '../../core/task/records';
import { bash, done, hangBefore, when } from '../fixtures/model';
import { atStep, commit, openPlaybookBench, text, work, write, type PlaybookBench } from './support/playbook';
import type { NodeRun } from './support/run-node';

jest.setTimeout(120_000);

let bench: PlaybookBench;
beforeAll(async () => {
	bench = await openPlaybookBench();
});
afterAll(async () => await bench.close());

const never = new AbortController().signal;
const STEPS = text('- [ ] First\n  change: yes\n- [ ] Second\n');
const change = [write('first.txt', 'first'), commit('First')];
const until = async (isTime: () => boolean): Promise<void> => {
	while (!isTime()) await new Promise((resolve) => setTimeout(resolve, 50));
};
const runsOf = ({ id }: Pick<Task, 'id'>, status: string): number => bench.api.rows('maestro_runs').filter((row) => row.taskId === id && row.status === status).length;
const hints = ({ run }: NodeRun): string => JSON.stringify(run.data.resultData);
/** n8n fails on the write that ticks the first step. */
const failTick = async (task: Task, fault: object): Promise<void> => {
	const table = await bench.tableId('maestro_playbooks');
	bench.api.failNext((method, path) => method === 'PATCH' && path.includes(table) && runsOf(task, 'completed') === 1, fault);
};
/** The tables are made on first use. */
beforeAll(async () => {
	bench.scripts(work(() => true));
	await bench.go(await bench.task(), text('- [ ] First\n'));
});

describe('when n8n goes away', () => {
	it('between the end of the agent and the tick, the step is looked at again and ticked once, and the agent is not asked again', async () => {
		const task = await bench.task();
		bench.scripts(work(atStep('First'), ...change), work(atStep('Second')));
		await failTick(task, { status: 400 });
		expect((await bench.run(task, STEPS)).error).toMatchObject({ context: { code: 'n8n_api' } });
		expect(await bench.reload(task)).toMatchObject({ statusReason: expect.stringContaining('Asked to fail') });
		expect(await bench.go(task, STEPS)).toMatchObject({ output: 'step', json: { step: { number: 1, passed: true, changedPaths: ['first.txt'] }, report: { status: 'done', summary: 'Done.' } } });
		expect(bench.launches()).toHaveLength(1);
		expect(await bench.go(task, STEPS)).toMatchObject({ output: 'step', json: { step: { number: 2 } } });
		expect(await bench.timelineOf(task, 'step.completed')).toEqual(['step 1 of 2: First', 'step 2 of 2: Second']);
		expect(bench.launches()).toHaveLength(2);
	});

	it('as the tick is written and only the answer is lost, it counts', async () => {
		const task = await bench.task();
		bench.scripts(work(atStep('First'), ...change));
		await failTick(task, { lost: true });
		expect(await bench.go(task, STEPS)).toMatchObject({ output: 'step', json: { step: { number: 1 } } });
		expect(JSON.parse((await bench.state(task)).position)).toMatchObject({ done: ['x-'], ticks: 1 });
	});

	it('while a refused step is written, the same try is judged again, with what the agent then left', async () => {
		const task = await bench.task();
		bench.scripts(work(({ lastPrompt }) => lastPrompt.includes('did not pass'), ...change), work(atStep('First')));
		await failTick(task, { status: 400 });
		expect((await bench.run(task, STEPS)).error).toBeDefined();
		expect(await bench.go(task, STEPS)).toMatchObject({ output: 'step', json: { step: { number: 1, passed: true } } });
		expect(bench.launches()).toHaveLength(2);
		expect(await bench.timelineOf(task, 'step.refused')).toHaveLength(1);
	});

	it('what is left of a check is ended before the next one', async () => {
		const task = await bench.task();
		bench.scripts(work(atStep('First'), ...change));
		await failTick(task, { status: 400 });
		await bench.run(task, STEPS);
		const [session] = await bench.sessions(task);
		const orphan = spawn('sleep', ['305'], { env: { ...process.env, MAESTRO_SESSION: session?.agentSessionId ?? '' }, stdio: 'ignore' });
		const ended = once(orphan, 'exit');
		const left = await bench.go(task, STEPS);
		const how = orphan.exitCode ?? orphan.signalCode;
		orphan.kill('SIGKILL');
		await ended;
		expect(left).toMatchObject({ output: 'step' });
		expect(how).not.toBeNull();
	});

	it('in the middle of the agent, the next execution goes on in the same session, and the late one leaves nothing', async () => {
		const task = await bench.task();
		bench.scripts(work(({ lastPrompt }) => lastPrompt.includes('You were interrupted'), commit('First')), when(atStep('First')).turns([bash(write('first.txt', 'first')), hangBefore()]));
		bench.api.setExecution('early', 'running');
		const early = bench.run(task, STEPS, { executionId: 'early' });
		await until(() => bench.model.requests.at(-1)?.reply === 'hang');
		bench.api.setExecution('early', 'crashed');
		expect(await bench.go(task, STEPS)).toMatchObject({ output: 'step', json: { step: { number: 1, passed: true } } });
		const late = await early;
		expect([late.error, late.outputs.flat()]).toEqual([undefined, []]);
		expect(await bench.sessions(task)).toHaveLength(1);
		expect(bench.launches().at(-1)?.prompts).toHaveLength(2);
		expect(JSON.parse((await bench.state(task)).position)).toMatchObject({ done: ['x-'], ticks: 1 });
	});

	it('after the agent deleted its playbook, that is there again when the agent goes on', async () => {
		const task = await bench.task();
		bench.scripts(work(({ lastPrompt }) => lastPrompt.includes('You were interrupted'), `cat ${bench.dataDir}/playbooks/${task.id}/*/steps.md > ../found`, ...change), when(atStep('First')).turns([bash(`rm -r ${bench.dataDir}/playbooks/${task.id}`), hangBefore()]));
		bench.api.setExecution('first', 'running');
		const early = bench.run(task, STEPS, { executionId: 'first' });
		await until(() => bench.model.requests.at(-1)?.reply === 'hang');
		bench.api.setExecution('first', undefined);
		expect(await bench.go(task, STEPS)).toMatchObject({ output: 'step', json: { step: { passed: true, notes: [] } } });
		await early;
		expect(readFileSync(join(bench.worktree(task), '../found'), 'utf8')).toBe('- [ ] First\n  change: yes\n- [ ] Second\n');
	});
});

describe('two executions of one playbook', () => {
	const second = async (task: Task, playbook: object, isTime: () => boolean, free: () => void): Promise<{ first: NodeRun; other: NodeRun }> => {
		bench.api.setExecution('one', 'running');
		const running = bench.run(task, { ...playbook }, { executionId: 'one' });
		await until(isTime);
		const other = await bench.run(task, { ...playbook });
		free();
		return { first: await running, other };
	};

	it('do not meet while the agent works: one works, the other leaves nothing, with a hint', async () => {
		const task = await bench.task();
		const go = join(bench.dataDir, 'go');
		rmSync(go, { force: true });
		bench.scripts(work(atStep('First'), `while ! test -f ${go}; do sleep 0.1; done`, ...change));
		const { first, other } = await second(task, STEPS, () => bench.launches().length === 1, () => writeFileSync(go, ''));
		expect([other.error, other.outputs.flat()]).toEqual([undefined, []]);
		expect(hints(other)).toContain(`Task ${task.id} is being worked on by execution one`);
		expect(first.outputs[0]).toMatchObject([{ step: { number: 1, passed: true } }]);
		expect(bench.launches()).toHaveLength(1);
	});

	it('do not meet while the check runs either, so that it runs once', async () => {
		const task = await bench.task();
		const go = join(bench.dataDir, 'go');
		const log = join(bench.dataDir, 'checks');
		rmSync(go, { force: true });
		bench.scripts(work(atStep('First'), ...change));
		const playbook = text(`- [ ] First\n  verify: echo x >> ${log}; while ! test -f ${go}; do sleep 0.1; done; test "$(cat ${log})" = x\n`);
		const { first, other } = await second(task, playbook, () => existsSync(log), () => writeFileSync(go, ''));
		expect([other.error, other.outputs.flat()]).toEqual([undefined, []]);
		expect(hints(other)).toContain('being worked on by execution one');
		expect(first.outputs[0]).toMatchObject([{ step: { passed: true } }]);
	});

	it('one of which moved the playbook behind the other: that one leaves nothing, with a hint', async () => {
		const task = await bench.task();
		bench.scripts(work(atStep('First'), ...change));
		const running = bench.run(task, STEPS);
		await until(() => bench.launches().length === 1 && bench.api.rows('maestro_playbooks').some((row) => row.taskId === task.id));
		await bench.store.playbooks.update({ taskId: { eq: task.id } }, { version: 99, owner: 'another' }, never);
		const { error, outputs, ...rest } = await running;
		expect([error, outputs.flat()]).toEqual([undefined, []]);
		expect(JSON.stringify(rest.run.data.resultData)).toContain(`Another execution works on task ${task.id}`);
		expect(await bench.timelineOf(task, 'step.completed')).toEqual([]);
	});

	it('and one of a task that is over leaves nothing, also where an agent had done its work', async () => {
		const task = await bench.task();
		bench.scripts(work(atStep('First'), ...change));
		await failTick(task, { status: 400 });
		await bench.run(task, STEPS);
		await bench.store.tasks.update({ id: { eq: task.id } }, { status: 'cancelled' }, never);
		const { error, outputs, ...rest } = await bench.run(task, STEPS);
		expect([error, outputs.flat()]).toEqual([undefined, []]);
		expect(JSON.stringify(rest.run.data.resultData)).toContain(`Task ${task.id} is cancelled: nothing is to be done`);
	});
});

describe('a task that is started again', () => {
	it('after its pull request was closed does the playbook from its beginning, with the task as it is now', async () => {
		const task = await bench.task();
		const playbook = text('- [ ] First\n  change: yes\n- [ ] Second\n');
		bench.scripts(work(atStep('First'), ...change), work(atStep('Second')));
		expect((await bench.goThrough(task, playbook)).map(({ output }) => output)).toEqual(['step', 'step', 'done']);
		const before = await bench.state(task);
		const now = new Date().toISOString();
		await bench.store.tasks.update({ id: { eq: task.id } }, { status: 'pending', body: 'Now in blue.', finishedAt: null, startAgainAt: now }, never);
		bench.scripts(work(atStep('First'), write('again.txt', 'again'), commit('Again')), work(atStep('Second')));
		const lefts = await bench.goThrough(task, playbook);
		expect(lefts.map(({ output }) => output)).toEqual(['step', 'step', 'done']);
		expect(lefts[0]?.json).toMatchObject({ step: { number: 1, changedPaths: ['again.txt'], notes: [] }, playbook: { progress: 'step 1 of 2' } });
		expect(lefts.at(-1)?.json).toMatchObject({ steps: [{ tick: 1 }, { tick: 2 }] });
		const [first, other] = bench.launches();
		expect(first?.prompts).toHaveLength(1);
		expect(first?.lastPrompt).toContain('Now in blue.');
		expect(first?.lastPrompt).toContain('- [ ] First\n  change: yes\n- [ ] Second\n');
		expect(other?.prompts).toHaveLength(1);
		expect((await bench.state(task)).costUsd).toBeCloseTo(before.costUsd * 2, 3);
	});

	it('after it had failed goes on at the step where it failed', async () => {
		const task = await bench.task();
		bench.scripts(work(atStep('First'), ...change), when(atStep('Second')).turns([done('Done.')]));
		const playbook = text('- [ ] First\n  change: yes\n- [ ] Second\n  change: yes\n');
		expect((await bench.goThrough(task, { ...playbook, options: { retries: 0 } })).map(({ output }) => output)).toEqual(['step', 'failed']);
		await bench.store.tasks.update({ id: { eq: task.id } }, { status: 'pending', finishedAt: null, startAgainAt: new Date().toISOString() }, never);
		bench.scripts(work(({ lastPrompt }) => lastPrompt.includes('did not pass'), write('second.txt', 'x'), commit('Second')));
		expect((await bench.goThrough(task, { ...playbook, options: { retries: 0 } })).map(({ output }) => output)).toEqual(['step', 'done']);
		expect(await bench.timelineOf(task, 'step.completed')).toHaveLength(2);
	});
});
