/** What a flow meets that is there already: made by a person, by an earlier try, or at the same moment. */
import { rm } from 'node:fs/promises';

import { blank } from '../../core/task/blank';
import { runColumns, type Task } from '../../core/task/records';
import { Maestro } from '../../nodes/Maestro/Maestro.node';
import { MaestroCreateTask } from '../../nodes/MaestroCreateTask/MaestroCreateTask.node';
import { MaestroOpenPr } from '../../nodes/MaestroOpenPr/MaestroOpenPr.node';
import { MaestroSpawnAgent } from '../../nodes/MaestroSpawnAgent/MaestroSpawnAgent.node';
import { git, head } from '../fixtures/github/git';
import { editTestCommit, when, type Script } from '../fixtures/model';
import { openBench, REPOSITORY, type Bench } from './support/bench';
import { runNode, type NodeRun } from './support/run-node';

jest.setTimeout(90_000);

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

const work = (prompt: string, files: Readonly<Record<string, string>>): Script => when(prompt).turns(editTestCommit({ files, test: '', commit: 'Work', summary: 'Made it.' }));
const spawn = async ({ id }: Pick<Task, 'id'>, executionId: string): Promise<NodeRun> =>
	await bench.asExecution(executionId, async () => await runNode(new MaestroSpawnAgent(), { parameters: { taskId: String(id), workspace: 'worktree', prompt: 'Do it.', purpose: 'implement' }, credentials: bench.credentials, executionId }));
const open = async ({ id }: Pick<Task, 'id'>): Promise<NodeRun> => await runNode(new MaestroOpenPr(), { parameters: { taskId: String(id), title: 'Mend', body: 'Mended.' }, credentials: bench.credentials });
const pulls = (): ReturnType<Bench['github']['pullRequests']> => bench.github.pullRequests(REPOSITORY);
const remote = async (branch: string): Promise<string | undefined> => await head(bench.github.repositoryState(REPOSITORY).gitPath, branch);
const asked = (method: string, path: string): number => bench.github.requests.filter((request) => request.method === method && request.path === path).length;

describe('a branch of that name on GitHub', () => {
	it('is where the agent begins, so that nothing on it is lost', async () => {
		bench.model.setScripts([work('Do it.', { 'src/cart.js': 'exports.cart = [1];\n' })]);
		const task = await bench.task({ issueNumber: 5 });
		const branch = 'maestro/5-mend-the-cart';
		const theirs = await bench.github.pushCommit({ repository: REPOSITORY, branch, files: { 'src/person.js': 'mine\n' } });
		const spawned = await spawn(task, 'execution-1');
		expect(spawned.error).toBeUndefined();
		expect(spawned.outputs[0]).toMatchObject([{ session: { branch } }]);
		expect((await open(task)).outputs[0]).toMatchObject([{ pullRequest: { number: 1, created: true } }]);
		const { gitPath } = bench.github.repositoryState(REPOSITORY);
		expect(await git(gitPath, ['ls-tree', '-r', '--name-only', branch])).toContain('src/person.js');
		expect((await git(gitPath, ['log', '--format=%H', branch])).split('\n').slice(0, 2)).toEqual([await remote(branch), theirs]);
	});
});

describe('a pull request that GitHub says is there', () => {
	/** A run has completed, its pull request is open, and n8n went away before that was written. */
	async function opened(): Promise<Task> {
		bench.model.setScripts([work('Do it.', { 'src/cart.js': 'exports.cart = [1];\n' })]);
		const task = await bench.task();
		await spawn(task, 'execution-1');
		await open(task);
		await bench.store.tasks.update({ id: { eq: task.id } }, { status: 'in_progress', pullRequestNumber: 0, pullRequestUrl: '' }, signal);
		return task;
	}
	const list = '/repos/octo/shop/pulls';

	it('though its list did not show it is found by a second look', async () => {
		const task = await opened();
		bench.github.failNext(`GET ${list}`, { status: 200, body: [], times: 2 });
		const result = await open(task);
		expect(result.error).toBeUndefined();
		expect(result.outputs[0]).toMatchObject([{ pullRequest: { number: 1, created: false }, task: { status: 'in_review', pullRequestNumber: 1 } }]);
		expect(bench.github.requests.filter(({ method, path, status }) => method === 'POST' && path === list && status === 422)).toHaveLength(1);
		expect(pulls()).toHaveLength(1);
	});

	it('and goes on not to show is an error that says so', async () => {
		const task = await opened();
		bench.github.failNext(`GET ${list}`, { status: 200, body: [], times: 9 });
		expect((await open(task)).error).toMatchObject({ context: { code: 'github_rejected' }, message: expect.stringContaining('shows none that is open') });
		expect(pulls()).toHaveLength(1);
	});
});

