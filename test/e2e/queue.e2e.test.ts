/** n8n in queue mode: PostgreSQL, Redis, a main process and two workers, each with a home of its own; only MAESTRO_DATA_DIR is shared. */
import { findSession } from '../../core/agent/session-processes';
import { when, type Turn } from '../fixtures/model';
import { act, agentsOf, askFor, asleep, atOnce, commitsOf, doAsTitled, eventsOf, executionOf, gate, labelOften, pullRequestsOf, runsOf, sessionsOf, taskIs, taskOf, watchAgents, workOnce, type Gate, type RowOf } from './support/flow';
import { waitFor } from './support/poll';
import { isBelow } from './support/processes';
import type { Worker } from './support/queue';
import { record } from './support/rest';
import { openStage, type Stage, type StageOptions } from './support/stage';

/** So many fill one worker. */
const CONCURRENCY = 5;
const MOST = CONCURRENCY + 1;

/** n8n gives a killed worker's jobs up after 20 to 50 seconds, instead of one or two minutes. */
const SOONER = { QUEUE_WORKER_LOCK_DURATION: '30000', QUEUE_WORKER_STALLED_INTERVAL: '10000' };

const adapt: NonNullable<StageOptions['adapt']> = (name, workflow) => {
	const adapted = atOnce(name, workflow);
	return { ...adapted, nodes: adapted.nodes.map((node) => (node.name === 'When a task is ready' ? { ...node, parameters: { ...record(node.parameters), maxRunning: MOST } } : node)) };
};

