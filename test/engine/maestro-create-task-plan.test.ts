import type { IDataObject, INodeParameters } from 'n8n-workflow';

import type { Task } from '../../core/task/records';
import { MaestroAwaitPr } from '../../nodes/MaestroAwaitPr/MaestroAwaitPr.node';
import { MaestroCreateTask } from '../../nodes/MaestroCreateTask/MaestroCreateTask.node';
import { MaestroReconcile } from '../../nodes/MaestroReconcile/MaestroReconcile.node';
import { openBench, REPOSITORY, type Bench } from './support/bench';
import { runNode, type NodeRun, type RunOptions } from './support/run-node';

jest.setTimeout(60_000);

const signal = new AbortController().signal;
let bench: Bench;
let parent: Task;
beforeEach(async () => {
	bench = await openBench();
	await bench.project({ maxRunning: 0 });
	await bench.subscription({ events: 'task.ready,task.completed,task.blocked' });
	bench.github.openIssue({ repository: REPOSITORY, title: 'Prices', body: 'A large one', author: 'ada', labels: ['feature-spec'] });
	parent = await bench.task({ title: 'Prices', status: 'in_progress', issueNumber: 1, labels: 'feature-spec,Shop', executionId: '1', priority: 'high', authorTrust: 'member' });
});
afterEach(async () => {
	expect(bench.github.violations).toEqual([]);
	await bench.close();
});

const planned = (key: string, fields: object = {}): object => ({ key, title: `Do ${key}`, body: `All about ${key}; fixes #1, says @ada`, dependsOn: [], parallel: true, conflictsWith: [], files: [`src/${key}.js`], ...fields });
/** `page` and `api` touch one folder; `docs` comes after both. */
const TASKS = [planned('docs', { dependsOn: ['page', 'api'] }), planned('api', { files: ['src/shop'] }), planned('page', { files: ['src/shop/page.js'] })];

const run = async (plan: unknown = { tasks: TASKS }, parameters: INodeParameters = {}, options: RunOptions = {}): Promise<NodeRun> =>
	await runNode(new MaestroCreateTask(), { parameters: { from: 'plan', parentTask: '={{ $json.task.id }}', plan: '={{ $json.plan }}', ...parameters }, credentials: bench.credentials, input: [{ task: { id: parent.id }, plan }] as IDataObject[], ...options });
const children = async (): Promise<Task[]> => await bench.store.tasks.find({ parentId: { eq: parent.id } }, { limit: 50 }, signal);
type Issue = ReturnType<Bench['github']['issues']>[number];
const issues = (): Issue[] => bench.github.issues(REPOSITORY).filter(({ number }) => number > 1);
/** On the parent's issue. */
const comments = (): string[] => bench.github.issues(REPOSITORY).filter(({ number }) => number === 1).flatMap((issue) => issue.comments.map(({ body }) => body));
const sent = (type: string): number[] => bench.api.posted.filter(({ body }) => (body as { event: { type: string } }).event.type === type).map(({ body }) => (body as { task: { id: number } }).task.id);
const keys = (result: NodeRun): unknown[][] => result.outputs.map((output) => output.map(({ key }) => key));