describe('a comment that GitHub refuses as one that already exists', () => {
	it('is an error in its words, is not sent again by itself, and stands once after the next try', async () => {
		const issueNumber = bench.github.openIssue({ repository: REPOSITORY, title: 'Broken' });
		const { id } = await bench.task({ issueNumber });
		const say = async (): Promise<NodeRun> => await runNode(new Maestro(), { parameters: { resource: 'task', operation: 'comment', taskId: String(id), comment: 'Hello' }, credentials: bench.credentials });
		const path = `/repos/octo/shop/issues/${issueNumber}/comments`;
		bench.github.failNext(`POST ${path}`, { status: 422, body: { message: 'Validation Failed', errors: [{ resource: 'IssueComment', code: 'already_exists', field: 'body' }] } });
		expect((await say()).error).toMatchObject({ context: { code: 'github_rejected' }, message: expect.stringContaining('body already_exists') });
		expect(asked('POST', path)).toBe(1);
		expect((await say()).outputs[0]).toMatchObject([{ comment: { created: true } }]);
		expect((await say()).outputs[0]).toMatchObject([{ comment: { created: false } }]);
		expect(bench.github.issue({ repository: REPOSITORY, number: issueNumber }).comments).toHaveLength(1);
	});
});

describe('a task whose pull request a person closed', () => {
	it('is done anew when it is asked for again, with its new text, and gets a pull request of its own', async () => {
		bench.model.setScripts([work('Second text', { 'src/second.js': 'second\n' }), work('First text', { 'src/first.js': 'first\n' })]);
		const ask = async (body: string, receivedAt: Date): Promise<NodeRun> =>
			await runNode(new MaestroCreateTask(), {
				parameters: { from: 'signal', signal: JSON.stringify({ source: 'github', kind: 'issue.labeled', title: 'Mend', body, url: '', author: 'ada', authorTrust: 'member', repository: REPOSITORY, fingerprint: 'github:octo/shop#9', severity: 'medium', labels: [], deliveryId: 'd', receivedAt: receivedAt.toISOString(), number: 9 }), options: { startAgain: true } },
				credentials: bench.credentials,
			});
		await ask('First text', new Date());
		const task = { id: 1 };
		await spawn(task, 'execution-1');
		await open(task);
		await bench.github.closePullRequest({ repository: REPOSITORY, number: 1 });
		expect((await open(task)).outputs[2]).toMatchObject([{ reason: 'closed', task: { status: 'cancelled', pullRequestNumber: 1 } }]);

		const again = await ask('Second text', new Date(Date.now() + 60_000));
		expect(again.outputs[1]).toMatchObject([{ startedAgain: true, task: { status: 'pending', pullRequestNumber: 0, pullRequestUrl: '', startAgainAt: expect.any(String) } }]);
		const spawned = await spawn(task, 'execution-2');
		expect(spawned.outputs[0]).toMatchObject([{ report: { status: 'done' } }]);
		expect(spawned.outputs[0]?.[0]).not.toHaveProperty('handedOn');
		expect((await open(task)).outputs[0]).toMatchObject([{ task: { status: 'in_review', pullRequestNumber: 2 }, pullRequest: { number: 2, created: true } }]);
		expect(pulls().map(({ state }) => state)).toEqual(['closed', 'open']);
	});
});

describe('work whose worktree is not on this machine', () => {
	async function elsewhere(headSha: string, fields: Partial<Task> = {}): Promise<Task> {
		const task = await bench.task({ status: 'in_progress', branch: 'maestro/1-mend', ...fields });
		await bench.store.runs.insert([{ ...blank(runColumns), taskId: task.id, purpose: 'implement', status: 'completed', host: 'another', headSha, finishedAt: new Date().toISOString(), version: 1 }], signal);
		return task;
	}

	it('is said to be done and not to be here', async () => {
		const { outputs, error } = await open(await elsewhere('a'.repeat(40)));
		expect(error).toBeUndefined();
		expect(outputs[1]).toMatchObject([{ task: { status: 'blocked', statusReason: expect.stringContaining('MAESTRO_DATA_DIR') }, notice: expect.stringContaining('The work is done') }]);
		expect(pulls()).toEqual([]);
	});

	it('is not passed over because an older state of it has an open pull request', async () => {
		await bench.github.pushCommit({ repository: REPOSITORY, branch: 'maestro/1-mend', files: { 'src/cart.js': 'one\n' } });
		await bench.github.openPullRequest({ repository: REPOSITORY, head: 'maestro/1-mend', title: 'Mend', author: 'maestro-bot' });
		const task = await elsewhere('b'.repeat(40), { pullRequestNumber: 1 });
		expect((await open(task)).outputs[1]).toMatchObject([{ notice: expect.stringContaining('The work is done') }]);
	});

	it('is as it was where all of it is in the open pull request', async () => {
		bench.model.setScripts([work('Do it.', { 'src/cart.js': 'exports.cart = [1];\n' })]);
		const task = await bench.task();
		await spawn(task, 'execution-1');
		await open(task);
		for (const folder of ['worktrees', 'worktrees-state']) await rm(`${bench.dataDir}/${folder}`, { recursive: true });
		expect((await open(task)).outputs[0]).toMatchObject([{ pullRequest: { number: 1, created: false } }]);
	});
});