describe('queue mode with two workers', () => {
	let stage: Stage;
	let crowd: Gate;
	let stopped: Gate;
	let leaving: Gate;
	let halfway: Gate;

	beforeAll(async () => {
		stage = await openStage({ scripts: [], adapt, env: SOONER, queue: { workers: 2, concurrency: CONCURRENCY }, project: { maxRunning: MOST } });
		[crowd, stopped, leaving, halfway] = [gate(stage.root, 'crowd'), gate(stage.root, 'stopped'), gate(stage.root, 'leaving'), gate(stage.root, 'halfway')];
		const inTwoHalves = (between: Gate): Turn[] => [
			...workOnce({ files: { 'one.txt': 'one\n' }, test: '', commit: 'First half', summary: '' }).slice(0, -1),
			between.turn,
			...workOnce({ files: { 'two.txt': 'two\n' }, test: '', commit: 'Second half', summary: 'Both halves.' }),
		];
		stage.model.setScripts([
			when(/Your work is proposed/).turns((conversation) => act(workOnce({ files: { 'answer.txt': 'answered\n' }, test: '', commit: 'Answer the review', summary: 'Answered.' }), conversation)),
			when('Stand in the crowd').turns((conversation) => {
				const title = /Title: (Stand in the crowd \d+)/.exec(conversation.lastPrompt)?.[1] ?? '';
				return act([crowd.turn, ...workOnce({ files: { [`${title.replaceAll(' ', '-')}.txt`]: 'here\n' }, test: '', commit: title, summary: title })], conversation);
			}),
			when('Stop me').turns([stopped.turn]),
			when('Go on elsewhere').turns(inTwoHalves(leaving)),
			when('Work in two halves').turns(inTwoHalves(halfway)),
			doAsTitled,
		]);
	}, 240_000);
	afterAll(async () => await stage.close(), 60_000);

	const at = (number: number) => ({ repository: stage.fullName, number });
	const sessionOf = async (task: RowOf): Promise<string> =>
		await waitFor('the session', async () => {
			const [session] = await sessionsOf(stage, task.id);
			return session === undefined ? undefined : String(session.agentSessionId);
		});
	/** The worker that an agent runs below. */
	const workerOf = (agentSessionId: string): Worker => {
		const [agent = 0] = agentsOf(agentSessionId);
		const found = stage.n8n.workers.find((worker) => isBelow(agent, worker.pid()));
		if (found === undefined) throw new Error(`The agent ${agent} runs below no worker.`);
		return found;
	};
	const otherThan = (worker: Worker): Worker | undefined => stage.n8n.workers.find((each) => each !== worker);
	/** One task, one session with one run, one pull request with these commits. */
	const expectOnce = async (issue: number, commits: readonly string[]): Promise<RowOf> => {
		const tasks = (await stage.rows('maestro_tasks')).filter(({ issueNumber }) => issueNumber === issue);
		expect(tasks).toHaveLength(1);
		const [number = 0, ...others] = pullRequestsOf(stage, issue);
		expect(others).toEqual([]);
		expect(commitsOf(stage, number)).toEqual(commits);
		expect(await sessionsOf(stage, tasks[0]?.id)).toMatchObject([{ status: 'completed' }]);
		const [run = {}, ...furtherRuns] = await runsOf(stage, tasks[0]?.id);
		expect(furtherRuns).toEqual([]);
		expect(run).toMatchObject({ purpose: 'implement', status: 'completed' });
		expect(await eventsOf(stage, tasks[0]?.id, 'pull_request.opened')).toHaveLength(1);
		expect(stage.github.violations).toEqual([]);
		return run;
	};

	test('a labelled issue becomes a pull request, is reviewed and merged, and workers carry out every execution', async () => {
		const issue = askFor(stage, 'Work through workers');
		const task = await taskIs(stage, issue, 'in_review', 120_000);
		await asleep(stage, task.id);
		const [number = 0] = pullRequestsOf(stage, issue);
		await stage.github.review(at(number), { author: 'ada', association: 'MEMBER', state: 'changes_requested', body: 'Please add an answer.' });
		await waitFor('the answer', async () => (await runsOf(stage, task.id)).find((run) => String(run.purpose).startsWith('feedback:') && run.status === 'completed'), { limitMs: 90_000 });
		await asleep(stage, task.id);
		expect(await sessionsOf(stage, task.id)).toHaveLength(1);
		expect(commitsOf(stage, number)).toEqual(['Answer the review', 'Work through workers']);
		await stage.github.merge(at(number), 'ada');
		expect(await taskIs(stage, issue, 'completed', 60_000)).toMatchObject({ rounds: 1 });
		expect(stage.github.violations).toEqual([]);

		const all = (await stage.n8n.client.listExecutions()).map(({ id }) => id);
		const begun = new Set((await Promise.all(stage.n8n.workers.map(async (worker) => await worker.executions()))).flat());
		expect(all.length).toBeGreaterThan(2);
		expect(all.filter((id) => !begun.has(id))).toEqual([]);
	}, 240_000);

	test('runs at once spread over both workers', async () => {
		const issues: number[] = [];
		const busy = new Set<Worker>();
		// Redis hands jobs to the two by turns, and an issue takes two jobs: a sweep between them changes the turn. One more than a worker takes cannot all be on one.
		while (busy.size < 2 && issues.length < MOST) {
			if (issues.length > 0) await stage.reconcile();
			const issue = askFor(stage, `Stand in the crowd ${issues.length + 1}`);
			issues.push(issue);
			const task = await taskIs(stage, issue, 'in_progress');
			await crowd.reached(issues.length);
			busy.add(workerOf(await sessionOf(task)));
		}
		expect(busy.size).toBe(2);
		crowd.open();
		for (const [index, issue] of issues.entries()) {
			await taskIs(stage, issue, 'in_review', 90_000);
			expect(await expectOnce(issue, [`Stand in the crowd ${index + 1}`])).toMatchObject({ epoch: 1 });
		}
	}, 240_000);

	test('50 copies of one signal at once make one task, one session, one pull request', async () => {
		const issue = stage.github.openIssue({ repository: stage.fullName, title: 'Ask fifty times', body: 'Please.', association: 'OWNER' });
		const ended = async () => await stage.n8n.client.listExecutions({ workflowId: stage.workflows.issueToTask });
		const before = (await ended()).length;
		labelOften(stage, issue, 50);
		await stage.github.delivered();
		const { id } = await taskIs(stage, issue, 'in_review', 120_000);
		// The stand-in hangs up after ten seconds, as GitHub does: on a busy machine n8n has not read all of them by then. Each that it took has an execution, and n8n lists those that have ended.
		await waitFor('every copy that came in to be counted', async () => {
			const taken = (await ended()).length - before;
			return taken > 1 && (await taskOf(stage, issue))?.duplicates === taken - 1 ? true : undefined;
		}, {
			limitMs: 90_000,
			everyMs: 500,
			seen: async () => ({ taken: (await ended()).length - before, duplicates: (await taskOf(stage, issue))?.duplicates, log: (await stage.n8n.log()).split('\n').filter((line) => /error|webhook/i.test(line)).slice(-8) }),
		});
		await asleep(stage, id);
		expect(await expectOnce(issue, ['Ask fifty times'])).toMatchObject({ epoch: 1 });
	}, 240_000);

	test('the Stop button reaches the agent on its worker', async () => {
		const issue = askFor(stage, 'Stop me');
		await stopped.reached();
		const task = await taskIs(stage, issue, 'in_progress');
		const agentSessionId = await sessionOf(task);
		await stage.n8n.client.stopExecution(await executionOf(stage, issue));
		expect(await taskIs(stage, issue, 'blocked', 30_000)).toMatchObject({ statusReason: 'Stopped by a person' });
		await waitFor('no process of the session', async () => ((await findSession(agentSessionId)).length === 0 ? true : undefined), { limitMs: 20_000 });
		expect(await runsOf(stage, task.id)).toMatchObject([{ status: 'stopped', epoch: 1 }]);
	}, 120_000);

	test('a worker is shut down in good order: the same session goes on with the other one', async () => {
		const issue = askFor(stage, 'Go on elsewhere');
		await leaving.reached();
		const agentSessionId = await sessionOf(await taskIs(stage, issue, 'in_progress'));
		const left = workerOf(agentSessionId);
		process.kill(left.pid(), 'SIGTERM');
		await waitFor('the worker to end', () => (left.isRunning() ? undefined : true), { limitMs: 40_000 });
		expect(agentsOf(agentSessionId)).toEqual([]);
		await waitFor('the agent on the other worker', async () => {
			if (leaving.times() < 2) await stage.reconcile();
			return leaving.times() >= 2 ? true : undefined;
		}, { limitMs: 90_000, everyMs: 1_000 });
		expect(workerOf(agentSessionId)).toBe(otherThan(left));
		leaving.open();
		await Promise.all([taskIs(stage, issue, 'in_review', 90_000), left.restart()]);
		await expectOnce(issue, ['Second half', 'First half']);
		expect(await eventsOf(stage, (await taskOf(stage, issue))?.id, 'session.stopped')).toEqual([]);
	}, 240_000);

	test('the worker of an agent is killed: what outlived it is ended, and the same session goes on with the other one', async () => {
		const issue = askFor(stage, 'Work in two halves');
		await halfway.reached();
		const task = await taskIs(stage, issue, 'in_progress');
		const agentSessionId = await sessionOf(task);
		const execution = await executionOf(stage, issue);
		const watch = watchAgents(agentSessionId);
		const [survivor] = agentsOf(agentSessionId);
		const killed = workerOf(agentSessionId);

		await killed.kill9();
		expect(agentsOf(agentSessionId)).toEqual([survivor]);
		// As long as n8n takes the execution for running, so does Maestro, whatever the heartbeat: nobody else works on the task.
		let meanwhile: RowOf[] = [];
		await waitFor('n8n to give the job up', async () => {
			const runs = await runsOf(stage, task.id);
			const { status } = await stage.n8n.client.getExecution(execution, { includeData: false });
			if (status === 'running') meanwhile = runs;
			return status === 'error' ? true : undefined;
		}, { limitMs: 180_000, everyMs: 500 });
		expect(meanwhile).toMatchObject([{ status: 'running', epoch: 1, executionId: execution }]);
		// Nobody helps: the published schedule finds it within a minute.
		await waitFor('a second agent', () => (halfway.times() >= 2 ? true : undefined), { limitMs: 120_000 });
		expect(agentsOf(agentSessionId)).toHaveLength(1);
		expect(agentsOf(agentSessionId)).not.toEqual([survivor]);
		expect(workerOf(agentSessionId)).toBe(otherThan(killed));
		halfway.open();
		await taskIs(stage, issue, 'in_review', 90_000);
		await asleep(stage, task.id);

		const seen = watch.end();
		expect(seen.most).toBe(1);
		expect(seen.pids).toHaveLength(2);
		const run = await expectOnce(issue, ['Second half', 'First half']);
		expect(run).toMatchObject({ agentSessionId });
		expect(Number(run.epoch)).toBeGreaterThan(1);
		expect(await eventsOf(stage, task.id, 'task.interrupted')).toHaveLength(1);
	}, 400_000);
});
