/** How far the work on a task goes, whatever the fields of a node say. */
import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { openRepository } from '../../core/git/repository';
import { blank } from '../../core/task/blank';
import { runColumns, type Task } from '../../core/task/records';
import { MaestroCreateTask } from '../../nodes/MaestroCreateTask/MaestroCreateTask.node';
import { MaestroOpenPr } from '../../nodes/MaestroOpenPr/MaestroOpenPr.node';
import { MaestroReconcile } from '../../nodes/MaestroReconcile/MaestroReconcile.node';
import { MaestroRunPlaybookStep } from '../../nodes/MaestroRunPlaybookStep/MaestroRunPlaybookStep.node';
import { MaestroSpawnAgent } from '../../nodes/MaestroSpawnAgent/MaestroSpawnAgent.node';
import { heads } from '../fixtures/github/git';
import { bash, done, when } from '../fixtures/model';
import { commit } from '../unit/git/workbench';
import { GITHUB_TOKEN, openBench, REPOSITORY, type Bench } from './support/bench';
import { runNode, type NodeRun } from './support/run-node';

const never = new AbortController().signal;
let bench: Bench;
beforeEach(async () => {
	bench = await openBench();
});
afterEach(async () => await bench.close());

const signalOf = (changes: object = {}): IDataObject => ({
	source: 'github', kind: 'issue.labeled', title: 'Cart is empty', body: 'Steps', url: '', author: 'ada', authorTrust: 'member', repository: REPOSITORY,
	fingerprint: 'github:octo/shop#12', severity: 'medium', labels: [], deliveryId: 'd', receivedAt: new Date().toISOString(), number: 12, ...changes,
});
const create = async (changes: object = {}, options: INodeParameters = {}): Promise<NodeRun> =>
	await runNode(new MaestroCreateTask(), { parameters: { from: 'signal', signal: JSON.stringify(signalOf(changes)), options }, credentials: bench.credentials });
const open = async (task: Pick<Task, 'id'>, body = 'It holds things now.'): Promise<NodeRun> =>
	await runNode(new MaestroOpenPr(), { parameters: { taskId: String(task.id), title: 'Mend the cart', body }, credentials: bench.credentials });
const branches = async (): Promise<string[]> => [...(await heads(bench.github.repositoryState(REPOSITORY).gitPath)).keys()];
const rows = (table: Parameters<Bench['api']['rows']>[0]): ReturnType<Bench['api']['rows']> => bench.api.rows(table);
/** The report, and what stands for tools that the CLI loads later: of those that it was given. */
const OF_THE_CLI = new Set(['StructuredOutput', 'DeferredToolPlaceholder']);
/** The tools that the model was offered, in all its turns. */
const offered = (): string[] => [...new Set(bench.model.requests.flatMap(({ conversation }) => conversation?.tools ?? []))].filter((tool) => !OF_THE_CLI.has(tool)).sort();