describe('a plan', () => {
	it('becomes tasks in an order that can be kept, each with its issue, and those that may start are sent out', async () => {
		const result = await run();
		expect(result.error).toBeUndefined();
		expect(keys(result)).toEqual([['api', 'page', 'docs'], []]);
		expect(result.outputs[0]).toMatchObject([{ created: true, task: { id: 2, title: 'Do api', status: 'pending', issueNumber: 2, playbook: 'implement-feature', priority: 'high', parentId: 1 }, parent: { id: 1, status: 'in_review', watchesChildren: true } }, {}, {}]);
		expect((await children()).map(({ id, dependsOn, conflictsWith, authorTrust, issueNumber }) => ({ id, dependsOn, conflictsWith, authorTrust, issueNumber }))).toEqual([
			{ id: 2, dependsOn: '', conflictsWith: '3', authorTrust: 'member', issueNumber: 2 },
			{ id: 3, dependsOn: '', conflictsWith: '2', authorTrust: 'member', issueNumber: 3 },
			{ id: 4, dependsOn: '3,2', conflictsWith: '', authorTrust: 'member', issueNumber: 4 },
		]);
		expect(sent('task.ready')).toEqual([2]);
		expect(result.items[0]?.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 0 }, { item: 0 }]);
	});

	it('writes on the issues what they are part of and what they wait for, in words that do nothing there', async () => {
		await run();
		expect(issues().map(({ title, labels }) => ({ title, labels }))).toEqual(['api', 'page', 'docs'].map((key) => ({ title: `Do ${key}`, labels: ['maestro'] })));
		const [api, , docs] = issues();
		expect(api?.body).toContain('All about api');
		expect(api?.body).not.toMatch(/fixes #1|@ada/);
		expect(api?.body).toMatch(/\n\nPart of #1\n\n<!-- maestro:maestro-task-2-[0-9a-f]{12} -->$/);
		expect(docs?.body).toContain('Part of #1\nDepends on #3, #2');
		expect(comments()).toEqual([expect.stringContaining('split into 3 tasks. Each gets a pull request of its own:\n\n1. #2 Do api, not beside #3\n2. #3 Do page, not beside #2\n3. #4 Do docs, after #3, #2')]);
	});

	it('that comes a second time makes nothing, and leaves on Duplicate', async () => {
		await run();
		const result = await run(JSON.stringify(TASKS));
		expect(keys(result)).toEqual([[], ['api', 'page', 'docs']]);
		expect(result.outputs[1]).toMatchObject([{ created: false, task: { duplicates: 0 } }, {}, {}]);
		expect([await children(), issues(), comments()].map(({ length }) => length)).toEqual([3, 3, 1]);
	});

	it('needs no GitHub where no issues are wanted, nor an issue of the parent', async () => {
		await bench.store.tasks.update({ id: { eq: parent.id } }, { issueNumber: 0 }, signal);
		const { maestroGithubApi, ...credentials } = bench.credentials;
		expect(maestroGithubApi).toBeDefined();
		expect((await run(undefined, {}, { credentials })).error).toMatchObject({ message: expect.stringContaining('no GitHub credential is chosen'), context: { code: 'bad_parameter' } });
		expect(await bench.reload(parent)).toMatchObject({ status: 'in_progress', statusReason: expect.stringContaining('no GitHub credential') });
		expect(keys(await run(undefined, { createIssues: false }, { credentials }))).toEqual([[], ['api', 'page', 'docs']]);
		expect((await children()).map(({ status, issueNumber }) => [status, issueNumber])).toEqual([['pending', 0], ['pending', 0], ['pending', 0]]);
		const again = await run();
		expect(again.outputs[1]).toMatchObject([{ task: { issueNumber: 2 } }, {}, {}]);
		expect(issues()[2]?.body).not.toContain('Part of');
	});

	it('takes no label that would start the children a second time', async () => {
		expect((await run(undefined, { issueLabels: 'maestro, Auto' })).error).toMatchObject({ message: expect.stringContaining('holds "Auto"'), context: { code: 'bad_parameter' } });
		expect(await children()).toEqual([]);
		const result = await run(undefined, { issueLabels: 'maestro, shop' });
		expect(issues().map(({ labels }) => labels)).toEqual([['maestro'], ['maestro'], ['maestro']]);
		expect(JSON.stringify(result.run.data)).toContain('it might start them a second time: shop');
	});

	it.each([
		['waits for itself around a corner', { tasks: [planned('a', { dependsOn: ['b'] }), planned('b', { dependsOn: ['a'] })] }, 'a → b → a'],
		['is no JSON', '{"tasks":', 'not valid JSON'],
		['is not there', null, 'no list of "tasks"'],
	])('that %s is refused before anything is made', async (_, plan, words) => {
		expect((await run(plan)).error).toMatchObject({ message: expect.stringContaining(words), context: { code: 'bad_parameter' } });
		expect([await children(), issues()]).toEqual([[], []]);
	});

	it('of a task that a person cancelled, or that waits for one, is not carried out', async () => {
		for (const status of ['cancelled', 'archived', 'blocked'] as const) {
			await bench.store.tasks.update({ id: { eq: parent.id } }, { status }, signal);
			expect((await run()).error).toMatchObject({ message: `Task 1 is ${status}: its plan is not carried out`, context: { code: 'illegal_transition' } });
		}
		expect(await children()).toEqual([]);
	});
});

describe('a plan whose making was cut short', () => {
	it('after the second row is completed by the same call, and nobody had started meanwhile', async () => {
		// As soon as two are there nothing gets through any more, not even what gives a lock back.
		let isGone = true;
		bench.api.failNext(() => isGone && bench.api.rows('maestro_tasks').length === 3, { status: 403, times: 1_000 });
		expect((await run()).error).toBeDefined();
		isGone = false;
		expect((await children()).map(({ fingerprint, status }) => [fingerprint, status])).toEqual([['plan:1:api', 'blocked'], ['plan:1:page', 'blocked']]);
		// Their leases end by themselves; a test does not wait for that.
		await bench.store.locks.remove({ id: { gt: 0 } }, signal);
		await runNode(new MaestroReconcile(), { credentials: bench.credentials });
		// The sweep finds the execution gone and sends the parent out again; its flow comes to this node once more.
		expect(sent('task.ready')).toEqual([parent.id]);
		expect(keys(await run())).toEqual([['docs'], ['api', 'page']]);
		expect((await children()).map(({ status, dependsOn, conflictsWith }) => [status, dependsOn, conflictsWith])).toEqual([['pending', '', '3'], ['pending', '', '2'], ['pending', '3,2', '']]);
		expect(issues()).toHaveLength(3);
		expect(sent('task.ready')).toEqual([parent.id, 2]);
	});

	it('by GitHub, which made an issue and answered 502, makes no issue twice', async () => {
		bench.github.failNext('POST /repos/octo/shop/issues', { status: 502, carriedOut: true, after: 1 });
		bench.github.failNext('POST /repos/octo/shop/issues/1/comments', { lost: true });
		expect((await run()).error).toBeUndefined();
		expect(issues().map(({ title }) => title)).toEqual(['Do api', 'Do page', 'Do docs']);
		expect(comments()).toHaveLength(1);
	});

	it('by GitHub, which stays away, keeps the tasks from starting until a further call has made their issues', async () => {
		bench.github.failNext('POST /repos/octo/shop/issues', { status: 403, body: { message: 'Resource not accessible' }, after: 1 });
		expect((await run()).error).toMatchObject({ context: { code: 'github_auth' } });
		expect((await children()).map(({ status, issueNumber }) => [status, issueNumber])).toEqual([['blocked', 2], ['blocked', 0], ['blocked', 0]]);
		expect(await bench.reload(parent)).toMatchObject({ status: 'in_progress', statusReason: expect.stringContaining('Resource not accessible') });
		expect(sent('task.ready')).toEqual([]);
		await run();
		expect((await children()).map(({ status, issueNumber }) => [status, issueNumber])).toEqual([['pending', 2], ['pending', 3], ['pending', 4]]);
		expect(issues()[2]?.body).toContain('Depends on #3, #2');
	});
});

