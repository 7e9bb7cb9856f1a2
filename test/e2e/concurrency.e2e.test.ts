import { execFileSync } from 'node:child_process';
import { signEvent, SIGNATURE_HEADER } from '../../nodes/shared/n8n-api';
import { when } from '../fixtures/model';
import { agentsOf, askFor, asleep, atOnce, commitsOf, doAsTitled, editRows, gate, pullRequestsOf, runsOf, sessionsOf, taskIs, taskOf, workOnce, type Gate } from './support/flow';
import { waitFor } from './support/poll';
import { list, property, text } from './support/rest';
import { openStage, type Stage } from './support/stage';

const AWAITED = 200;
const A_CALL = 25;

describe('several tasks at once, in an n8n that runs two executions at a time', () => {
	let stage: Stage;
	let left: Gate;
	let right: Gate;
	let twice: Gate;

	beforeAll(async () => {
		stage = await openStage({ scripts: [], adapt: atOnce, env: { N8N_CONCURRENCY_PRODUCTION_LIMIT: '2' } });
		// Events are signed with this credential's key: the test must have it to send one.
		const { maestroN8nApi } = stage.credentials;
		const data = { baseUrl: stage.n8n.url, apiKey: stage.n8n.apiKey };
		await stage.n8n.client.editor(`/rest/credentials/${maestroN8nApi?.id}`, { method: 'PATCH', body: { ...maestroN8nApi, type: 'maestroN8nApi', data } });
		[left, right, twice] = [gate(stage.root, 'left'), gate(stage.root, 'right'), gate(stage.root, 'twice')];
		const work = (file: string): Parameters<typeof workOnce>[0] => ({ files: { [file]: `${file}\n` }, test: '', commit: `Add ${file}`, summary: `Added ${file}.` });
		stage.model.setScripts([
			when(/Title: Go left/).turns([left.turn, ...workOnce(work('left.txt'))]),
			when(/Title: Go right/).turns([right.turn, ...workOnce(work('right.txt'))]),
			when(/Title: Start me twice/).turns([twice.turn, ...workOnce(work('twice.txt'))]),
			doAsTitled,
		]);
	}, 180_000);
	afterAll(async () => await stage.close(), 60_000);

	const filesOf = (number: number): string[] => {
		const { pull } = stage.github.issue({ repository: stage.fullName, number });
		const { gitPath } = stage.github.repositoryState(stage.fullName);
		return execFileSync('git', ['diff', '--name-only', 'main', pull?.headSha ?? ''], { cwd: gitPath, encoding: 'utf8' }).trim().split('\n');
	};

	test('two tasks of one repository run beside each other, each with its own branch and pull request', async () => {
		const issues = [askFor(stage, 'Go left'), askFor(stage, 'Go right')] as const;
		await Promise.all([left.reached(), right.reached()]);
		left.open();
		right.open();
		for (const [index, file] of ['left.txt', 'right.txt'].entries()) {
			const issue = issues[index] ?? 0;
			const { id } = await taskIs(stage, issue, 'in_review', 120_000);
			const numbers = pullRequestsOf(stage, issue);
			expect(numbers).toHaveLength(1);
			expect(filesOf(numbers[0] ?? 0)).toEqual([file]);
			expect(commitsOf(stage, numbers[0] ?? 0)).toEqual([`Add ${file}`]);
			expect(await runsOf(stage, id)).toMatchObject([{ status: 'completed', epoch: 1 }]);
			await asleep(stage, id);
		}
	}, 240_000);

	test('a task that is announced twice is run once', async () => {
		const issue = stage.github.openIssue({ repository: stage.fullName, title: 'Start me twice', body: '', association: 'NONE' });
		stage.github.addLabel({ repository: stage.fullName, number: issue }, 'auto');
		const blocked = await taskIs(stage, issue, 'blocked');
		const { n8n } = stage;
		// As if it had been dispatched just now, so that no sweep announces it a third time.
		await editRows(stage, 'maestro_tasks', blocked.id, { status: 'pending', statusReason: '', dispatchedAt: new Date().toISOString() });
		const task = await taskOf(stage, issue);
		const body = JSON.stringify({ event: { id: 1, type: 'task.ready', at: new Date().toISOString(), message: 'Ready to run', detail: {} }, task });
		const announce = async (): Promise<number> => (await n8n.client.postWebhook('maestro/task-ready', body, { headers: { [SIGNATURE_HEADER]: signEvent(n8n.apiKey, body) } })).status;
		const ended = async (): Promise<number> => (await n8n.client.listExecutions({ workflowId: stage.workflows.taskToPr, status: 'success' })).length;
		const endedBefore = await ended();
		expect(await Promise.all([announce(), announce()])).toEqual([202, 202]);
		await twice.reached();
		await waitFor('the other execution to end', async () => ((await ended()) > endedBefore ? true : undefined));
		const sessions = await sessionsOf(stage, blocked.id);
		expect(sessions).toHaveLength(1);
		expect(agentsOf(String(sessions[0]?.agentSessionId))).toHaveLength(1);
		expect(twice.times()).toBe(1);
		twice.open();
		await taskIs(stage, issue, 'in_review', 90_000);
		await asleep(stage, blocked.id);
		expect(await runsOf(stage, blocked.id)).toMatchObject([{ status: 'completed', epoch: 1 }]);
		expect(pullRequestsOf(stage, issue)).toHaveLength(1);
	}, 240_000);

	test('executions that sleep hold no slot: with more asleep than may run, a new task still runs', async () => {
		const issue = askFor(stage, 'Run beside the sleepers');
		await asleep(stage, (await taskIs(stage, issue, 'in_review', 120_000)).id);
		expect((await stage.n8n.client.listExecutions({ workflowId: stage.workflows.taskToPr, status: 'waiting' })).length).toBeGreaterThan(2);
		expect(stage.github.violations).toEqual([]);
	}, 180_000);

	test('a sweep looks at 200 awaited pull requests with one GraphQL call for each 25, and at quiet ones without a write', async () => {
		// Nobody else may sweep while calls are counted.
		await stage.n8n.client.unpublish(stage.workflows.reconcile);
		const [pattern] = (await stage.rows('maestro_waits')).filter(({ status }) => status === 'waiting');
		if (pattern === undefined) throw new Error('Nothing is awaited.');
		const { gitPath } = stage.github.repositoryState(stage.fullName);
		const tip = await stage.github.pushCommit({ repository: stage.fullName, branch: 'many', files: { 'many.txt': 'many\n' }, message: 'Many' });
		execFileSync('git', ['update-ref', '--stdin'], { cwd: gitPath, input: Array.from({ length: AWAITED }, (_, index) => `create refs/heads/many-${index} ${tip}\n`).join('') });
		const numbers: number[] = [];
		for (let index = 0; index < AWAITED; index++) numbers.push(await stage.github.openPullRequest({ repository: stage.fullName, head: `many-${index}`, title: `Many ${index}` }));
		const { id, createdAt, updatedAt, ...row } = pattern;
		const tables = list(await stage.n8n.client.api(`/data-tables?filter=${encodeURIComponent(JSON.stringify({ name: 'maestro_waits' }))}`), 'data');
		const table = tables.find((candidate) => property(candidate, 'name') === 'maestro_waits');
		for (let from = 0; from < AWAITED; from += 50) {
			const data = numbers.slice(from, from + 50).map((number) => ({ ...row, pullRequestNumber: number }));
			await stage.n8n.client.api(`/data-tables/${text(table, 'id')}/rows`, { method: 'POST', body: { data, returnType: 'count' } });
		}
		const waiting = (await stage.rows('maestro_waits')).filter(({ status }) => status === 'waiting');
		const awaited = new Set(waiting.map(({ pullRequestNumber }) => pullRequestNumber)).size;
		expect(awaited).toBeGreaterThan(AWAITED);
		const quiet = async (): Promise<unknown[]> => (await stage.rows('maestro_waits')).map((wait) => [wait.id, wait.status, wait.lastVerdict, wait.updatedAt]);
		const before = await quiet();
		const calls = (): number => stage.github.requests.filter(({ path }) => path.startsWith('/graphql')).length;
		for (let round = 0; round < 2; round++) {
			const asked = calls();
			await stage.reconcile();
			expect(calls() - asked).toBe(Math.ceil(awaited / A_CALL));
		}
		expect(await quiet()).toEqual(before);
	}, 300_000);
});