describe('Create Task', () => {
	it('gives a task the reach that the ladder of its project says', async () => {
		await bench.project({ ladder: 'github: branch\nsentry high: pull_request\nsentry: root_cause' });
		await create();
		await create({ source: 'sentry', fingerprint: 'sentry:a:1', severity: 'high', author: '' });
		await create({ source: 'sentry', fingerprint: 'sentry:a:2', severity: 'low', author: '' });
		await create({ source: 'email', fingerprint: 'email:1' });
		expect(rows('maestro_tasks').map(({ reach, status }) => [reach, status])).toEqual([['branch', 'pending'], ['pull_request', 'pending'], ['root_cause', 'pending'], ['triage', 'blocked']]);
	});

	it('gives a part no farther reach than the whole', async () => {
		await bench.project();
		const parent = await bench.task({ reach: 'root_cause' });
		expect((await create({}, { parentId: String(parent.id) })).outputs[0]).toMatchObject([{ task: { reach: 'root_cause', parentId: parent.id } }]);
	});

	it('makes no tasks of tasks beyond three', async () => {
		await bench.project();
		let parentId = 0;
		for (const _ of [1, 2, 3, 4]) parentId = (await bench.task({ parentId })).id;
		expect((await create({}, { parentId: String(parentId) })).error).toMatchObject({ context: { code: 'too_deep' }, message: expect.stringContaining(`Task ${parentId} has`) });
		const { parentId: second } = await bench.reload({ id: parentId });
		expect((await create({}, { parentId: String(second) })).error).toBeUndefined();
	});

	it('says on Duplicate what a rule left out, and counts it in one line', async () => {
		await bench.project();
		await create({}, { maxPerHour: 1 });
		for (const number of [13, 14]) {
			const { outputs } = await create({ fingerprint: `github:octo/shop#${number}`, number }, { maxPerHour: 1 });
			expect(outputs).toMatchObject([[], [{ task: null, created: false, ignored: expect.stringContaining('1 new tasks of this source') }]]);
		}
		expect((await create({ fingerprint: 'github:octo/shop#15', own: 'certain' })).outputs[1]).toMatchObject([{ ignored: 'Maestro wrote it itself' }]);
		expect(rows('maestro_tasks')).toHaveLength(1);
		expect(rows('maestro_events').filter(({ type }) => type === 'signal.ignored')).toMatchObject([{ detail: '{"count":2}' }, { detail: '{"count":1}' }]);
	});

	it('makes one task of an error, of the issue that links to it, and of the issue that was made for it', async () => {
		await bench.project();
		await create({ source: 'sentry', fingerprint: 'sentry:shop-front:7', names: ['sentry:acme:7'], author: '' }, { createIssue: true });
		const [{ issueNumber = 0 } = {}] = rows('maestro_tasks');
		expect(issueNumber).toBeGreaterThan(0);
		const linked = await create({ fingerprint: 'github:octo/shop#40', number: 40, body: 'See https://acme.sentry.io/issues/7/?project=1.' });
		expect(linked.outputs[1]).toMatchObject([{ created: false, task: { duplicates: 1 } }]);
		const own = await create({ fingerprint: `github:octo/shop#${String(issueNumber)}`, number: issueNumber, own: 'certain' });
		expect(own.outputs[1]).toMatchObject([{ created: false, task: { duplicates: 2 } }]);
		expect(rows('maestro_tasks')).toHaveLength(1);
	});

	it('takes no link of an untrusted mail for one of a trusted mail that came with it', async () => {
		await bench.project({ ladder: 'email member: pull_request\nsentry: pull_request' });
		await create({ source: 'sentry', fingerprint: 'sentry:acme:12', author: '' });
		await bench.store.tasks.update({ id: { eq: 1 } }, { status: 'in_progress' }, never);
		const mail = async (fields: object): Promise<NodeRun> => await create({ source: 'email', fingerprint: 'email:thread', ...fields });
		// The first makes no task, and the others wait for it together.
		await Promise.all([
			mail({ own: 'certain' }),
			mail({ authorTrust: 'member', body: 'It is broken.' }),
			mail({ authorTrust: 'none', body: 'See https://acme.sentry.io/issues/12/' }),
		]);
		expect(rows('maestro_tasks').map(({ fingerprint }) => fingerprint)).toEqual(['sentry:acme:12', 'email:thread']);
		// The mail is one of its thread, and of nothing else.
		expect(rows('maestro_aliases').filter(({ taskFingerprint, fingerprint }) => taskFingerprint !== 'email:thread' || String(fingerprint).startsWith('sentry:'))).toEqual([]);
	});

	it('of what may or may not be its own starts nothing again, and is trusted no more for it', async () => {
		await bench.project({ minimumTrust: 'collaborator' });
		const stranger = { fingerprint: 'github:octo/shop#41', number: 41, authorTrust: 'none' };
		await create(stranger);
		const again = await create({ ...stranger, own: 'possible', body: 'Do as I say.' }, { startAgain: true });
		expect(again.outputs[1]).toMatchObject([{ created: false, startedAgain: false }]);
		expect(rows('maestro_tasks')).toMatchObject([{ status: 'blocked', statusReason: expect.stringContaining('"none"') }]);
		expect((await create({ fingerprint: 'github:octo/shop#42', number: 42, own: 'possible' })).outputs[1]).toMatchObject([{ ignored: 'Maestro wrote it itself' }]);
	});
});

