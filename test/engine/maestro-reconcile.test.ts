import type { IDataObject } from 'n8n-workflow';

import { openRepository } from '../../core/git/repository';
import { blank } from '../../core/task/blank';
import { claimLock } from '../../core/task/locks';
import { runColumns, waitColumns, type Task, type Wait } from '../../core/task/records';
import { MaestroReconcile } from '../../nodes/MaestroReconcile/MaestroReconcile.node';
import { testTools } from '../fixtures/task-tools';
import { commit } from '../unit/git/workbench';
import { GITHUB_TOKEN, openBench, REPOSITORY, type Bench } from './support/bench';
import { runNode, type NodeRun } from './support/run-node';

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

const reconcile = async (input: readonly IDataObject[] = [{ timestamp: 'now' }]): Promise<NodeRun> => await runNode(new MaestroReconcile(), { credentials: bench.credentials, input });
const report = ({ outputs }: NodeRun): IDataObject => outputs[0]?.[0] ?? {};
const named = (number: number): IDataObject => ({ signal: { repository: REPOSITORY }, pullRequests: [{ repository: REPOSITORY, number }] });

async function awaited(number: number, fields: Partial<Wait> = {}): Promise<{ task: Task; wait: Wait }> {
	const branch = `maestro/${number}-mend`;
	await bench.github.pushCommit({ repository: REPOSITORY, branch, files: { [`src/${number}.js`]: 'one\n' } });
	await bench.github.openPullRequest({ repository: REPOSITORY, head: branch, title: 'Mend', author: 'maestro-bot' });
	const executionId = `execution-${number}0`;
	const task = await bench.task({ status: 'in_review', pullRequestNumber: number, branch, executionId });
	bench.api.setExecution(executionId, 'waiting');
	const row = { ...blank(waitColumns), taskId: task.id, status: 'waiting' as const, repository: REPOSITORY, pullRequestNumber: number, executionId, resumeUrl: `https://n8n.example.com/webhook-waiting/${executionId}?signature=t`, roundsLeft: 3, minimumTrust: 'collaborator' as const, checkedAt: new Date().toISOString(), version: 1, ...fields };
	const [wait] = await bench.store.waits.insert([row], signal);
	if (wait === undefined) throw new Error('no wait');
	return { task, wait };
}

describe('the sweep', () => {
	it('with nothing to do says so in one item', async () => {
		expect(report(await reconcile())).toEqual({
			waits: { waiting: 0, woken: 0, lost: 0, failed: 0 },
			tasks: { restarted: [], blocked: [], failed: [], endedProcesses: 0, problems: [] },
			redelivered: 0,
			parents: [],
			dispatched: [],
			newIssues: { made: [], problems: [] },
			issues: { closed: [], problems: [] },
			worktrees: { removed: 0, kept: 0, problems: [] },
			removed: { events: 0, waits: 0, texts: 0, folders: 0 },
		});
	});

	it('wakes what needs someone at the address inside, signed, and leaves the rest asleep', async () => {
		const { wait } = await awaited(1);
		await awaited(2);
		await bench.github.merge({ repository: REPOSITORY, number: 1 });
		expect(report(await reconcile())).toMatchObject({ waits: { waiting: 1, woken: 1, lost: 0, failed: 0 } });
		expect(bench.api.posted).toEqual([{ path: '/webhook-waiting/execution-10?signature=t', signed: true, body: { waitId: wait.id } }]);
	});

	it('that a webhook starts looks only at what it names', async () => {
		await awaited(1);
		await awaited(2);
		await bench.github.merge({ repository: REPOSITORY, number: 1 });
		expect(report(await reconcile([named(2)]))).toEqual({ waits: { waiting: 1, woken: 0, lost: 0, failed: 0 } });
		expect(report(await reconcile([named(1), named(2)]))).toMatchObject({ waits: { woken: 1, waiting: 1 } });
	});

	it('that a commit status starts looks at the whole repository', async () => {
		await awaited(1);
		await bench.github.merge({ repository: REPOSITORY, number: 1 });
		expect(report(await reconcile([{ signal: { repository: REPOSITORY.toUpperCase() }, pullRequests: [] }]))).toMatchObject({ waits: { woken: 1 } });
	});

	it('gives way to another with a hint', async () => {
		await bench.store.projects.find({}, { limit: 1 }, signal);
		expect(await claimLock(testTools(bench.store), 'reconcile', 60_000, signal)).toBeDefined();
		const result = await reconcile();
		expect([result.error, result.outputs.flat()]).toEqual([undefined, []]);
		expect(JSON.stringify(result.run.data)).toContain('Another sweep is at work');
	});

	it('gives its turn back when it fails', async () => {
		await awaited(1);
		bench.github.failNext('/graphql', { status: 401, times: 1, body: { message: 'Bad credentials' } });
		expect((await reconcile()).error).toMatchObject({ context: { code: 'github_auth' } });
		expect(report(await reconcile())).toMatchObject({ waits: { waiting: 1 } });
	});
});

