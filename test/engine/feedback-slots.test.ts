import { blank } from '../../core/task/blank';
import { waitColumns, type Wait } from '../../core/task/records';
import { MaestroReconcile } from '../../nodes/MaestroReconcile/MaestroReconcile.node';
import { openBench, REPOSITORY, type Bench } from './support/bench';
import { runNode } from './support/run-node';

jest.setTimeout(60_000);

const signal = new AbortController().signal;
let bench: Bench;
beforeEach(async () => {
	bench = await openBench();
	await bench.project();
});
afterEach(async () => {
	expect(bench.github.violations).toEqual([]);
	await bench.close();
});

/** A pull request that is awaited, by an execution that goes on when it is woken. */
async function awaited(number: number): Promise<void> {
	const branch = `maestro/${number}-mend`;
	await bench.github.pushCommit({ repository: REPOSITORY, branch, files: { [`src/${number}.js`]: 'one\n' } });
	await bench.github.openPullRequest({ repository: REPOSITORY, head: branch, title: 'Mend', author: 'maestro-bot' });
	const executionId = `execution-${number}0`;
	const task = await bench.task({ status: 'in_review', pullRequestNumber: number, branch, executionId });
	bench.api.setExecution(executionId, 'waiting');
	const wait: Partial<Wait> = { taskId: task.id, status: 'waiting', repository: REPOSITORY, pullRequestNumber: number, executionId, resumeUrl: `https://n8n.example.com/webhook-waiting/${executionId}`, roundsLeft: 3, minimumTrust: 'collaborator', settleSeconds: 0, version: 1 };
	await bench.store.waits.insert([{ ...blank(waitColumns), ...wait }], signal);
}

const askForChanges = async (number: number): ReturnType<Bench['github']['review']> => await bench.github.review({ repository: REPOSITORY, number }, { state: 'changes_requested', body: 'Two, please' });
const sweep = async (): Promise<unknown> => (await runNode(new MaestroReconcile(), { credentials: bench.credentials })).outputs[0]?.[0]?.waits;
const woken = (): string[] => bench.api.posted.filter(({ path }) => path.startsWith('/webhook-waiting/')).map(({ path }) => path.split('/').at(-1) ?? '');

describe('pull requests that all want the agent at once', () => {
	it('get the slots that are free, the oldest first, and the others sleep on until the next sweep', async () => {
		await bench.subscription({ maxRunning: 2 });
		const busy = await bench.task({ status: 'in_progress', executionId: 'execution-99' });
		bench.api.setExecution('execution-99', 'running');
		for (const number of [1, 2, 3]) {
			await awaited(number);
			await askForChanges(number);
		}
		expect(await sweep()).toMatchObject({ woken: 1, waiting: 2 });
		expect(woken()).toEqual(['execution-10']);
		await bench.store.tasks.update({ id: { eq: busy.id } }, { status: 'completed' }, signal);
		await bench.store.waits.update({ executionId: { eq: 'execution-10' } }, { status: 'woken', checkedAt: new Date().toISOString() }, signal);
		expect(await sweep()).toMatchObject({ woken: 2, waiting: 0 });
		expect(woken()).toEqual(['execution-10', 'execution-20', 'execution-30']);
	});

	it('wait for no slot where what they want is no agent', async () => {
		await bench.subscription({ maxRunning: 1 });
		await bench.task({ status: 'in_progress', executionId: 'execution-99' });
		bench.api.setExecution('execution-99', 'running');
		for (const number of [1, 2]) await awaited(number);
		await askForChanges(1);
		await bench.github.merge({ repository: REPOSITORY, number: 2 });
		expect(await sweep()).toMatchObject({ woken: 1, waiting: 1 });
		expect(woken()).toEqual(['execution-20']);
	});

	it('are all woken where nothing limits them', async () => {
		await bench.subscription({ maxRunning: 0 });
		for (const number of [1, 2, 3]) {
			await awaited(number);
			await askForChanges(number);
		}
		expect(await sweep()).toMatchObject({ woken: 3 });
	});
});
