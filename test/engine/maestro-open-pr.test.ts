import type { INodeParameters } from 'n8n-workflow';

import type { Worktree } from '../../core/git/git';
import { openRepository } from '../../core/git/repository';
import { blank } from '../../core/task/blank';
import { runColumns, type Project, type Task } from '../../core/task/records';
import { MaestroOpenPr } from '../../nodes/MaestroOpenPr/MaestroOpenPr.node';
import { heads } from '../fixtures/github/git';
import { commit } from '../unit/git/workbench';
import { CLAUDE_TOKEN, GITHUB_TOKEN, openBench, REPOSITORY, type Bench } from './support/bench';
import { runNode, type NodeRun, type RunOptions } from './support/run-node';

const signal = new AbortController().signal;
let bench: Bench;
beforeEach(async () => {
	bench = await openBench();
});
afterEach(async () => {
	expect(bench.github.violations).toEqual([]);
	await bench.close();
});

interface Prepared {
	readonly task: Task;
	readonly worktree: Worktree;
	/** Commits as an agent whose run then completes. */
	work(files: Readonly<Record<string, string>>): Promise<string>;
}

async function prepare(fields: Partial<Task> = {}, project: Partial<Project> = {}): Promise<Prepared> {
	const { id: projectId } = await bench.project(project);
	const task = await bench.task({ status: 'in_progress', projectId, branch: 'maestro/1-mend', issueNumber: 0, ...fields });
	const repository = openRepository({ dataDir: bench.dataDir, repository: REPOSITORY, cloneUrl: `${bench.github.webUrl}/${REPOSITORY}.git`, token: GITHUB_TOKEN });
	await repository.fetch(signal);
	const worktree = await repository.worktree({ taskId: task.id, branch: 'maestro/1-mend', baseBranch: '', setupScript: '', setupTimeoutMs: 10_000 }, signal);
	return {
		task,
		worktree,
		work: async (files) => {
			const headSha = await commit(worktree.path, files);
			const finishedAt = new Date().toISOString();
			await bench.store.runs.insert([{ ...blank(runColumns), taskId: task.id, purpose: `implement:${headSha}`, status: 'completed', headSha, finishedAt, version: 1 }], signal);
			return headSha;
		},
	};
}

const open = async (task: Task, parameters: INodeParameters = {}, options: RunOptions = {}): Promise<NodeRun> =>
	await runNode(new MaestroOpenPr(), { parameters: { taskId: String(task.id), title: 'Mend the cart', body: 'It holds things now.', ...parameters }, credentials: bench.credentials, ...options });
const pulls = (): ReturnType<Bench['github']['pullRequests']> => bench.github.pullRequests(REPOSITORY);
/** As they are at the remote. */
const branches = async (): ReturnType<typeof heads> => await heads(bench.github.repositoryState(REPOSITORY).gitPath);

