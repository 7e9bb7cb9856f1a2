import { execFileSync } from 'node:child_process';
import { bash, done, when } from '../fixtures/model';
import { askFor, asleep, commitsOf, doAsTitled, editRows, eventsOf, gate, pullRequestsOf, runsOf, sessionsOf, statusSetter, taskIs, taskOf, withOptions, type Gate, type RowOf } from './support/flow';
import { waitFor } from './support/poll';
import { openStage, type Stage } from './support/stage';

/** Every wait can end badly, early, twice or never: what a person sees then, and that nothing is done twice. */
describe('waiting for people', () => {
	let stage: Stage;
	let answering: Gate;
	let setStatus: (taskId: unknown, status: string) => Promise<void>;

	beforeAll(async () => {
		stage = await openStage({ scripts: [], adapt: (_, workflow) => withOptions(workflow, { settleSeconds: 0 }, { maxRounds: 1 }) });
		answering = gate(stage.root, 'answering');
		// Another text each time: what one pull request merged must not be the next one's answer already.
		const answer = [bash("date +%s%N > ANSWER.md && git add -A && git commit -q -m 'Answer the review'"), done('Answered.')];
		const slowAnswer = [answering.turn, ...answer];
		stage.model.setScripts([
			when(/Nothing needs to change/).turns([done('The comment is about another file.')]),
			when(/Take your time/).turns(slowAnswer),
			when(/Your work is proposed/).turns(answer),
			doAsTitled,
		]);
		setStatus = await statusSetter(stage);
	}, 180_000);
	afterAll(async () => await stage.close(), 60_000);

	const at = (number: number) => ({ repository: stage.fullName, number });
	const ask = async (number: number, body: string): Promise<string[]> => await stage.github.review(at(number), { author: 'ada', association: 'MEMBER', state: 'changes_requested', body });
	const open = async (title: string): Promise<{ issue: number; id: unknown; number: number }> => {
		const issue = askFor(stage, title);
		const { id } = await taskIs(stage, issue, 'in_review', 90_000);
		await asleep(stage, id);
		return { issue, id, number: pullRequestsOf(stage, issue)[0] ?? 0 };
	};
	const feedbackRun = async (id: unknown, limitMs = 90_000): Promise<RowOf> =>
		await waitFor('the feedback run', async () => (await runsOf(stage, id)).find((run) => String(run.purpose).startsWith('feedback:') && run.status === 'completed'), { limitMs });
	const saidOn = (number: number): string[] => stage.github.issue(at(number)).comments.map(({ body }) => body);

	test('a webhook and two sweeps at once wake it once', async () => {
		const { issue, id, number } = await open('Wake me once');
		await ask(number, 'Please say more.');
		await Promise.all([stage.reconcile(), stage.reconcile()]);
		await feedbackRun(id);
		await asleep(stage, id);
		await stage.reconcile();
		expect(await eventsOf(stage, id, 'pull_request.feedback')).toHaveLength(1);
		expect(await runsOf(stage, id)).toHaveLength(2);
		expect(await sessionsOf(stage, id)).toHaveLength(1);
		expect(commitsOf(stage, number)).toEqual(['Answer the review', 'Wake me once']);

		// All rounds are used up: what is asked now waits for a person, and is kept.
		await ask(number, 'And one thing more.');
		await stage.github.delivered();
		await stage.reconcile();
		const { wait } = await asleep(stage, id);
		expect(wait.lastVerdict).toBe('all rounds with the agent are used up, and there is more to answer');
		expect(await runsOf(stage, id)).toHaveLength(2);
		await stage.github.merge(at(number), 'ada');
		await taskIs(stage, issue, 'completed');
	}, 240_000);

	test('feedback that the agent answers without a commit is not handed out again', async () => {
		const { issue, id, number } = await open('Leave it as it is');
		await ask(number, 'Nothing needs to change, or does it?');
		await feedbackRun(id);
		await asleep(stage, id);
		await stage.reconcile();
		await stage.reconcile();
		const { wait } = await asleep(stage, id);
		expect(wait.lastVerdict).toBe('the agent has answered; ada asked for changes and has not looked again');
		expect(await runsOf(stage, id)).toHaveLength(2);
		expect(await taskOf(stage, issue)).toMatchObject({ status: 'in_review', rounds: 1 });
	}, 180_000);

	test('the execution of a wait that a person deleted is replaced, and nothing is done again', async () => {
		const { issue, id, number } = await open('Delete my execution');
		const before = await asleep(stage, id);
		await stage.n8n.client.api(`/executions/${before.execution.id}`, { method: 'DELETE' });
		await stage.reconcile();
		const after = await asleep(stage, id);
		expect(after.execution.id).not.toBe(before.execution.id);
		expect(await runsOf(stage, id)).toMatchObject([{ purpose: 'implement', epoch: 1 }]);
		expect(pullRequestsOf(stage, issue)).toEqual([number]);
		expect(await taskOf(stage, issue)).toMatchObject({ status: 'in_review' });
		await stage.github.merge(at(number), 'ada');
		await taskIs(stage, issue, 'completed');
	}, 180_000);

	test('a wait that a person stopped blocks the task; set to pending, it sleeps again', async () => {
		const { issue, id, number } = await open('Stop my wait');
		const before = await asleep(stage, id);
		await stage.n8n.client.stopExecution(before.execution.id);
		await stage.reconcile();
		expect(await taskIs(stage, issue, 'blocked')).toMatchObject({ statusReason: `A person stopped execution ${before.execution.id}` });
		await stage.reconcile();
		expect(await taskOf(stage, issue)).toMatchObject({ status: 'blocked' });
		await setStatus(id, 'pending');
		const after = await asleep(stage, id);
		expect(after.execution.id).not.toBe(before.execution.id);
		expect(await taskOf(stage, issue)).toMatchObject({ status: 'in_review', pullRequestNumber: number });
		expect(await runsOf(stage, id)).toMatchObject([{ purpose: 'implement', epoch: 1 }]);
		expect((await stage.rows('maestro_waits')).filter((wait) => wait.taskId === id && wait.status === 'waiting')).toHaveLength(1);
	}, 180_000);

	test('a wait whose time is up leaves on Timed Out, blocks the task and says so on the issue', async () => {
		const { issue, id } = await open('Wait for nobody');
		const { wait, execution } = await asleep(stage, id);
		await editRows(stage, 'maestro_waits', wait.id, { timeoutAt: new Date(Date.now() - 1_000).toISOString() });
		await stage.reconcile();
		const blocked = await taskIs(stage, issue, 'blocked');
		expect(blocked.statusReason).toMatch(/^Nobody merged or closed .* in time; Maestro waits no longer\.$/);
		await waitFor('the flow to end', async () => ((await stage.n8n.client.getExecution(execution.id, { includeData: false })).status === 'success' ? true : undefined));
		expect([...saidOn(issue), ...saidOn(Number(blocked.pullRequestNumber))].filter((body) => body.includes('Maestro waits no longer'))).toHaveLength(1);
	}, 180_000);

	test('a commit that a person pushed between two rounds is built upon', async () => {
		const { id, number } = await open('Let me help');
		const branch = String((await stage.rows('maestro_tasks')).find((task) => task.id === id)?.branch);
		const theirs = await stage.github.pushCommit({ repository: stage.fullName, branch, files: { 'person.txt': 'by hand\n' }, message: 'By a person' });
		await ask(number, 'Please say more.');
		await feedbackRun(id);
		await asleep(stage, id);
		expect(commitsOf(stage, number)).toEqual(['Answer the review', 'By a person', 'Let me help']);
		const { gitPath } = stage.github.repositoryState(stage.fullName);
		expect(execFileSync('git', ['merge-base', '--is-ancestor', theirs, branch], { cwd: gitPath }).toString()).toBe('');
		expect(execFileSync('git', ['ls-tree', '-r', '--name-only', branch], { cwd: gitPath, encoding: 'utf8' })).toContain('person.txt');
	}, 180_000);

	test('a branch that went two ways is not pushed over: the task is blocked with words that help', async () => {
		const { issue, id, number } = await open('Two at once');
		const branch = String((await taskOf(stage, issue))?.branch);
		await ask(number, 'Take your time.');
		await answering.reached();
		const theirs = await stage.github.pushCommit({ repository: stage.fullName, branch, files: { 'person.txt': 'by hand\n' }, message: 'By a person' });
		answering.open();
		const blocked = await taskIs(stage, issue, 'blocked', 90_000);
		expect(blocked.statusReason).toContain(`The branch \`${branch}\` on GitHub has commits that the worktree has not`);
		const { gitPath } = stage.github.repositoryState(stage.fullName);
		expect(execFileSync('git', ['rev-parse', branch], { cwd: gitPath, encoding: 'utf8' }).trim()).toBe(theirs);
		await waitFor('the notice', () => ([...saidOn(issue), ...saidOn(number)].some((body) => body.includes('Merge them by hand')) ? true : undefined));
		expect(await runsOf(stage, id)).toHaveLength(2);
		expect(stage.github.violations).toEqual([]);
	}, 180_000);
});
