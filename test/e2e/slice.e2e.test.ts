import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bash, done, editTestCommit, when } from '../fixtures/model';
import { askFor, asleep, atOnce, commitsOf, pullRequestsOf, runsOf, sessionsOf, taskIs, type RowOf } from './support/flow';
import { waitFor } from './support/poll';
import { processesIn } from './support/processes';
import { openStage, type Stage } from './support/stage';

const TEST = "const { test } = require('node:test');\nconst assert = require('node:assert');\nconst { add } = require('./add');\n\ntest('adds zero', () => assert.equal(add(2, 0), 2));\ntest('adds two numbers', () => assert.equal(add(2, 3), 5));\n";
const SUM = 'exports.add = (a, b) => a + b;\n';
const CHECKED = "'use strict';\n\nexports.add = (a, b) => a + b;\n";
const EXPLAINED = "'use strict';\n\n// The sum of two numbers.\nexports.add = (a, b) => a + b;\n";

const scripts = [
	when(/1 unresolved review comment/).turns(editTestCommit({ files: { 'add.js': EXPLAINED }, test: 'npm test', commit: 'Say what add does', summary: 'Added a comment.' })),
	when(/1 check failed/).turns(editTestCommit({ files: { 'add.js': CHECKED }, test: 'npm test', commit: 'Use strict mode', summary: 'Strict mode is on.' })),
	when(/add\(2, 3\) gives -1/).turns([
		bash('cat add.js package.json'),
		...editTestCommit({ files: { 'add.js': SUM, 'add.test.js': TEST }, test: 'npm test', commit: 'Add instead of subtract', summary: 'add() subtracted; it adds now. Fixes #999 and thanks @everyone.' }),
	]),
	when(/Close (me|mine)/).turns(editTestCommit({ files: { 'closed.txt': 'work\n' }, test: '', commit: 'Work that nobody wants', summary: 'Worked.' })),
	when(/.*/s).turns([done('Nothing was to be done.')]),
];

