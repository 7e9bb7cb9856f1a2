import { Maestro } from '../../nodes/Maestro/Maestro.node';
import { openBench, GITHUB_TOKEN, REPOSITORY, type Bench } from './support/bench';
import { runNode, type NodeRun, type RunOptions } from './support/run-node';

let bench: Bench;
beforeEach(async () => {
	bench = await openBench();
});
afterEach(async () => await bench.close());

const run = async (parameters: NonNullable<RunOptions['parameters']>, options: RunOptions = {}): Promise<NodeRun> => await runNode(new Maestro(), { parameters, credentials: bench.credentials, ...options });
const project = async (operation: string, fields: Record<string, string | number | boolean> = {}, options: RunOptions = {}): Promise<NodeRun> =>
	await run({ resource: 'project', operation, repository: REPOSITORY, projectFields: fields }, options);

describe('projects', () => {
	it('are created once, read, changed, listed and deleted', async () => {
		const created = await project('create', { instructions: ' Use tabs. ', maxRunning: 2 });
		expect(created.outputs[0]).toMatchObject([{ project: { repository: REPOSITORY, name: REPOSITORY, instructions: 'Use tabs.', maxRunning: 2, minimumTrust: 'collaborator', active: true } }]);
		expect((await project('create')).error).toMatchObject({ message: expect.stringContaining('is a project already'), context: { code: 'bad_parameter' } });
		expect((await project('update', { setupScript: 'npm ci', minimumTrust: 'owner' })).outputs[0]).toMatchObject([{ project: { setupScript: 'npm ci', minimumTrust: 'owner', instructions: 'Use tabs.' } }]);
		expect((await project('upsert', { active: false })).outputs[0]).toMatchObject([{ project: { active: false, setupScript: 'npm ci' } }]);
		expect((await project('get')).outputs[0]).toMatchObject([{ project: { maxRunning: 2 } }]);
		expect((await run({ resource: 'project', operation: 'getAll', returnAll: true })).outputs[0]).toHaveLength(1);
		expect((await project('delete')).outputs[0]).toEqual([{ deleted: true, repository: REPOSITORY }]);
		expect((await project('get')).error).toMatchObject({ message: expect.stringContaining('no project'), description: expect.stringContaining('set-up form') });
	});

	it('are one for a repository, however it is spelled and however many ask at once', async () => {
		const spelled = [REPOSITORY, REPOSITORY.toUpperCase(), 'Octo/Shop', REPOSITORY];
		const runs = await Promise.all(spelled.map(async (repository) => await run({ resource: 'project', operation: 'upsert', repository, projectFields: {} })));
		expect(runs.map(({ error }) => error)).toEqual([undefined, undefined, undefined, undefined]);
		expect(bench.api.rows('maestro_projects')).toHaveLength(1);
	});

	it.each(['shop', 'octo/../etc', 'octo/shop/x', 'https://github.com/octo/shop'])('refuse the repository "%s", saying how to write it', async (repository) => {
		const { error } = await run({ resource: 'project', operation: 'create', repository });
		expect(error).toMatchObject({ message: expect.stringContaining('Repository'), description: expect.stringContaining('owner/name') });
	});

	it('refuse a trust that there is none of', async () => {
		expect((await project('create', { minimumTrust: 'everybody' })).error).toMatchObject({ message: expect.stringContaining('Minimum Author Trust') });
	});
});

describe('the check of a project', () => {
	const finding = (result: NodeRun, what: string): unknown => (result.outputs[0]?.[0]?.findings as { what: string }[]).find((each) => each.what === what);

	beforeEach(async () => {
		await bench.project();
		bench.api.setExecution('execution-1', 'running');
	});

	it('says what is there when all is well', async () => {
		const result = await project('check');
		expect(result.outputs[0]?.[0]).toMatchObject({ ready: true, message: expect.stringContaining('✔ Repository') });
		expect(finding(result, 'GitHub token')).toMatchObject({ detail: expect.stringContaining('maestro-bot') });
		expect(bench.github.violations).toEqual([]);
	});

	it('says that the GitHub token is wrong, without the token', async () => {
		const maestroGithubApi = { ...bench.credentials.maestroGithubApi, accessToken: 'ghp_anotherTokenThatIsWrong' };
		const result = await project('check', {}, { credentials: { ...bench.credentials, maestroGithubApi } });
		expect(finding(result, 'GitHub token')).toMatchObject({ ok: false, detail: expect.stringContaining('did not accept the token') });
		expect(result.outputs[0]?.[0]).toMatchObject({ ready: false });
		expect(JSON.stringify(result.run)).not.toContain('ghp_anotherTokenThatIsWrong');
	});

	it('says that the token may not push', async () => {
		await bench.github.createRepository({ fullName: REPOSITORY, files: { a: 'a' }, canPush: false });
		expect(finding(await project('check'), 'Repository')).toMatchObject({ ok: false, detail: expect.stringContaining('may not push') });
	});

	it('says that the repository is archived', async () => {
		await bench.github.createRepository({ fullName: REPOSITORY, files: { a: 'a' }, archived: true });
		expect(finding(await project('check'), 'Repository')).toMatchObject({ ok: false, detail: expect.stringContaining('archived') });
	});

	it('names the scope that the n8n API key lacks', async () => {
		bench.api.scopes = bench.api.scopes.filter((scope) => scope !== 'execution:read');
		expect(finding(await project('check'), 'Executions')).toMatchObject({ ok: false, detail: expect.stringContaining('execution:read') });
	});

	it('says that there is no webhook secret', async () => {
		const maestroGithubApi = { ...bench.credentials.maestroGithubApi, webhookSecret: '' };
		const result = await project('check', {}, { credentials: { ...bench.credentials, maestroGithubApi } });
		expect(finding(result, 'Webhook secret')).toMatchObject({ ok: false });
	});

	it('makes the webhook of a project that was added after publishing, and says when the token may not', async () => {
		await bench.subscription({ events: '', webhookUrl: 'https://n8n.example.com/webhook/maestro/github', webhookEvents: 'issues' });
		expect(finding(await project('check'), 'Webhooks')).toMatchObject({ ok: true });
		expect(bench.github.repositoryState(REPOSITORY).hooks).toHaveLength(1);
		bench.github.failNext('/repos/octo/shop/hooks*', { status: 403, times: 9, body: { message: 'Resource not accessible by personal access token' } });
		expect(finding(await project('check'), 'Webhooks')).toMatchObject({ ok: false, detail: expect.stringContaining('settings/hooks/new') });
	});
});

