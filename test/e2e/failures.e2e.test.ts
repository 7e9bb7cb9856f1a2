import { execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findSession } from '../../core/agent/session-processes';
import { claudePath } from '../fixtures/agent/cli';
import {
	bash, done, editTestCommit, failingFirst, hangBefore, hangInTheMiddle, longOutput, overloaded, question, rateLimited, structured, together, unauthorized, usageLimit, use, when,
	type Conversation, type Reply, type Turn,
} from '../fixtures/model';
import { askFor, asleep, atOnce, eventsOf, pullRequestsOf, runsOf, sessionsOf, taskIs, taskOf, workOnce, type RowOf } from './support/flow';
import { waitFor } from './support/poll';
import { property, record } from './support/rest';
import { openStage, type Stage, type StageOptions } from './support/stage';

const work = (name: string): Turn[] => editTestCommit({ files: { [`${name}.txt`]: `${name}\n` }, test: '', commit: `Work on ${name}`, summary: `Did ${name}.` });

/** Minutes in use, seconds here. */
const IMPATIENT = { firstEventTimeout: 20, idleTimeout: 8 };
const adapt: NonNullable<StageOptions['adapt']> = (name, workflow) => {
	const adapted = atOnce(name, workflow);
	const nodes = adapted.nodes.map((node) =>
		String(node.type).endsWith('maestroSpawnAgent')
			? { ...node, parameters: { ...record(node.parameters), options: { ...record(property(node.parameters, 'options')), ...IMPATIENT } } }
			: node);
	return { ...adapted, nodes };
};

/** The subscription is used up from the first request on, for some seconds. */
function usedUpFor(ms: number, then: readonly Turn[]): (conversation: Conversation) => Reply {
	let until: Date | undefined;
	return (conversation) => {
		// The service names whole seconds.
		until ??= new Date(Math.ceil((Date.now() + ms) / 1000) * 1000);
		if (Date.now() < until.getTime()) return usageLimit(until);
		const turn = then[Math.min(conversation.turn, then.length - 1)] ?? done('');
		return typeof turn === 'function' ? turn(conversation) : turn;
	};
}

const LONG = 400_000;
const scripts = [
	when(({ lastPrompt }) => /Ask which colour/.test(lastPrompt) && /It is blue/.test(lastPrompt)).turns(work('colour')),
	when(/Ask which colour/).turns([bash('git log --oneline -1'), question('Which colour shall it be, @ada?')]),
	when(/Refuse the token/).turns([unauthorized()]),
	when(/Use up the plan/).turns(usedUpFor(15_000, work('plan'))),
	when(/Too fast/).turns([rateLimited(120)]),
	when(/Overload it/).turns([failingFirst(2, overloaded(), bash('true')), ...work('overload')]),
	when(/Deny a tool/).turns([use('Write', { file_path: '/etc/maestro-was-here', content: 'no' }), structured({ status: 'blocked', summary: 'I may not write there.' })]),
	when(/Hang before/).turns([hangBefore()]),
	when(/Hang in the middle/).turns([bash('sleep 300 & echo started'), hangInTheMiddle()]),
	when(/Talk at length/).turns([together(longOutput(LONG), bash('head -c 300000 /dev/zero | tr "\\0" x')), ...work('length')]),
	when(/Do nothing/).turns([done('It was right already.')]),
	when(/Touch the workflows/).turns(workOnce({ files: { '.github/workflows/ci.yml': 'on: push\n', 'fine.txt': 'fine\n' }, test: '', commit: 'Change the CI', summary: 'Changed it.' })),
	when(/Find the CLI/).turns(work('cli')),
];