describe('a labelled issue', () => {
	let stage: Stage;

	beforeAll(async () => {
		stage = await openStage({ scripts, adapt: atOnce });
	}, 180_000);
	afterAll(async () => {
		await stage.close();
		expect(processesIn(stage.root)).toEqual([]);
	}, 60_000);

	const at = (number: number): { repository: string; number: number } => ({ repository: stage.fullName, number });
	const events = async (taskId: unknown): Promise<string[]> =>
		(await stage.rows('maestro_events')).filter((event) => event.taskId === taskId).sort((a, b) => Number(a.id) - Number(b.id)).map((event) => String(event.type));
	/** The prompts of the agent's conversation as its last request carried them. */
	const prompts = (pattern: RegExp): readonly string[] =>
		stage.model.requests.findLast(({ conversation }) => conversation !== undefined && conversation.tools.length > 0 && pattern.test(conversation.lastPrompt))?.conversation?.prompts ?? [];

	async function roundDone(taskId: unknown, rounds: number): Promise<RowOf[]> {
		return await waitFor(`round ${rounds}`, async () => {
			const found = (await runsOf(stage, taskId)).filter((run) => String(run.purpose).startsWith('feedback:') && run.status === 'completed');
			return found.length === rounds ? found : undefined;
		}, { limitMs: 90_000, seen: async () => [(await runsOf(stage, taskId)).map(({ purpose, status }) => [purpose, status]), await events(taskId)] });
	}

	test('becomes a merged pull request, with each round in the same session', async () => {
		const issue = askFor(stage, 'add(2, 3) gives -1');
		const task = await taskIs(stage, issue, 'in_review', 90_000);
		expect(task).toMatchObject({ title: 'add(2, 3) gives -1', source: 'github', authorTrust: 'owner', issueNumber: issue });
		const [number = 0] = pullRequestsOf(stage, issue);
		const opened = stage.github.issue(at(number));
		expect(opened.body).toContain(`Closes #${issue}.`);
		expect(opened.body).toContain('<!-- maestro -->');
		expect(opened.body).not.toMatch(/Fixes #999|@everyone/);
		expect(opened.pull?.base).toBe('main');
		expect(commitsOf(stage, number)).toEqual(['Add instead of subtract']);
		const [session] = await sessionsOf(stage, task.id);
		const worktree = String(session?.workspace);
		expect(readFileSync(join(worktree, 'add.js'), 'utf8')).toBe(SUM);
		// The tests ran for real, with the agent's new one among them.
		const told = stage.model.requests.flatMap(({ conversation }) => conversation?.toolResults ?? []);
		expect(told.some(({ text }) => /pass 2\b/.test(text) && /fail 0\b/.test(text))).toBe(true);

		await asleep(stage, task.id);
		await stage.github.setCheck(at(number), 'lint', 'failure', { log: '2026-01-01T00:00:00.0000000Z add.js: strict mode is missing\n2026-01-01T00:00:00.0000000Z ##[error]exit code 1\n' });
		await roundDone(task.id, 1);
		expect(prompts(/1 check failed/)).toHaveLength(2);
		expect(prompts(/1 check failed/).at(-1)).toMatch(/<untrusted-(\w+)>\nCheck: lint[\s\S]*add\.js: strict mode is missing[\s\S]*<\/untrusted-\1>/);
		await asleep(stage, task.id);

		await stage.github.setCheck(at(number), 'lint', 'success');
		const [thread = ''] = await stage.github.review(at(number), { author: 'ada', association: 'MEMBER', state: 'commented', comments: [{ path: 'add.js', line: 3, body: 'Please say what it does.' }] });
		const rounds = await roundDone(task.id, 2);
		expect(prompts(/unresolved review comment/)).toHaveLength(3);
		expect(prompts(/unresolved review comment/).at(-1)).toMatch(/add\.js:3\nada:\nPlease say what it does\./);
		await asleep(stage, task.id);
		expect(commitsOf(stage, number)).toEqual(['Say what add does', 'Use strict mode', 'Add instead of subtract']);
		expect(new Set(rounds.map((run) => run.purpose)).size).toBe(2);

		stage.github.resolveThread(at(number), thread);
		await stage.github.approve(at(number), 'ada');
		await stage.github.merge(at(number), 'ada');
		const completed = await taskIs(stage, issue, 'completed');
		expect(stage.github.issue(at(issue)).state).toBe('closed');
		await stage.reconcile();

		expect(await sessionsOf(stage, task.id)).toMatchObject([{ agentSessionId: session?.agentSessionId, status: 'completed' }]);
		const runs = await runsOf(stage, task.id);
		expect(runs.map(({ purpose, status }) => [String(purpose).split(':')[0], status])).toEqual([['implement', 'completed'], ['feedback', 'completed'], ['feedback', 'completed']]);
		expect(new Set(runs.map((run) => run.agentSessionId))).toEqual(new Set([session?.agentSessionId]));
		expect(completed).toMatchObject({ rounds: 2, pullRequestNumber: number, duplicates: 0, attempts: 0, statusReason: '' });
		expect(completed.costUsd).toBeGreaterThan(0);
		expect(pullRequestsOf(stage, issue)).toEqual([number]);
		expect(execFileSync('git', ['show', 'main:add.js'], { cwd: stage.github.repositoryState(stage.fullName).gitPath, encoding: 'utf8' })).toBe(EXPLAINED);
		expect(existsSync(worktree)).toBe(false);
		const waits = (await stage.rows('maestro_waits')).sort((a, b) => Number(a.id) - Number(b.id));
		expect(waits.map(({ status, lastVerdict }) => [status, lastVerdict])).toEqual([['ended', 'checks_failed'], ['ended', 'changes_requested'], ['woken', 'merged']]);
		const executions = await stage.n8n.client.listExecutions({ workflowId: stage.workflows.taskToPr });
		expect(executions.map(({ status }) => status)).toEqual(['success']);
		// A sweep that comes just before the merge says that it waits for a review; nothing else is noted.
		const notes = (await stage.rows('maestro_events')).filter(({ taskId, type }) => taskId === task.id && type === 'note').map(({ message }) => message);
		expect(notes.filter((message) => message !== 'Waits: for a review')).toEqual([]);
		expect((await events(task.id)).filter((type) => type !== 'note')).toEqual([
			'task.created', 'task.ready', 'session.started', 'session.completed', 'pull_request.opened', 'pull_request.awaited',
			'pull_request.feedback', 'session.resumed', 'session.completed', 'pull_request.updated', 'pull_request.awaited',
			'pull_request.feedback', 'session.resumed', 'session.completed', 'pull_request.updated', 'pull_request.awaited',
			'task.completed', 'worktree.removed',
		]);
		expect(processesIn(stage.n8n.dataDirectory)).toEqual([]);
		expect(stage.github.violations).toEqual([]);
	}, 300_000);

	test('whose pull request a person closes is cancelled, and its worktree goes', async () => {
		const issue = askFor(stage, 'Close me');
		const task = await taskIs(stage, issue, 'in_review', 90_000);
		const [session] = await sessionsOf(stage, task.id);
		await asleep(stage, task.id);
		const [number = 0] = pullRequestsOf(stage, issue);
		await stage.github.closePullRequest(at(number), 'ada');
		expect(await taskIs(stage, issue, 'cancelled')).toMatchObject({ statusReason: expect.stringContaining('was closed without a merge') });
		await stage.reconcile();
		expect(existsSync(String(session?.workspace))).toBe(false);
		expect((await stage.rows('maestro_waits')).filter(({ taskId }) => taskId === task.id)).toMatchObject([{ status: 'woken', lastVerdict: 'closed' }]);
		expect((await events(task.id)).slice(-2)).toEqual(['task.cancelled', 'worktree.removed']);
	}, 180_000);

	test('whose pull request a person closes keeps its worktree where work in it was never pushed', async () => {
		const issue = askFor(stage, 'Close mine');
		const task = await taskIs(stage, issue, 'in_review', 90_000);
		const [session] = await sessionsOf(stage, task.id);
		const worktree = String(session?.workspace);
		await asleep(stage, task.id);
		writeFileSync(join(worktree, 'unpushed.txt'), 'precious\n');
		execFileSync('git', ['add', '-A'], { cwd: worktree });
		execFileSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.invalid', 'commit', '-q', '-m', 'Precious'], { cwd: worktree });
		const [number = 0] = pullRequestsOf(stage, issue);
		await stage.github.closePullRequest(at(number), 'ada');
		await taskIs(stage, issue, 'cancelled');
		await stage.reconcile();
		expect(readFileSync(join(worktree, 'unpushed.txt'), 'utf8')).toBe('precious\n');
		expect(stage.github.violations).toEqual([]);
	}, 180_000);
});