describe('a task that may only be sorted', () => {
	it('is blocked again with what it needs when a person only sets it to pending, and is sent out when its reach was raised', async () => {
		await bench.project();
		await bench.subscription();
		await create({ source: 'email', fingerprint: 'email:1' });
		const pending = { status: 'pending' as const, statusReason: '' };
		await bench.store.tasks.update({ id: { eq: 1 } }, pending, never);
		const sweep = async (): Promise<NodeRun> => await runNode(new MaestroReconcile(), { parameters: {}, credentials: bench.credentials });
		await sweep();
		expect(rows('maestro_tasks')).toMatchObject([{ status: 'blocked', statusReason: expect.stringContaining('form/maestro-tasks') }]);
		expect(bench.api.posted).toEqual([]);
		await bench.store.tasks.update({ id: { eq: 1 } }, { ...pending, reach: 'branch' }, never);
		await sweep();
		expect(bench.api.posted).toHaveLength(1);
	});

	it('gets no tools from Spawn Agent and no step of a playbook', async () => {
		await bench.project();
		const task = await bench.task({ reach: 'triage', playbook: 'fix-bug' });
		bench.model.setScripts([when(() => true).turns([done('Sorted.')])]);
		const spawned = await runNode(new MaestroSpawnAgent(), { parameters: { taskId: String(task.id), purpose: 'triage', prompt: 'Sort this.', workspace: 'empty', sessionMode: 'new', options: { tools: 'Bash,Read', permissionMode: 'bypassPermissions' } }, credentials: bench.credentials });
		expect(spawned.outputs[0]).toHaveLength(1);
		expect(offered()).toEqual([]);
		const step = await runNode(new MaestroRunPlaybookStep(), { parameters: { taskId: String(task.id), from: 'task' }, credentials: bench.credentials });
		expect(step.error).toMatchObject({ context: { code: 'above_reach' } });
	});
});

describe('a task that may reach its cause', () => {
	it('runs find-cause with tools that only read, whatever playbook it names; what is found goes to a person', async () => {
		await bench.project();
		const task = await bench.task({ reach: 'root_cause', playbook: 'fix-bug', issueNumber: 5 });
		bench.model.setScripts([when(() => true).turns([bash('echo hacked > src/cart.js && git commit -qam hacked'), done('The list is never filled: src/cart.js, line 1.')])]);
		const step = async (): Promise<NodeRun> => await runNode(new MaestroRunPlaybookStep(), { parameters: { taskId: String(task.id), from: 'task', options: { tools: 'Bash,Read,Grep', permissionMode: 'bypassPermissions' } }, credentials: bench.credentials });
		const first = await step();
		expect(first.error).toBeUndefined();
		const { outputs } = (first.outputs[0]?.length ?? 0) > 0 ? await step() : first;
		expect(outputs[1]).toMatchObject([{ playbook: { name: 'find-cause' }, report: { summary: expect.stringContaining('line 1') } }]);
		expect(offered()).toEqual(['Grep', 'Read']);
		const opened = await open(task, 'The list is never filled: src/cart.js, line 1.');
		expect(opened.outputs).toMatchObject([[], [{ task: { status: 'blocked', statusReason: expect.stringContaining('root_cause') }, notice: expect.stringContaining('never filled') }], []]);
		expect(bench.github.pullRequests(REPOSITORY)).toEqual([]);
		expect(await branches()).toEqual(['main']);
	});

	it('has nothing pushed, even if an agent left commits', async () => {
		const { task } = await withCommit('root_cause');
		expect((await open(task)).outputs[1]).toMatchObject([{ task: { status: 'blocked' } }]);
		expect(await branches()).toEqual(['main']);
	});
});

async function withCommit(reach: Task['reach']): Promise<{ task: Task; headSha: string }> {
	const { id: projectId } = await bench.project();
	const task = await bench.task({ status: 'in_progress', projectId, branch: 'maestro/1-mend', reach });
	const repository = openRepository({ dataDir: bench.dataDir, repository: REPOSITORY, cloneUrl: `${bench.github.webUrl}/${REPOSITORY}.git`, token: GITHUB_TOKEN });
	await repository.fetch(never);
	const worktree = await repository.worktree({ taskId: task.id, branch: 'maestro/1-mend', baseBranch: '', setupScript: '', setupTimeoutMs: 10_000 }, never);
	const headSha = await commit(worktree.path, { 'src/cart.js': 'exports.cart = [1];\n' });
	await bench.store.runs.insert([{ ...blank(runColumns), taskId: task.id, purpose: 'implement', status: 'completed', headSha, finishedAt: new Date().toISOString(), version: 1 }], never);
	return { task, headSha };
}

describe('a task that may reach a branch', () => {
	it('has its branch pushed and no pull request opened, also when it is asked for again; with its reach raised it gets one', async () => {
		const { task } = await withCommit('branch');
		for (const _ of [1, 2]) {
			const { outputs } = await open(task);
			expect(outputs).toMatchObject([[], [{ task: { status: 'blocked' }, branch: { name: 'maestro/1-mend' }, notice: expect.stringContaining(`${REPOSITORY}/tree/maestro/1-mend`) }], []]);
		}
		expect(await branches()).toContain('maestro/1-mend');
		expect(bench.github.pullRequests(REPOSITORY)).toEqual([]);
		await bench.store.tasks.update({ id: { eq: task.id } }, { reach: 'pull_request' }, never);
		expect((await open(task)).outputs[0]).toMatchObject([{ pullRequest: { created: true } }]);
	});
});
