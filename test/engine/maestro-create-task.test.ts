import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { MaestroCreateTask } from '../../nodes/MaestroCreateTask/MaestroCreateTask.node';
import { openBench, REPOSITORY, type Bench } from './support/bench';
import { runNode, type NodeRun, type RunOptions } from './support/run-node';

let bench: Bench;
beforeEach(async () => {
	bench = await openBench();
});
afterEach(async () => await bench.close());

const aSignal = (changes: object = {}): IDataObject => ({
	source: 'github',
	kind: 'issue.labeled',
	title: 'Cart is empty',
	body: 'Steps',
	url: 'https://github.com/octo/shop/issues/12',
	author: 'ada',
	authorTrust: 'member',
	repository: REPOSITORY,
	fingerprint: 'github:octo/shop#12',
	severity: 'high',
	labels: ['auto'],
	deliveryId: 'd-1',
	receivedAt: new Date().toISOString(),
	number: 12,
	...changes,
});

const run = async (parameters: NonNullable<RunOptions['parameters']>, options: RunOptions = {}): Promise<NodeRun> => await runNode(new MaestroCreateTask(), { parameters, credentials: bench.credentials, ...options });
const fromSignal = async (changes: object = {}, options: INodeParameters = {}, more: RunOptions = {}): Promise<NodeRun> => await run({ from: 'signal', signal: JSON.stringify(aSignal(changes)), options }, more);
const fromFields = async (fields: Record<string, string> = {}, options: INodeParameters = {}, more: RunOptions = {}): Promise<NodeRun> =>
	await run({ from: 'fields', repository: REPOSITORY, title: 'Mend it', body: 'Please', fingerprint: 'weekly', ...fields, options }, more);
const tasks = (): ReturnType<Bench['api']['rows']> => bench.api.rows('maestro_tasks');