describe('what can go wrong with a task', () => {
	let stage: Stage;

	beforeAll(async () => {
		stage = await openStage({ scripts, adapt });
	}, 180_000);
	afterAll(async () => await stage.close(), 60_000);

	const at = (number: number): { repository: string; number: number } => ({ repository: stage.fullName, number });
	const said = (issue: number): string[] => stage.github.issue(at(issue)).comments.map(({ body }) => body);
	const label = (issue: number): void => void stage.github.addLabel(at(issue), 'auto');

	/** A failed task: the reason on it, said once on the issue, and nothing left of the agent. */
	async function failsWith(title: string, failure: string): Promise<{ task: RowOf; issue: number; run: RowOf | undefined }> {
		const issue = askFor(stage, title);
		const task = await taskIs(stage, issue, 'failed', 90_000);
		expect(String(task.statusReason)).toMatch(new RegExp(`^${failure}: .+`));
		const [session] = await sessionsOf(stage, task.id);
		expect(session).toMatchObject({ status: 'failed' });
		expect(await findSession(String(session?.agentSessionId))).toEqual([]);
		const [run, ...others] = await runsOf(stage, task.id);
		expect(others).toEqual([]);
		expect(run).toMatchObject({ status: 'failed', failure, epoch: 1 });
		await waitFor('the word on the issue', () => (said(issue).length > 0 ? true : undefined));
		expect(said(issue)).toEqual([expect.stringContaining(`The agent could not do it (${failure})`)]);
		expect(await eventsOf(stage, task.id, 'task.failed')).toHaveLength(1);
		expect(pullRequestsOf(stage, issue)).toEqual([]);
		return { task, issue, run };
	}

	test('a question blocks the task and is said once on the issue; the answer goes to the same session', async () => {
		const issue = askFor(stage, 'Ask which colour');
		const task = await taskIs(stage, issue, 'blocked', 90_000);
		expect(task.statusReason).toBe('Question: Which colour shall it be, @ada?');
		const [asked] = await sessionsOf(stage, task.id);
		expect(asked).toMatchObject({ status: 'needs_input', question: 'Which colour shall it be, @ada?' });
		await waitFor('the question on the issue', () => (said(issue).length > 0 ? true : undefined));
		expect(said(issue)).toEqual([expect.stringContaining('Which colour shall it be')]);
		// The agent's words call nobody.
		expect(said(issue)[0]).not.toMatch(/(^|\s)@ada\b/);
		expect(await eventsOf(stage, task.id, 'session.needs_input')).toHaveLength(1);

		stage.github.issue(at(issue)).body = 'It is blue.';
		label(issue);
		const review = await taskIs(stage, issue, 'in_review', 90_000);
		expect(review).toMatchObject({ id: task.id, body: 'It is blue.', duplicates: 1 });
		expect(await sessionsOf(stage, task.id)).toMatchObject([{ agentSessionId: asked?.agentSessionId, status: 'completed' }]);
		expect(await runsOf(stage, task.id)).toMatchObject([{ purpose: 'implement', status: 'completed', epoch: 2 }]);
		const resumed = stage.model.requests.findLast(({ conversation }) => /It is blue/.test(conversation?.lastPrompt ?? ''))?.conversation;
		expect(resumed?.prompts).toHaveLength(2);
		expect(said(issue)).toHaveLength(1);
		expect(pullRequestsOf(stage, issue)).toHaveLength(1);
	}, 240_000);

	test('a refused token fails the task and names the field to mend', async () => {
		const { task } = await failsWith('Refuse the token', 'auth');
		expect(task.statusReason).toContain('"Token"');
	}, 120_000);

	test('a used-up plan pauses the session until the time that the service names; then it goes on', async () => {
		const issue = askFor(stage, 'Use up the plan');
		const paused = await waitFor('a paused session', async () => {
			const task = await taskOf(stage, issue);
			return task === undefined ? undefined : (await sessionsOf(stage, task.id)).find(({ status }) => status === 'paused');
		}, { limitMs: 60_000 });
		const resumeAt = Date.parse(String(paused.resumeAt));
		expect(Math.abs(resumeAt - Date.now())).toBeLessThan(20_000);
		expect(await taskOf(stage, issue)).toMatchObject({ status: 'in_progress' });
		expect(await findSession(String(paused.agentSessionId))).toEqual([]);
		// A sweep knows that it rests.
		await stage.reconcile();

		const task = await taskIs(stage, issue, 'in_review', 90_000);
		expect(Date.now()).toBeGreaterThanOrEqual(resumeAt);
		expect(await sessionsOf(stage, task.id)).toMatchObject([{ agentSessionId: paused.agentSessionId, status: 'completed' }]);
		expect(await runsOf(stage, task.id)).toMatchObject([{ purpose: 'implement', status: 'completed', epoch: 2 }]);
		expect(await eventsOf(stage, task.id, 'session.paused')).toHaveLength(1);
		expect(task.attempts).toBe(0);
	}, 240_000);

	test('a rate limit that does not end pauses the session for some minutes', async () => {
		const issue = askFor(stage, 'Too fast');
		const paused = await waitFor('a paused session', async () => {
			const task = await taskOf(stage, issue);
			return task === undefined ? undefined : (await sessionsOf(stage, task.id)).find(({ status }) => status === 'paused');
		}, { limitMs: 90_000 });
		expect(Date.parse(String(paused.resumeAt)) - Date.now()).toBeGreaterThan(120_000);
		expect(paused.statusReason).toBe('rate limit');
		expect(await findSession(String(paused.agentSessionId))).toEqual([]);
		const task = await taskIs(stage, issue, 'in_progress');
		const asleepNow = await waitFor('the execution to sleep until then', async () => {
			const execution = await stage.n8n.client.getExecution(String(task.executionId), { includeData: false });
			return execution.status === 'waiting' ? execution : undefined;
		});
		// A person who does not want to wait stops it; the sweep then says so.
		await stage.n8n.client.stopExecution(asleepNow.id);
		await stage.reconcile();
		await taskIs(stage, issue, 'blocked');
	}, 180_000);

	test('an overloaded service that recovers goes unnoticed', async () => {
		const issue = askFor(stage, 'Overload it');
		const task = await taskIs(stage, issue, 'in_review', 90_000);
		expect(await runsOf(stage, task.id)).toMatchObject([{ status: 'completed', epoch: 1 }]);
		expect(stage.model.requests.filter(({ status, conversation }) => status === 529 && /Overload it/.test(conversation?.lastPrompt ?? ''))).toHaveLength(2);
	}, 120_000);

	test('a denied tool fails the task and names the tool', async () => {
		const { task } = await failsWith('Deny a tool', 'tool_denied');
		expect(task.statusReason).toContain('Write');
	}, 120_000);

	test('a model that never answers runs into the first time limit', async () => {
		await failsWith('Hang before', 'first_event_timeout');
	}, 120_000);

	test('a model that goes silent runs into the idle limit, and what the agent started ends too', async () => {
		const { run } = await failsWith('Hang in the middle', 'idle_timeout');
		expect(run?.turns).toBeGreaterThan(0);
	}, 120_000);

	test('very long output does not swell what n8n keeps', async () => {
		const issue = askFor(stage, 'Talk at length');
		const task = await taskIs(stage, issue, 'in_review', 90_000);
		const { execution } = await asleep(stage, task.id);
		const whole = await stage.n8n.client.getExecution(execution.id);
		expect(JSON.stringify(whole.data).length).toBeLessThan(LONG / 4);
		for (const table of ['maestro_tasks', 'maestro_sessions', 'maestro_runs', 'maestro_events']) {
			expect(JSON.stringify((await stage.rows(table)).filter((row) => row.taskId === task.id)).length).toBeLessThan(LONG / 8);
		}
	}, 120_000);

	test('an agent that changed nothing blocks the task, and says so on the issue', async () => {
		const issue = askFor(stage, 'Do nothing');
		const task = await taskIs(stage, issue, 'blocked', 90_000);
		expect(task.statusReason).toContain('changed nothing');
		await waitFor('the word on the issue', () => (said(issue).length > 0 ? true : undefined));
		expect(said(issue)).toEqual([expect.stringContaining('There is nothing to propose')]);
		expect(pullRequestsOf(stage, issue)).toEqual([]);
	}, 120_000);

	test('a protected path is not proposed: the paths are named, the work stays on its branch', async () => {
		const issue = askFor(stage, 'Touch the workflows');
		const task = await taskIs(stage, issue, 'blocked', 90_000);
		expect(task.statusReason).toContain('`.github/workflows/ci.yml`');
		expect(task.statusReason).not.toContain('fine.txt');
		await waitFor('the word on the issue', () => (said(issue).length > 0 ? true : undefined));
		expect(said(issue)).toEqual([expect.stringContaining('`.github/workflows/ci.yml`')]);
		expect(pullRequestsOf(stage, issue)).toEqual([]);
		expect([...stage.github.repositoryState(stage.fullName).heads.keys()].filter((branch) => branch.startsWith(`maestro/${issue}-`))).toEqual([]);
		const [session] = await sessionsOf(stage, task.id);
		await stage.reconcile();
		const log = execFileSync('git', ['log', '--format=%s', '-1', String(session?.branch)], { cwd: String(session?.workspace), encoding: 'utf8' });
		expect(log.trim()).toBe('Change the CI');
		// Neither does the next try, which the label asks for and which changes nothing.
		label(issue);
		await waitFor('the second refusal', async () => ((await eventsOf(stage, task.id, 'task.blocked')).length === 2 ? true : undefined), { limitMs: 60_000 });
		expect(await runsOf(stage, task.id)).toMatchObject([{ status: 'completed', epoch: 2, agentSessionId: session?.agentSessionId }]);
		expect(said(issue)).toHaveLength(1);
		expect(pullRequestsOf(stage, issue)).toEqual([]);
	}, 180_000);

	test('a CLI that is missing or too old fails the task with the field to mend; mended, the label starts it again', async () => {
		const credential = stage.credentials.maestroClaudeApi;
		const setCli = async (cliPath: string): Promise<void> => {
			const data = { authMethod: 'oauthToken', token: stage.secrets.claude, baseUrl: stage.model.url, cliPath };
			await stage.n8n.client.editor(`/rest/credentials/${credential?.id}`, { method: 'PATCH', body: { name: 'Claude', type: 'maestroClaudeApi', data } });
		};
		const old = join(stage.root, 'old-claude');
		writeFileSync(old, '#!/bin/sh\necho "2.0.1 (Claude Code)"\n');
		chmodSync(old, 0o755);

		await setCli('/nowhere/claude');
		const issue = askFor(stage, 'Find the CLI');
		const missing = await taskIs(stage, issue, 'failed');
		expect(missing.statusReason).toMatch(/^cli_missing: .*\/nowhere\/claude.*"CLI Path"/);
		const execution = await stage.n8n.client.waitForExecution(stage.workflows.taskToPr, { accept: ({ id }) => id === missing.executionId });
		expect(execution.status).toBe('error');
		const shown = property(execution.data, 'resultData', 'error');
		expect(property(shown, 'message')).toContain('/nowhere/claude');
		expect(property(shown, 'description')).toContain('"CLI Path"');
		// It is for a person to mend: no sweep tries again.
		await stage.reconcile();
		expect(await taskOf(stage, issue)).toMatchObject({ status: 'failed', attempts: 0 });

		await setCli(old);
		label(issue);
		await waitFor('the next failure', async () => (String((await taskOf(stage, issue))?.statusReason).startsWith('cli_too_old') ? true : undefined), { seen: async () => await taskOf(stage, issue) });
		const tooOld = await taskIs(stage, issue, 'failed');
		expect(tooOld.statusReason).toMatch(/2\.0\.1.*"CLI Path"/);

		await setCli(claudePath());
		label(issue);
		const task = await taskIs(stage, issue, 'in_review', 90_000);
		expect(task).toMatchObject({ id: missing.id, duplicates: 2, statusReason: '' });
		expect(await sessionsOf(stage, task.id)).toHaveLength(1);
	}, 240_000);

	test('GitHub saw no request that it would have refused', () => {
		expect(stage.github.violations).toEqual([]);
	});
});