describe('tasks', () => {
	beforeEach(async () => {
		await bench.project();
	});

	it('are read, and listed newest first by project and status', async () => {
		const [first] = [await bench.task({ title: 'First' }), await bench.task({ title: 'Second', status: 'failed' }), await bench.task({ title: 'Third' })];
		expect((await run({ resource: 'task', operation: 'get', taskId: String(first.id) })).outputs[0]).toMatchObject([{ task: { title: 'First' } }]);
		const titles = async (filters: Record<string, string>, more: Record<string, number | boolean> = { returnAll: true }): Promise<unknown[]> =>
			(await run({ resource: 'task', operation: 'getAll', filters, ...more })).outputs[0]?.map(({ task }) => (task as { title: string }).title) ?? [];
		expect(await titles({})).toEqual(['Third', 'Second', 'First']);
		expect(await titles({ status: 'failed' })).toEqual(['Second']);
		expect(await titles({ repository: 'OCTO/shop' }, { returnAll: false, limit: 2 })).toEqual(['Third', 'Second']);
		expect(await titles({ repository: 'octo/other' })).toEqual([]);
	});

	it('that are not there are named, with the item', async () => {
		const { error } = await run({ resource: 'task', operation: 'get', taskId: '99' });
		expect(error).toMatchObject({ message: 'There is no task 99', context: { itemIndex: 0, code: 'no_task' } });
		expect((await run({ resource: 'task', operation: 'get', taskId: 'x' })).error).toMatchObject({ message: expect.stringContaining('"Task" is "x"') });
	});

	it('go on through "continue on fail" with what went wrong, each item paired', async () => {
		const { id } = await bench.task();
		const result = await run({ resource: 'task', operation: 'get', taskId: '={{ $json.id }}' }, { input: [{ id: 77 }, { id }], node: { onError: 'continueRegularOutput' } });
		expect(result.outputs[0]).toMatchObject([{ error: 'There is no task 77', details: { code: 'no_task' } }, { task: { id } }]);
		expect(result.items[0]?.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }]);
	});

	it('go back to pending without what they tried before, and are sent out', async () => {
		await bench.subscription();
		const { id } = await bench.task({ status: 'failed', attempts: 4, statusReason: 'no', dispatchedAt: new Date().toISOString() });
		const result = await run({ resource: 'task', operation: 'update', taskId: String(id), taskFields: { status: 'pending', priority: 'urgent' } });
		expect(result.error).toBeUndefined();
		expect(await bench.reload({ id })).toMatchObject({ status: 'pending', attempts: 0, statusReason: '', priority: 'urgent' });
		expect(bench.api.posted).toMatchObject([{ path: '/webhook/maestro', signed: true, body: { event: { type: 'task.ready' }, task: { id } } }]);
	});

	it('are done anew where that is wanted, with what a person adds to their text, and the timeline says so', async () => {
		const { id } = await bench.task({ status: 'cancelled', body: 'Text', rounds: 2, pullRequestNumber: 7, pullRequestUrl: 'https://github.com/octo/shop/pull/7', reach: 'branch' });
		await run({ resource: 'task', operation: 'update', taskId: String(id), taskFields: { status: 'pending', anew: true, answer: ' Use tabs.\r\nAll of them. ', reach: 'pull_request' } });
		expect(await bench.reload({ id })).toMatchObject({ status: 'pending', body: 'Text\n\nUse tabs.\nAll of them.', rounds: 0, pullRequestNumber: 0, pullRequestUrl: '', startAgainAt: expect.any(String) });
		await run({ resource: 'task', operation: 'update', taskId: String(id), taskFields: { status: 'cancelled' } });
		expect(await bench.reload({ id })).toMatchObject({ status: 'cancelled', finishedAt: expect.any(String) });
		expect((await bench.timeline()).map(({ type, message }) => `${type}: ${message}`)).toEqual([
			'note: Changed with the node Maestro: status "cancelled" → "pending", reach "branch" → "pull_request", to be done anew, with an answer',
			'task.cancelled: Changed with the node Maestro: status "pending" → "cancelled"',
		]);
	});

	it('do not make an illegal move', async () => {
		const { id } = await bench.task({ status: 'completed' });
		expect((await run({ resource: 'task', operation: 'update', taskId: String(id), taskFields: { status: 'in_progress' } })).error).toMatchObject({
			message: expect.stringMatching(/"completed" to "in_progress"/),
			description: expect.stringContaining('archived'),
		});
	});

	it('keep what an expression gives nothing for', async () => {
		const { id } = await bench.task({ status: 'blocked', reach: 'branch', priority: 'low', statusReason: 'Why' });
		const taskFields = { status: '={{ $json.none }}', reach: '={{ null }}', priority: '={{ undefined }}', statusReason: '={{ null }}', title: '={{ $json.none }}', expectedStatus: '={{ $json.none }}' };
		expect((await run({ resource: 'task', operation: 'update', taskId: String(id), taskFields })).outputs[0]).toMatchObject([{ task: { title: 'Mend the cart', status: 'blocked', reach: 'branch', priority: 'low', statusReason: 'Why' } }]);
	});

	it('that have moved since somebody looked are left as they are', async () => {
		const { id } = await bench.task({ status: 'in_progress' });
		const { error } = await run({ resource: 'task', operation: 'update', taskId: String(id), taskFields: { status: 'pending', reach: 'branch', expectedStatus: 'blocked' } });
		expect(error).toMatchObject({ message: `Task ${id} is "in_progress" by now, and no longer "blocked"`, description: expect.stringContaining('Nothing was changed'), context: { code: 'illegal_transition' } });
		expect(await bench.reload({ id })).toMatchObject({ status: 'in_progress', reach: 'pull_request' });
	});

	it('that may only be sorted are given as they stand: blocked again, with the reason', async () => {
		await bench.subscription();
		const { id } = await bench.task({ status: 'blocked', reach: 'triage' });
		const { outputs } = await run({ resource: 'task', operation: 'update', taskId: String(id), taskFields: { status: 'pending' } });
		expect(outputs[0]).toMatchObject([{ task: { id, status: 'blocked', statusReason: expect.stringContaining('reach "triage"') } }]);
	});

	it('are commented on their issue once for the same words, also when the answer was lost, and without secrets', async () => {
		const issueNumber = bench.github.openIssue({ repository: REPOSITORY, title: 'Broken' });
		const { id } = await bench.task({ issueNumber });
		const say = async (comment: string): Promise<NodeRun> => await run({ resource: 'task', operation: 'comment', taskId: String(id), comment });
		bench.github.failNext('POST /repos/octo/shop/issues/*/comments', { lost: true });
		await say(`I found ${GITHUB_TOKEN} there`);
		await say(`I found ${GITHUB_TOKEN} there`);
		await say('Something else');
		const comments = bench.github.issue({ repository: REPOSITORY, number: issueNumber }).comments.map(({ body }) => body);
		expect(comments).toHaveLength(2);
		expect(comments[0]).toContain('I found [redacted] there');
	});

	it('without an issue or pull request, or without words, are not commented', async () => {
		const { id } = await bench.task();
		expect((await run({ resource: 'task', operation: 'comment', taskId: String(id), comment: 'Hello' })).outputs[0]).toMatchObject([{ task: { id }, comment: null }]);
	});
});

describe('the n8n API', () => {
	it('that is not there is named with the field to check, and the key is not shown', async () => {
		const { url, apiKey } = bench.api;
		await bench.api.close();
		const result = await run({ resource: 'task', operation: 'getAll' });
		expect(result.error).toMatchObject({ message: expect.stringContaining(url), description: expect.stringContaining('Base URL') });
		expect(JSON.stringify(result.run)).not.toContain(apiKey);
	});

	it('whose key lacks a scope is named with it', async () => {
		bench.api.scopes = ['dataTable:list', 'dataTable:create'];
		expect((await run({ resource: 'task', operation: 'getAll' })).error).toMatchObject({ message: expect.stringContaining('dataTableRow:read'), description: expect.stringContaining('dataTableRow:create') });
	});

	it('without a key in the credential says which field is empty', async () => {
		const credentials = { ...bench.credentials, maestroN8nApi: { baseUrl: bench.api.url, apiKey: '' } };
		expect((await run({ resource: 'task', operation: 'getAll' }, { credentials })).error).toMatchObject({ message: expect.stringContaining('API Key'), description: expect.stringContaining('Open the Maestro n8n API credential') });
	});
});
