import { findSession } from '../../core/agent/session-processes';
import { done, when } from '../fixtures/model';
import { agentsOf, askFor, asleep, atOnce, commitsOf, eventsOf, executionOf, gate, pullRequestsOf, runsOf, sessionsOf, statusSetter, taskIs, taskOf, workOnce, type Gate } from './support/flow';
import { waitFor } from './support/poll';
import { openStage, type Stage } from './support/stage';

describe('ending a run from outside', () => {
	let stage: Stage;
	let atWork: Gate;
	let atShutdown: Gate;

	beforeAll(async () => {
		stage = await openStage({ scripts: [], adapt: atOnce });
		atWork = gate(stage.root, 'stop');
		atShutdown = gate(stage.root, 'shutdown');
		stage.model.setScripts([
			when(/Stop me/).turns([atWork.turn, ...workOnce({ files: { 'stopped.txt': 'done\n' }, test: '', commit: 'Go on after the stop', summary: 'Went on.' })]),
			when(/Shut me down/).turns([atShutdown.turn, ...workOnce({ files: { 'shutdown.txt': 'done\n' }, test: '', commit: 'Go on after the shutdown', summary: 'Went on.' })]),
			when(/.*/s).turns([done('Nothing was to be done.')]),
		]);
	}, 180_000);
	afterAll(async () => await stage.close(), 60_000);

	test('the Stop button ends the agent with all that it started; set to pending, the same session goes on', async () => {
		const setStatus = await statusSetter(stage);
		const issue = askFor(stage, 'Stop me');
		await atWork.reached();
		const task = await taskIs(stage, issue, 'in_progress');
		const [session] = await sessionsOf(stage, task.id);
		const agentSessionId = String(session?.agentSessionId);
		expect((await findSession(agentSessionId)).length).toBeGreaterThan(0);
		const executionId = await executionOf(stage, issue);

		await stage.n8n.client.stopExecution(executionId);
		const blocked = await taskIs(stage, issue, 'blocked', 30_000);
		expect(blocked.statusReason).toBe('Stopped by a person');
		await waitFor('no process of the session', async () => ((await findSession(agentSessionId)).length === 0 ? true : undefined), { limitMs: 20_000 });
		expect(await sessionsOf(stage, task.id)).toMatchObject([{ status: 'stopped', agentSessionId }]);
		expect(await runsOf(stage, task.id)).toMatchObject([{ status: 'stopped', purpose: 'implement', epoch: 1 }]);
		expect((await stage.n8n.client.getExecution(executionId)).status).toBe('canceled');

		// A sweep must not take for an accident what a person did.
		await stage.reconcile();
		expect(await taskOf(stage, issue)).toMatchObject({ status: 'blocked' });
		expect(await findSession(agentSessionId)).toEqual([]);

		atWork.open();
		await setStatus(task.id, 'pending');
		await taskIs(stage, issue, 'in_review', 90_000);
		expect(await sessionsOf(stage, task.id)).toMatchObject([{ status: 'completed', agentSessionId }]);
		expect(await runsOf(stage, task.id)).toMatchObject([{ status: 'completed', purpose: 'implement', epoch: 2 }]);
		const [number = 0, ...others] = pullRequestsOf(stage, issue);
		expect(others).toEqual([]);
		expect(commitsOf(stage, number)).toEqual(['Go on after the stop']);
		await asleep(stage, task.id);
		await stage.github.merge({ repository: stage.fullName, number });
		await taskIs(stage, issue, 'completed');
	}, 240_000);

	test('n8n shut down in good order interrupts the session and blames nobody; it goes on after the start', async () => {
		const issue = askFor(stage, 'Shut me down');
		await atShutdown.reached();
		const task = await taskIs(stage, issue, 'in_progress');
		const [before] = await sessionsOf(stage, task.id);
		const agentSessionId = String(before?.agentSessionId);

		process.kill(stage.n8n.pid(), 'SIGTERM');
		await waitFor('n8n to end', () => (stage.n8n.isRunning() ? undefined : true), { limitMs: 40_000 });
		await waitFor('the agent to end with it', () => (agentsOf(agentSessionId).length === 0 ? true : undefined), { limitMs: 15_000 });
		await stage.n8n.restart();
		expect(await taskOf(stage, issue)).not.toMatchObject({ status: 'blocked' });

		atShutdown.open();
		await stage.reconcile();
		await taskIs(stage, issue, 'in_review', 90_000);
		expect(await sessionsOf(stage, task.id)).toMatchObject([{ status: 'completed', agentSessionId }]);
		expect(await runsOf(stage, task.id)).toMatchObject([{ status: 'completed', purpose: 'implement' }]);
		expect(await eventsOf(stage, task.id, 'task.interrupted')).toHaveLength(1);
		expect(await eventsOf(stage, task.id, 'session.stopped')).toEqual([]);
		expect(pullRequestsOf(stage, issue)).toHaveLength(1);
		expect(commitsOf(stage, pullRequestsOf(stage, issue)[0] ?? 0)).toEqual(['Go on after the shutdown']);
		expect(await eventsOf(stage, task.id, 'task.blocked')).toEqual([]);
		expect(stage.github.violations).toEqual([]);
	}, 240_000);
});