describe('opening', () => {
	it('checks, pushes and opens; a second time it gives the same pull request', async () => {
		const { task, work } = await prepare({ issueNumber: 5 });
		const headSha = await work({ 'src/cart.js': 'exports.cart = [1];\n' });
		const first = await open(task, { body: 'Done. Fixes #7, thanks @ada', options: { labels: 'maestro', draft: true } });
		expect(first.error).toBeUndefined();
		expect(first.outputs[0]).toMatchObject([{ task: { status: 'in_review', branch: 'maestro/1-mend', pullRequestNumber: 1 }, pullRequest: { number: 1, headSha, created: true, baseBranch: 'main' } }]);
		const [pull] = pulls();
		expect(pull).toMatchObject({ title: 'Mend the cart', labels: ['maestro'], pull: { head: 'maestro/1-mend', draft: true } });
		expect(pull?.body).toContain('Closes #5.');
		expect(pull?.body).not.toMatch(/Fixes #7|@ada/);
		const second = await open(task);
		expect(second.outputs[0]).toMatchObject([{ pullRequest: { number: 1, created: false } }]);
		expect(pulls()).toHaveLength(1);
		expect((await bench.timeline()).filter(({ type }) => type === 'pull_request.opened')).toHaveLength(1);
	});

	it('pushes what a further run committed onto the same pull request', async () => {
		const { task, work } = await prepare();
		await work({ 'src/cart.js': 'one\n' });
		await open(task);
		const headSha = await work({ 'src/cart.js': 'two\n' });
		await open(task);
		expect(pulls()).toHaveLength(1);
		expect((await branches()).get('maestro/1-mend')).toBe(headSha);
	});

	it('finds the pull request again whose answer was lost', async () => {
		const { task, work } = await prepare();
		await work({ 'src/cart.js': 'one\n' });
		bench.github.failNext('POST /repos/octo/shop/pulls', { lost: true });
		expect((await open(task)).outputs[0]).toMatchObject([{ pullRequest: { number: 1 } }]);
		expect(pulls()).toHaveLength(1);
	});

	it('pushes only what a completed run left, not what lies in the worktree', async () => {
		const { task, worktree, work } = await prepare();
		const headSha = await work({ 'src/cart.js': 'one\n' });
		await commit(worktree.path, { 'src/half.js': 'half\n' });
		expect((await open(task)).outputs[0]).toMatchObject([{ pullRequest: { headSha } }]);
	});

	it('gives a pull request that was merged meanwhile as it is', async () => {
		const { task, work } = await prepare();
		await work({ 'src/cart.js': 'one\n' });
		await open(task);
		await bench.github.merge({ repository: REPOSITORY, number: 1 });
		expect((await open(task)).outputs[0]).toMatchObject([{ pullRequest: { number: 1, merged: true, created: false } }]);
	});
});

describe('nothing to do', () => {
	it('is said where no run has completed, and the task waits for a person', async () => {
		const { task } = await prepare();
		expect((await open(task)).outputs[1]).toMatchObject([{ task: { status: 'blocked' }, notice: expect.stringContaining('no run') }]);
	});

	it('is said where the agent changed nothing', async () => {
		const { task, worktree } = await prepare();
		await bench.store.runs.insert([{ ...blank(runColumns), taskId: task.id, purpose: 'implement', status: 'completed', headSha: worktree.baseSha, version: 1 }], signal);
		expect((await open(task)).outputs[1]).toMatchObject([{ notice: expect.stringContaining('changed nothing') }]);
		expect(pulls()).toEqual([]);
	});
});

describe('a change that may not be proposed', () => {
	const cases: [string, Readonly<Record<string, string>>, Partial<Project>, INodeParameters, RegExp][] = [
		['touches a protected path', { '.github/workflows/ci.yml': 'on: push\n' }, {}, {}, /\.github\/workflows\/ci\.yml/],
		['touches what the project protects', { 'src/cart.js': 'x\n' }, { protectedPaths: 'src/**' }, {}, /src\/cart\.js/],
		['leaves the allowed paths of the project', { 'README.md': 'x\n' }, { allowedPaths: 'src/**' }, {}, /README\.md/],
		['leaves the allowed paths of the node', { 'README.md': 'x\n' }, {}, { options: { allowedPaths: 'src/**' } }, /README\.md/],
		['changes a lock file without its manifest', { 'package-lock.json': '{"name":"evil"}\n' }, {}, {}, /package-lock\.json/],
		['is larger than the project allows', { 'src/cart.js': 'x\n'.repeat(40) }, { maxChangedLines: 20 }, {}, /20/],
		['touches more files than the project allows', { a: 'a', b: 'b', c: 'c' }, { maxChangedFiles: 2 }, {}, /2/],
		['holds a token of Maestro', { 'src/cart.js': `exports.token = '${GITHUB_TOKEN}';\n` }, {}, {}, /src\/cart\.js/],
	];

	it.each(cases)('because it %s is rejected, stays here, and is explained', async (_, files, project, parameters, reason) => {
		const { task, work } = await prepare({}, project);
		await work(files);
		const { outputs, error, run } = await open(task, parameters);
		expect(error).toBeUndefined();
		expect(outputs[2]).toMatchObject([{ reason: 'policy', task: { status: 'blocked' }, notice: expect.stringMatching(reason) }]);
		expect(pulls()).toEqual([]);
		expect([...(await branches()).keys()]).toEqual(['main']);
		expect(JSON.stringify(run)).not.toContain(GITHUB_TOKEN);
		expect(JSON.stringify(bench.api.rows('maestro_tasks'))).not.toContain(CLAUDE_TOKEN);
	});

	it('because people pushed to its branch is rejected as diverged', async () => {
		const { task, work } = await prepare();
		await bench.github.pushCommit({ repository: REPOSITORY, branch: 'maestro/1-mend', files: { 'src/person.js': 'mine\n' } });
		await work({ 'src/cart.js': 'one\n' });
		expect((await open(task)).outputs[2]).toMatchObject([{ reason: 'diverged', task: { status: 'blocked' }, notice: expect.stringContaining('maestro/1-mend') }]);
	});

	it('because a person closed the pull request is rejected, and the task is cancelled', async () => {
		const { task, work } = await prepare();
		await work({ 'src/cart.js': 'one\n' });
		await open(task);
		await bench.github.closePullRequest({ repository: REPOSITORY, number: 1 });
		await work({ 'src/cart.js': 'two\n' });
		expect((await open(task)).outputs[2]).toMatchObject([{ reason: 'closed', task: { status: 'cancelled' } }]);
		expect(pulls()).toHaveLength(1);
	});
});

describe('errors', () => {
	it('name a task that is not there and a project that is gone', async () => {
		expect((await open({ ...(await bench.task({ projectId: 77 })), id: 50 })).error).toMatchObject({ context: { code: 'no_task' } });
		expect((await open(await bench.task({ projectId: 77 }))).error).toMatchObject({ context: { code: 'no_project' } });
	});

	it('of a token that git does not accept say so without the token', async () => {
		const { task, work } = await prepare();
		await work({ 'src/cart.js': 'one\n' });
		const maestroGithubApi = { ...bench.credentials.maestroGithubApi, accessToken: 'ghp_wrongTokenOfThisTest0000000' };
		const result = await open(task, {}, { credentials: { ...bench.credentials, maestroGithubApi } });
		expect(result.error).toMatchObject({ context: { code: 'git_auth' } });
		expect(JSON.stringify(result.run)).not.toContain('ghp_wrongTokenOfThisTest0000000');
	});

	it('of a branch that GitHub protects say so', async () => {
		await bench.github.createRepository({ fullName: REPOSITORY, files: { 'src/cart.js': 'x\n' }, protect: ['maestro/1-mend'] });
		const { task, work } = await prepare();
		await work({ 'src/cart.js': 'one\n' });
		expect((await open(task)).error).toMatchObject({ context: { code: 'git_rejected' } });
	});
});
