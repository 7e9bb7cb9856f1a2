import { bash, usageLimit, when } from '../fixtures/model';
import { act, agentsOf, askFor, asleep, atOnce, commitsOf, doAsTitled, eventsOf, gate, pullRequestsOf, runsOf, sessionsOf, taskIs, taskOf, watchAgents, workOnce, type Gate } from './support/flow';
import { waitFor } from './support/poll';
import { openStage, type Stage } from './support/stage';

/** n8n is killed with SIGKILL at every place where it hurts, and started again: what was begun is finished, and nothing is done twice. */
describe('n8n killed and started again', () => {
	let stage: Stage;
	let halfway: Gate;
	let limitEnds = new Date();

	beforeAll(async () => {
		stage = await openStage({ scripts: [], adapt: atOnce });
		halfway = gate(stage.root, 'halfway');
		stage.model.setScripts([
			when(/Your work is proposed/).turns((conversation) => {
				const file = `answer-${/maestro feedback (\w+)/.exec(conversation.lastPrompt)?.[1] ?? 'x'}.txt`;
				const turns = workOnce({ files: { [file]: 'answered\n' }, test: '', commit: 'Answer the review', summary: 'Answered.' });
				return act(turns, conversation);
			}),
			when('Work in two halves').turns([
				bash("echo one > one.txt; git add -A; git diff --cached --quiet || git commit -q -m 'First half'"),
				halfway.turn,
				...workOnce({ files: { 'two.txt': 'two\n' }, test: '', commit: 'Second half', summary: 'Both halves.' }),
			]),
			when('Run into the limit').turns((conversation) => {
				if (Date.now() < limitEnds.getTime()) return usageLimit(limitEnds);
				const turns = workOnce({ files: { 'limit.txt': 'late\n' }, test: '', commit: 'Work after the limit', summary: 'Late.' });
				return act(turns, conversation);
			}),
			doAsTitled,
		]);
	}, 180_000);
	afterAll(async () => await stage.close(), 60_000);

	const at = (number: number) => ({ repository: stage.fullName, number });
	const killAndStart = async (): Promise<void> => {
		await stage.n8n.kill9();
		await stage.n8n.restart();
	};
	/** One pull request, one session, nobody bothered. */
	const expectOnce = async (issue: number, commits: readonly string[]): Promise<number> => {
		const task = await taskOf(stage, issue);
		const [number = 0, ...others] = pullRequestsOf(stage, issue);
		expect(others).toEqual([]);
		expect(number).toBeGreaterThan(0);
		expect(commitsOf(stage, number)).toEqual(commits);
		expect(await sessionsOf(stage, task?.id)).toHaveLength(1);
		expect(stage.github.issue(at(issue)).comments).toEqual([]);
		expect(stage.github.issue(at(number)).comments).toEqual([]);
		expect(stage.github.violations).toEqual([]);
		return number;
	};

	test('while the agent works: the agent that outlived it is ended, and the same session goes on by itself', async () => {
		const issue = askFor(stage, 'Work in two halves');
		await halfway.reached();
		const task = await taskIs(stage, issue, 'in_progress');
		const [session] = await sessionsOf(stage, task.id);
		const agentSessionId = String(session?.agentSessionId);
		const watch = watchAgents(agentSessionId);
		const [survivor] = agentsOf(agentSessionId);

		await stage.n8n.kill9();
		expect(agentsOf(agentSessionId)).toEqual([survivor]);
		await stage.n8n.restart();
		// Nobody helps: the published schedule finds it within a minute.
		await waitFor('a second agent', () => (halfway.times() >= 2 ? true : undefined), { limitMs: 120_000 });
		expect(agentsOf(agentSessionId)).toHaveLength(1);
		expect(agentsOf(agentSessionId)).not.toEqual([survivor]);
		halfway.open();
		await taskIs(stage, issue, 'in_review', 90_000);

		const seen = watch.end();
		expect(seen.most).toBe(1);
		expect(seen.pids).toHaveLength(2);
		await asleep(stage, task.id);
		await expectOnce(issue, ['Second half', 'First half']);
		expect(await sessionsOf(stage, task.id)).toMatchObject([{ agentSessionId, status: 'completed' }]);
		const [run, ...others] = await runsOf(stage, task.id);
		expect(others).toEqual([]);
		expect(run).toMatchObject({ purpose: 'implement', status: 'completed', agentSessionId });
		expect(Number(run?.epoch)).toBeGreaterThan(1);
		expect(await eventsOf(stage, task.id, 'pull_request.opened')).toHaveLength(1);
	}, 300_000);

	test.each([
		['and it never arrives', 'Never arrives', { status: 503, delayMs: 10_000 }],
		['and it is carried out later', 'Arrives late', { delayMs: 10_000 }],
	])('while a pull request is being opened, %s: there is one', async (_, title, fault) => {
		let hasArrived = false;
		stage.github.failNext((method, path) => {
			const isIt = method === 'POST' && path.endsWith('/pulls');
			hasArrived ||= isIt;
			return isIt;
		}, fault);
		const issue = askFor(stage, title);
		await waitFor('the request for a pull request', () => (hasArrived ? true : undefined), { limitMs: 60_000, everyMs: 20 });
		expect(pullRequestsOf(stage, issue)).toEqual([]);
		await killAndStart();
		await stage.reconcile();
		const task = await taskIs(stage, issue, 'in_review', 90_000);
		await asleep(stage, task.id);
		stage.github.clearFaults();
		expect(await runsOf(stage, task.id)).toMatchObject([{ status: 'completed', epoch: 1 }]);
		await expectOnce(issue, [title]);
	}, 240_000);

	test('after a pull request was opened and before it heard so: it is found again', async () => {
		const issue = askFor(stage, 'Answer is lost');
		const isThere = (): boolean => pullRequestsOf(stage, issue).length > 0;
		stage.github.failNext('POST /repos/*/pulls', { lost: true });
		stage.github.failNext((method, path) => isThere() && method !== 'DELETE' && path.endsWith('/pulls'), { delayMs: 10_000 });
		await waitFor('the pull request', () => (isThere() ? true : undefined), { limitMs: 60_000, everyMs: 10 });
		await killAndStart();
		stage.github.clearFaults();
		expect(await taskOf(stage, issue)).toMatchObject({ status: 'in_progress', pullRequestNumber: 0 });
		await stage.reconcile();
		const task = await taskIs(stage, issue, 'in_review', 90_000);
		await asleep(stage, task.id);
		expect(await runsOf(stage, task.id)).toMatchObject([{ status: 'completed', epoch: 1 }]);
		await expectOnce(issue, ['Answer is lost']);
	}, 240_000);

	test('while a pull request is awaited: it sleeps on, and what was said meanwhile is answered once', async () => {
		const issue = askFor(stage, 'Awaited over a crash');
		const task = await taskIs(stage, issue, 'in_review', 90_000);
		const before = await asleep(stage, task.id);
		const [number = 0] = pullRequestsOf(stage, issue);
		await stage.n8n.kill9();
		// GitHub's webhook finds nobody at home.
		await stage.github.review(at(number), { author: 'ada', association: 'MEMBER', state: 'changes_requested', body: 'maestro feedback awaited' });
		await stage.github.delivered();
		await stage.n8n.restart();
		expect((await stage.n8n.client.getExecution(before.execution.id)).status).toBe('waiting');
		await stage.reconcile();
		await waitFor('the answer', async () => (await runsOf(stage, task.id)).find((run) => String(run.purpose).startsWith('feedback:') && run.status === 'completed'), { limitMs: 90_000 });
		await asleep(stage, task.id);
		await stage.reconcile();
		await asleep(stage, task.id);
		expect(await runsOf(stage, task.id)).toHaveLength(2);
		await expectOnce(issue, ['Answer the review', 'Awaited over a crash']);
		await stage.github.merge(at(number), 'ada');
		const completed = await taskIs(stage, issue, 'completed', 60_000);
		expect(completed.rounds).toBe(1);
	}, 240_000);

	test('right after a wait was woken: the feedback is handed over once', async () => {
		const issue = askFor(stage, 'Woken and killed');
		const task = await taskIs(stage, issue, 'in_review', 90_000);
		await asleep(stage, task.id);
		const [number = 0] = pullRequestsOf(stage, issue);
		await stage.github.review(at(number), { author: 'ada', association: 'MEMBER', state: 'changes_requested', body: 'maestro feedback woken' });
		await waitFor('the wait to be woken', async () => (await stage.rows('maestro_waits')).find((wait) => wait.taskId === task.id && wait.status === 'woken'), { limitMs: 60_000, everyMs: 5 });
		await killAndStart();
		await waitFor(
			'the answer',
			async () => {
				await stage.reconcile();
				return (await runsOf(stage, task.id)).find((run) => String(run.purpose).startsWith('feedback:') && run.status === 'completed');
			},
			{ limitMs: 200_000, everyMs: 3_000, seen: async () => ({ task: await taskOf(stage, issue), runs: await runsOf(stage, task.id), waits: (await stage.rows('maestro_waits')).filter((wait) => wait.taskId === task.id) }) },
		);
		await asleep(stage, task.id);
		expect(await runsOf(stage, task.id)).toHaveLength(2);
		expect(await taskOf(stage, issue)).toMatchObject({ rounds: 1, status: 'in_review' });
		await expectOnce(issue, ['Answer the review', 'Woken and killed']);
		await stage.github.merge(at(number), 'ada');
		await taskIs(stage, issue, 'completed', 60_000);
	}, 300_000);

	test('while a usage limit is waited for: the run goes on when the limit ends, and not before', async () => {
		limitEnds = new Date(Date.now() + 45_000);
		const issue = askFor(stage, 'Run into the limit');
		const session = await waitFor(
			'the pause',
			async () => {
				const task = await taskOf(stage, issue);
				return task === undefined ? undefined : (await sessionsOf(stage, task.id)).find(({ status }) => status === 'paused');
			},
			{ limitMs: 40_000 },
		);
		await killAndStart();
		await stage.reconcile();
		const asked = stage.model.requests.length;
		await waitFor('the limit to end', () => (Date.now() > limitEnds.getTime() ? true : undefined), { limitMs: 60_000 });
		const early = stage.model.requests.slice(asked).filter(({ at: when_ }) => when_.getTime() < limitEnds.getTime() - 1_000);
		expect(early).toEqual([]);
		const task = await taskIs(stage, issue, 'in_review', 120_000);
		expect(await sessionsOf(stage, task.id)).toMatchObject([{ agentSessionId: session.agentSessionId, status: 'completed' }]);
		expect(await runsOf(stage, task.id)).toHaveLength(1);
		await expectOnce(issue, ['Work after the limit']);
	}, 240_000);
});