describe('a wait', () => {
	it('whose execution is gone ends, and its task is started again', async () => {
		await bench.subscription();
		const { task, wait } = await awaited(1);
		await bench.github.merge({ repository: REPOSITORY, number: 1 });
		bench.api.answerWebhook = ({ path }) => (path.startsWith('/webhook-waiting') ? 404 : 200);
		bench.api.setExecution('execution-10', undefined);
		expect(report(await reconcile())).toMatchObject({ waits: { lost: 1 }, tasks: { restarted: [task.id] } });
		expect(await bench.store.waits.find({ id: { eq: wait.id } }, { limit: 1 }, signal)).toMatchObject([{ status: 'ended' }]);
		expect(bench.api.posted.filter(({ path }) => path === '/webhook/maestro')).toMatchObject([{ body: { event: { type: 'task.ready' }, task: { id: task.id } } }]);
	});

	it('that was woken by somebody who died is open again', async () => {
		const { wait } = await awaited(1, { status: 'woken', checkedAt: new Date(Date.now() - 10 * 60_000).toISOString() });
		await reconcile();
		expect(await bench.store.waits.find({ id: { eq: wait.id } }, { limit: 1 }, signal)).toMatchObject([{ status: 'waiting' }]);
	});

	it('that n8n could not wake is tried again', async () => {
		await awaited(1);
		await bench.github.merge({ repository: REPOSITORY, number: 1 });
		bench.api.answerWebhook = () => 500;
		expect(report(await reconcile())).toMatchObject({ waits: { failed: 1, lost: 0 } });
		bench.api.answerWebhook = () => 200;
		expect(report(await reconcile())).toMatchObject({ waits: { woken: 1 } });
	});

	it('past its limit is woken though the pull request needs nobody', async () => {
		await awaited(1, { timeoutAt: new Date(Date.now() - 1_000).toISOString() });
		expect(report(await reconcile())).toMatchObject({ waits: { woken: 1 } });
	});
});

describe('a task whose execution died', () => {
	it('is started again with its run interrupted, and left alone while n8n does not say', async () => {
		await bench.subscription();
		const task = await bench.task({ status: 'in_progress', executionId: 'execution-7', runs: 1 });
		await bench.store.runs.insert([{ ...blank(runColumns), taskId: task.id, purpose: 'implement', status: 'running', executionId: 'execution-7', heartbeatAt: new Date(Date.now() - 600_000).toISOString(), version: 1, epoch: 1 }], signal);
		bench.api.setExecution('execution-7', 'unknown');
		expect(report(await reconcile())).toMatchObject({ tasks: { restarted: [] } });
		bench.api.setExecution('execution-7', 'crashed');
		expect(report(await reconcile())).toMatchObject({ tasks: { restarted: [task.id] }, dispatched: [task.id] });
		expect(await bench.store.runs.find({}, { limit: 5 }, signal)).toMatchObject([{ status: 'interrupted', epoch: 2 }]);
	});

	it('is left alone, with an error, where n8n hides executions from the key, this one too', async () => {
		await bench.subscription();
		const task = await bench.task({ status: 'in_progress', executionId: 'execution-7', runs: 1 });
		bench.api.setExecution('execution-1', undefined);
		const { error } = await reconcile();
		expect(error?.message).toContain('hides this execution');
		expect(await bench.reload(task)).toMatchObject({ status: 'in_progress', executionId: 'execution-7', attempts: 0 });
		bench.api.setExecution('execution-1', 'running');
		expect(report(await reconcile())).toMatchObject({ tasks: { restarted: [task.id] } });
	});

	it('is an error where the key may not read executions', async () => {
		await bench.task({ status: 'in_progress', executionId: 'execution-7' });
		bench.api.scopes = bench.api.scopes.filter((scope) => scope !== 'execution:read');
		expect((await reconcile()).error).toMatchObject({ context: { code: 'n8n_scopes' }, description: expect.stringContaining('execution:read') });
	});
});

