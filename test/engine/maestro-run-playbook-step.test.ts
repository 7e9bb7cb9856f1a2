import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { IDataObject, INodeParameters } from 'n8n-workflow';

import type { PlaybookState, Task } from '../../core/task/records';
import { MaestroRunPlaybookStep } from '../../nodes/MaestroRunPlaybookStep/MaestroRunPlaybookStep.node';
import { bash, done, quote, when, type Reply, type Script } from '../fixtures/model';
import { openBench, type Bench } from './support/bench';
import { runNode, type NodeRun, type RunOptions } from './support/run-node';

jest.setTimeout(120_000);

const OUTPUTS = ['step', 'done', 'input', 'paused', 'failed'] as const;
type Output = (typeof OUTPUTS)[number];
const never = new AbortController().signal;

let bench: Bench;
beforeAll(async () => {
	bench = await openBench();
	await bench.project({ verifyCommand: 'sh test.sh' });
});
afterAll(async () => await bench.close());

const scripts = (...given: Script[]): void => bench.model.setScripts(given);
const write = (path: string, text: string): string => `printf '%s' ${quote(text)} > ${path}`;
const commit = (message: string): string => `git add -A && git commit -q -m ${quote(message)}`;
/** A turn that does this in the shell, then says that it is done. */
const work = (pattern: string, ...commands: string[]): Script => when(pattern).turns([...commands.map((command): Reply => bash(command)), done(`Did ${pattern}.`)]);

let execution = 0;
const run = async (task: Pick<Task, 'id'>, parameters: INodeParameters = {}, options: RunOptions = {}): Promise<NodeRun> =>
	await runNode(new MaestroRunPlaybookStep(), { parameters: { taskId: String(task.id), ...parameters }, credentials: bench.credentials, executionId: `execution-${execution}`, ...options });

/** Where the item left, and its JSON. */
function left({ outputs, error }: NodeRun): { output: Output | undefined; json: IDataObject } {
	if (error !== undefined) throw error;
	const index = outputs.findIndex((items) => items.length > 0);
	return { output: OUTPUTS[index], json: outputs[index]?.[0] ?? {} };
}

const state = async (task: Pick<Task, 'id'>): Promise<PlaybookState> => {
	const [row] = await bench.store.playbooks.find({ taskId: { eq: task.id } }, { limit: 1 }, never);
	if (row === undefined) throw new Error('There is no row');
	return row;
};

beforeEach(() => {
	execution++;
});

describe('the bundled fix-bug', () => {
	it('goes from a red test to a green one, each step in a run of its own, and proves it', async () => {
		const task = await bench.task({ title: 'The cart is wrong', playbook: 'fix-bug' });
		scripts(
			work('Find the cause', write('test.sh', 'grep -q right src/cart.js'), commit('Show the bug')),
			work('Mend the cause', write('src/cart.js', 'right'), commit('Mend the cart')),
			work('Look the change through'),
		);
		const first = left(await run(task));
		expect(first).toMatchObject({ output: 'step', json: { playbook: { name: 'fix-bug', status: 'running', progress: 'step 1 of 3' }, step: { number: 1, of: 3, passed: true, changedPaths: ['test.sh'], check: { exitCode: 1 } } } });
		const second = left(await run(task, {}, { input: [first.json] }));
		expect(second).toMatchObject({ output: 'step', json: { step: { number: 2, check: { exitCode: 0 } } } });
		expect(left(await run(task, {}, { input: [second.json] }))).toMatchObject({ output: 'step', json: { playbook: { status: 'completed' } } });
		const end = left(await run(task));
		expect(end).toMatchObject({ output: 'done', json: { task: { status: 'in_progress' }, proof: expect.stringMatching(/failed at [0-9a-f]{12}, as it must.*passed at [0-9a-f]{12}/s) } });
		const row = await state(task);
		const copy = await readFile(join(bench.dataDir, 'playbooks', String(task.id), (await bench.folders('playbooks', String(task.id)))[0] ?? '', 'fix-bug.md'), 'utf8');
		expect(copy.match(/- \[x\]/g)).toHaveLength(3);
		expect(row).toMatchObject({ status: 'completed', progress: 'step 3 of 3' });
		const sessions = await bench.store.sessions.find({ taskId: { eq: task.id } }, { limit: 10 }, never);
		expect(sessions).toHaveLength(1);
	});
});