describe('a signal', () => {
	beforeEach(async () => {
		await bench.project();
	});

	it('becomes one task, which is sent out; its copies are counted and leave on Duplicate', async () => {
		await bench.subscription({ events: 'task.ready,task.created' });
		const first = await fromSignal();
		expect(first.outputs).toMatchObject([[{ created: true, task: { title: 'Cart is empty', priority: 'high', issueNumber: 12, status: 'pending', duplicates: 0 } }], []]);
		expect(first.outputs[0]?.[0]?.task).not.toHaveProperty('body');
		const second = await fromSignal();
		expect(second.outputs).toMatchObject([[], [{ created: false, startedAgain: false, task: { duplicates: 1 } }]]);
		expect(tasks()).toMatchObject([{ body: 'Steps', duplicates: 1, author: 'ada', authorTrust: 'member', labels: 'auto' }]);
		expect(bench.api.posted.map(({ body }) => (body as { event: { type: string } }).event.type)).toEqual(['task.created', 'task.ready']);
	});

	it('for several items makes each its own task, paired with its item', async () => {
		const input = [1, 2, 1].map((number) => ({ signal: aSignal({ fingerprint: `github:octo/shop#${number}` }) }));
		const result = await run({ from: 'signal', signal: '={{ $json.signal }}', options: {} }, { input });
		expect(result.items.map((output) => output.map(({ pairedItem }) => pairedItem))).toEqual([[{ item: 0 }, { item: 1 }], [{ item: 2 }]]);
		expect(tasks()).toHaveLength(2);
	});

	it('is that of the item where the field is empty, and that of the field where it is not', async () => {
		const input = [{ signal: aSignal({ fingerprint: 'github:octo/shop#1' }), other: aSignal({ fingerprint: 'github:octo/shop#2' }) }];
		await run({ from: 'signal', signal: '', options: {} }, { input });
		await run({ from: 'signal', options: {} }, { input });
		await run({ from: 'signal', signal: '={{ $json.other }}', options: {} }, { input });
		expect(tasks()).toMatchObject([{ fingerprint: 'github:octo/shop#1', duplicates: 1 }, { fingerprint: 'github:octo/shop#2', duplicates: 0 }]);
		expect((await run({ from: 'signal', options: {} }, { input: [{}] })).error?.message).toMatch(/not whole/);
		// What an expression was to give is not taken from elsewhere.
		for (const empty of ['={{ $json.nothing }}', "={{ '' }}"]) expect((await run({ from: 'signal', signal: empty, options: {} }, { input })).error?.message).toMatch(/not whole/);
	});

	it('of a repository without a project is refused, and nothing is stored', async () => {
		expect((await fromSignal({ repository: 'octo/unknown' })).error).toMatchObject({ message: expect.stringContaining('"octo/unknown"'), description: expect.stringContaining('set-up form'), context: { code: 'no_project' } });
		expect(tasks()).toEqual([]);
	});

	it('of an author below the limit of the project becomes a blocked task, which is not sent out and which a copy does not start', async () => {
		await bench.subscription();
		const result = await fromSignal({ authorTrust: 'contributor' });
		expect(result.outputs[0]).toMatchObject([{ task: { status: 'blocked', statusReason: expect.stringContaining('"contributor"') } }]);
		expect((await fromSignal({ authorTrust: 'contributor' }, { startAgain: true })).outputs[1]).toMatchObject([{ startedAgain: false, task: { status: 'blocked' } }]);
		expect(bench.api.posted).toEqual([]);
	});

	it('starts a failed task again where that is wanted, with the new text', async () => {
		await fromSignal();
		const signal = new AbortController().signal;
		await bench.store.tasks.update({ id: { eq: 1 } }, { status: 'failed', attempts: 3 }, signal);
		const later = new Date(Date.now() + 60_000).toISOString();
		expect((await fromSignal({ receivedAt: later })).outputs[1]).toMatchObject([{ startedAgain: false, task: { status: 'failed' } }]);
		expect((await fromSignal({ receivedAt: later, body: 'More' }, { startAgain: true })).outputs[1]).toMatchObject([{ startedAgain: true, task: { status: 'pending', attempts: 0 } }]);
		expect(tasks()).toMatchObject([{ body: 'More' }]);
	});

	it.each([
		['is not whole', '{"title":"x"}', /not whole/],
		['is no JSON', '{"title":', /not valid JSON/],
		['is a list', '[]', /not a JSON object/],
	])('that %s is refused with what to do', async (_, signal, message) => {
		expect((await run({ from: 'signal', signal, options: {} })).error?.message).toMatch(message);
	});

	it('that fails goes on as an error item under "continue on fail", never among the created, and the others become tasks', async () => {
		const input = [{ signal: aSignal({ repository: 'octo/unknown' }) }, { signal: aSignal() }];
		const result = await run({ from: 'signal', signal: '={{ $json.signal }}', options: {} }, { input, node: { onError: 'continueRegularOutput' } });
		expect(result.outputs[0]).toMatchObject([{ created: true }]);
		expect(result.outputs[1]).toMatchObject([{ error: expect.stringContaining('octo/unknown'), details: { code: 'no_project' } }]);
		expect(tasks()).toHaveLength(1);
	});
});

describe('fields', () => {
	beforeEach(async () => {
		await bench.project();
	});

	it('become a trusted task, once for a fingerprint, whatever characters it has', async () => {
		const fingerprint = `it's "(a) *100% + & ünïcode 🎉`;
		expect((await fromFields({ fingerprint }, { priority: 'urgent' })).outputs[0]).toMatchObject([{ created: true, task: { source: 'manual', priority: 'urgent', authorTrust: 'owner', issueNumber: 0 } }]);
		expect((await fromFields({ fingerprint })).outputs[1]).toMatchObject([{ created: false }]);
	});

	it('that are empty are named', async () => {
		expect((await fromFields({ title: ' ' })).error?.message).toContain('"Title" is empty');
		expect((await fromFields({ fingerprint: ' ' })).error?.message).toContain('"Fingerprint" is empty');
		expect((await fromFields({ fingerprint: 'x'.repeat(1_001) })).error?.message).toContain('1001 characters');
	});
});