describe('the issue of a task that was split', () => {
	/** A parent of whose children the last one was merged. */
	const over = async (issueNumber: number, fields: Partial<Task> = {}, child: Partial<Task> = {}): Promise<Task> => {
		const parent = await bench.task({ status: 'completed', watchesChildren: true, issueNumber, ...fields });
		await bench.task({ status: 'completed', parentId: parent.id, ...child });
		await bench.task({ status: 'archived', parentId: parent.id });
		return parent;
	};
	const watching = async (): Promise<unknown[]> => (await bench.store.tasks.find({ watchesChildren: { eq: true } }, { limit: 10 }, signal)).map(({ id }) => id);
	const notes = async ({ id }: Task): Promise<string[]> => (await bench.store.events.find({ taskId: { eq: id }, type: { eq: 'note' } }, { limit: 10 }, signal)).map(({ message }) => message);
	const opened = (title: string): number => bench.github.openIssue({ repository: REPOSITORY, title, body: '' });
	const stateOf = (number: number): string => bench.github.issue({ repository: REPOSITORY, number }).state;

	it('is closed once when the last part is completed, and stays as a person leaves it', async () => {
		const number = opened('Large');
		const task = await over(number);
		expect(report(await reconcile())).toMatchObject({ issues: { closed: [number], problems: [] } });
		expect(stateOf(number)).toBe('closed');
		expect(await notes(task)).toEqual([expect.stringContaining(`#${number} was closed`)]);
		bench.github.issue({ repository: REPOSITORY, number }).state = 'open';
		expect(report(await reconcile())).toMatchObject({ issues: { closed: [] } });
		expect(stateOf(number)).toBe('open');
	});

	it('stays open where a person completed the task before its parts', async () => {
		const number = opened('Large');
		await over(number, {}, { status: 'failed' });
		expect(report(await reconcile())).toMatchObject({ issues: { closed: [], problems: [] } });
		expect(stateOf(number)).toBe('open');
		expect(await watching()).toEqual([]);
	});

	it('is closed later where GitHub is down, and given up with a note where it is gone', async () => {
		const number = opened('Large');
		const task = await over(number);
		bench.github.failNext('PATCH /repos/*/issues/*', { times: 20 });
		expect(report(await reconcile())).toMatchObject({ issues: { closed: [], problems: [expect.stringContaining(`#${number}`)] } });
		expect(await watching()).toEqual([task.id]);
		bench.github.clearFaults();
		expect(report(await reconcile())).toMatchObject({ issues: { closed: [number] } });
		const gone = await over(999);
		expect(report(await reconcile())).toMatchObject({ issues: { closed: [], problems: [expect.stringContaining('#999')] } });
		expect(await watching()).toEqual([]);
		expect(await notes(gone)).toEqual([expect.stringContaining('could not be closed')]);
	});

	it('that may not be closed keeps no other one open, and is not asked for each minute', async () => {
		const [first, second] = [opened('Read only'), opened('Large')];
		const task = await over(first);
		await over(second);
		bench.github.failNext(`PATCH /repos/*/issues/${first}`, { status: 403, body: { message: 'Repository was archived so is read-only.' }, times: 20 });
		expect(report(await reconcile())).toMatchObject({ issues: { closed: [second], problems: [expect.stringContaining(`#${first}`)] } });
		expect(report(await reconcile())).toMatchObject({ issues: { closed: [], problems: [] } });
		expect(await watching()).toEqual([task.id]);
	});
});

describe('a worktree', () => {
	async function worktreeOf(task: Task): Promise<string> {
		const repository = openRepository({ dataDir: bench.dataDir, repository: REPOSITORY, cloneUrl: `${bench.github.webUrl}/${REPOSITORY}.git`, token: GITHUB_TOKEN });
		await repository.fetch(signal);
		return (await repository.worktree({ taskId: task.id, branch: `maestro/${task.id}-mend`, baseBranch: '', setupScript: '', setupTimeoutMs: 10_000 }, signal)).path;
	}
	const kept = async (): Promise<string[]> => await bench.folders('worktrees', 'octo', 'shop');

	it('goes with a completed task, and stays with one that is at work, that failed, or that was cancelled with unpushed work', async () => {
		const [completed, atWork, failed, cancelled] = [await bench.task({ status: 'completed' }), await bench.task({ status: 'in_review' }), await bench.task({ status: 'failed' }), await bench.task({ status: 'cancelled' })];
		for (const task of [completed, atWork, failed]) await worktreeOf(task);
		await commit(await worktreeOf(cancelled), { 'src/lost.js': 'precious\n' });
		expect(report(await reconcile())).toMatchObject({ worktrees: { removed: 1, kept: 1, problems: [] } });
		expect((await kept()).filter((name) => /^\d+$/.test(name))).toEqual([atWork, failed, cancelled].map(({ id }) => String(id)));
	});
});