describe('the parent', () => {
	const PLAN = { tasks: [planned('one'), planned('two')] };
	const sweep = async (): Promise<IDataObject> => (await runNode(new MaestroReconcile(), { credentials: bench.credentials })).outputs[0]?.[0] ?? {};
	const proposed = async (child: Task): Promise<Task> => {
		const branch = `maestro/${child.id}-x`;
		await bench.github.pushCommit({ repository: REPOSITORY, branch, files: { [`src/${child.id}.js`]: 'one\n' } });
		const number = await bench.github.openPullRequest({ repository: REPOSITORY, head: branch, title: 'X', author: 'maestro-bot' });
		await bench.store.tasks.update({ id: { eq: child.id } }, { status: 'in_review', pullRequestNumber: number, branch }, signal);
		return await bench.reload(child);
	};
	const awaitPr = async (child: Task): Promise<NodeRun> => await runNode(new MaestroAwaitPr(), { parameters: { taskId: String(child.id), options: { settleSeconds: 0 } }, credentials: bench.credentials, baseUrl: bench.api.url });

	it('is completed with the merge of its last task, and by nothing before', async () => {
		await run(PLAN, { createIssues: false });
		const [one, two] = await Promise.all((await children()).map(proposed));
		if (one === undefined || two === undefined) throw new Error('no children');
		await bench.github.merge({ repository: REPOSITORY, number: one.pullRequestNumber });
		await awaitPr(one);
		expect(await bench.reload(parent)).toMatchObject({ status: 'in_review', statusReason: '' });
		await bench.github.merge({ repository: REPOSITORY, number: two.pullRequestNumber });
		await awaitPr(two);
		expect(await bench.reload(parent)).toMatchObject({ status: 'completed', finishedAt: expect.any(String) });
		expect(sent('task.completed')).toEqual([one.id, two.id, parent.id]);
	});

	it('says which of its tasks was closed, and goes on when that one is started again', async () => {
		await run(PLAN, { createIssues: false });
		const [one] = await Promise.all((await children()).slice(0, 1).map(proposed));
		if (one === undefined) throw new Error('no child');
		await bench.github.closePullRequest({ repository: REPOSITORY, number: one.pullRequestNumber });
		await awaitPr(one);
		expect(await bench.reload(parent)).toMatchObject({ status: 'blocked', heldBy: one.id, statusReason: expect.stringContaining(`Task ${one.id} "Do one" was cancelled`) });
		await bench.store.tasks.update({ id: { eq: one.id } }, { status: 'pending', dispatchedAt: null }, signal);
		expect(await sweep()).toMatchObject({ parents: [parent.id] });
		expect(await bench.reload(parent)).toMatchObject({ status: 'in_review', heldBy: 0, statusReason: '' });
	});

	it('is completed by the sweep where n8n went away between the last merge and that, and by a further call for its plan', async () => {
		await run(PLAN, { createIssues: false });
		const over = { status: 'completed' as const };
		for (const { id } of await children()) await bench.store.tasks.update({ id: { eq: id } }, over, signal);
		expect(await sweep()).toMatchObject({ parents: [parent.id] });
		expect(await bench.reload(parent)).toMatchObject(over);
		await bench.store.tasks.update({ id: { eq: parent.id } }, { status: 'in_review' }, signal);
		expect((await run(PLAN)).outputs[1]).toMatchObject([{ parent: over }, { parent: over }]);
		expect(keys(await run(PLAN))).toEqual([[], ['one', 'two']]);
		expect((await run()).error).toMatchObject({ message: 'Task 1 is completed: its plan is not carried out' });
		expect(await children()).toHaveLength(2);
	});

	it('that nobody had begun is not sent out beside its tasks', async () => {
		await bench.store.tasks.update({ id: { eq: parent.id } }, { status: 'pending', executionId: '' }, signal);
		await run(PLAN, { createIssues: false });
		expect(sent('task.ready')).toEqual([2, 3]);
		expect(await bench.reload(parent)).toMatchObject({ status: 'in_review' });
	});
});