describe('what a task names', () => {
	beforeEach(async () => {
		await bench.project();
	});

	it('has to be there', async () => {
		const { id } = await bench.task();
		expect((await fromFields({}, { dependsOn: `${id}, 99` })).error).toMatchObject({ message: 'There is no task 99 (Depends On)', context: { code: 'no_task' } });
		expect((await fromFields({}, { conflictsWith: '98', parentId: '97' })).error?.message).toBe('There is no task 98, 97 (Conflicts With, Parent Task)');
		expect((await fromFields({}, { dependsOn: 'first' })).error?.message).toContain('"first"');
		expect(tasks()).toHaveLength(1);
	});

	it('cannot be the task itself, which has no ID before it is there', async () => {
		expect((await fromFields({}, { dependsOn: '1' })).error?.message).toContain('no task 1');
	});

	it('holds it back until that is completed', async () => {
		await bench.subscription();
		const { id } = await bench.task({ status: 'in_progress' });
		expect((await fromFields({}, { dependsOn: String(id) })).outputs[0]).toMatchObject([{ task: { dependsOn: String(id) } }]);
		expect(bench.api.posted).toEqual([]);
		await bench.store.tasks.update({ id: { eq: id } }, { status: 'completed' }, new AbortController().signal);
		await fromFields({ fingerprint: 'another' });
		expect(bench.api.posted.map(({ body }) => (body as { task: { id: number } }).task.id)).toEqual([id + 1, id + 2]);
	});
});

it('keeps apart what comes at once for two projects under one fingerprint', async () => {
	const [shop, other] = [await bench.project(), await bench.project({ repository: 'octo/other' })];
	await Promise.all(Array.from({ length: 8 }, async (_, index) => await fromFields({ repository: index % 2 === 0 ? REPOSITORY : 'octo/other' })));
	const found = tasks().map(({ projectId, repository, duplicates }) => [projectId, repository, duplicates]);
	expect(found.sort(([left], [right]) => Number(left) - Number(right))).toEqual([[shop.id, REPOSITORY, 3], [other.id, 'octo/other', 3]]);
});

describe('a GitHub issue for the task', () => {
	beforeEach(async () => {
		await bench.project();
	});
	const issues = (): unknown[] => bench.github.issues(REPOSITORY).map(({ title, labels }) => ({ title, labels }));

	it('is made with its labels, and its number is kept', async () => {
		const { outputs } = await fromFields({}, { createIssue: true, issueLabels: 'maestro, shop' });
		expect(outputs[0]).toMatchObject([{ task: { issueNumber: 1 } }]);
		expect(issues()).toEqual([{ title: 'Mend it', labels: ['maestro', 'shop'] }]);
		expect(bench.github.violations).toEqual([]);
	});

	it('is not asked for without a credential: no task is left behind by the error', async () => {
		const { maestroGithubApi: _without, ...credentials } = bench.credentials;
		const { error } = await fromFields({}, { createIssue: true }, { credentials });
		expect(error).toMatchObject({ message: expect.stringContaining('no GitHub credential is chosen'), description: expect.stringContaining('turn the issues off') });
		expect(tasks()).toEqual([]);
	});

	it('is made once when the answer was lost, and when n8n went away before its number was kept', async () => {
		bench.github.failNext('POST /repos/octo/shop/issues', { lost: true });
		await fromFields({}, { createIssue: true });
		expect(issues()).toHaveLength(1);
		await bench.store.tasks.update({ id: { eq: 1 } }, { issueNumber: 0 }, new AbortController().signal);
		expect((await fromFields({}, { createIssue: true })).outputs[1]).toMatchObject([{ task: { issueNumber: 1 } }]);
		expect(issues()).toHaveLength(1);
	});

	it('is not made for a signal that has one', async () => {
		await fromSignal({}, { createIssue: true });
		expect(issues()).toEqual([]);
	});

	it('that the token may not make is an error; the task stays and gets its issue at the next try', async () => {
		bench.github.failNext('POST /repos/octo/shop/issues', { status: 403, body: { message: 'Resource not accessible' } });
		expect((await fromFields({}, { createIssue: true })).error).toMatchObject({ context: { code: 'github_auth' } });
		expect((await fromFields({}, { createIssue: true })).outputs[1]).toMatchObject([{ task: { issueNumber: 1 } }]);
		expect(tasks()).toHaveLength(1);
	});
});
