/** How often the ways that everything goes call n8n: each call costs it some 30 ms, so that these counts are the time that Maestro takes. */
import type { IDataObject } from 'n8n-workflow';

import { MaestroCreateTask } from '../../nodes/MaestroCreateTask/MaestroCreateTask.node';
import { MaestroSpawnAgent } from '../../nodes/MaestroSpawnAgent/MaestroSpawnAgent.node';
import { done, when } from '../fixtures/model';
import { openBench, type Bench } from './support/bench';
import { creating, takeIn } from './support/intake';
import { openPlaybookBench, text, work } from './support/playbook';
import { runNode } from './support/run-node';

jest.setTimeout(120_000);

async function tableNames({ api }: Pick<Bench, 'api'>): Promise<Map<string, string>> {
	const answer = await fetch(`${api.url}/api/v1/data-tables?limit=100`, { headers: { 'x-n8n-api-key': api.apiKey } });
	const body = (await answer.json()) as { data: { id: string; name: string }[] };
	return new Map(body.data.map(({ id, name }) => [id, name.replace('maestro_', '')]));
}

/** `PATCH runs`, in order. A project is kept for a while, so that whether it is read is the clock's matter. */
function told(requests: readonly string[], names: ReadonlyMap<string, string>): string[] {
	const calls = requests.map((request) => {
		const [method, path = ''] = request.split(' ');
		return `${method} ${names.get(/data-tables\/([^/]+)/.exec(path)?.[1] ?? '') ?? path}`;
	});
	return calls.filter((call) => call !== 'GET projects');
}

it('a step of a playbook makes ten operations, of which six are before its agent is asked', async () => {
	const bench = await openPlaybookBench();
	try {
		const task = await bench.task();
		let atFirstWord: number | undefined;
		bench.scripts(work(() => (atFirstWord ??= bench.api.requests.length) > 0));
		const steps = text(['First', 'Second', 'Third'].map((name) => `- [ ] ${name}\n  verify: "true"\n  change: no\n`).join(''));
		// One execution goes through all steps.
		expect((await bench.go(task, steps, { executionId: 'one' })).output).toBe('step');
		const names = await tableNames(bench);
		const before = bench.api.requests.length;
		atFirstWord = undefined;
		expect((await bench.go(task, steps, { executionId: 'one' })).output).toBe('step');
		const calls = told(bench.api.requests.slice(before), names);
		expect(told(bench.api.requests.slice(before, atFirstWord), names)).toHaveLength(6);
		expect(calls.slice(0, 2).sort()).toEqual(['GET playbooks', 'GET tasks']);
		expect(calls.slice(2)).toEqual(['GET runs', 'PATCH tasks', 'POST sessions', 'POST runs', 'PATCH runs', 'PATCH sessions', 'PATCH playbooks', 'POST events']);
		expect(await bench.timelineOf(task, 'session.completed')).toHaveLength(2);
		expect(await bench.timelineOf(task, 'step.completed')).toHaveLength(2);
		const types = (await bench.timeline()).map(({ type }) => type);
		expect(types.slice(-3)).toEqual(['session.started', 'session.completed', 'step.completed']);
	} finally {
		await bench.close();
	}
});

it('a step that does not pass has what its runs say on the timeline before the next try', async () => {
	const bench = await openPlaybookBench();
	try {
		const task = await bench.task();
		bench.scripts(work(() => true));
		await bench.go(task, { ...text('- [ ] First\n  verify: "false"\n'), options: { retries: 1 } });
		const types = (await bench.timeline()).map(({ type }) => type).filter((type) => /^(session|step)\./.test(type));
		expect(types.slice(0, 6)).toEqual(['session.started', 'session.completed', 'step.refused', 'session.resumed', 'session.completed', 'step.refused']);
	} finally {
		await bench.close();
	}
});

it('a signed webhook is an event to run the task within a bounded number of operations, and the agent is asked after three more', async () => {
	const bench = await openBench([when(/.*/s).turns([done('Done.')])]);
	try {
		await bench.project();
		await bench.subscription();
		let atDelivery = -1;
		bench.api.answerWebhook = () => {
			atDelivery = bench.api.requests.length;
			return 200;
		};
		const names = await tableNames(bench);
		const create = async (number: number): Promise<void> => {
			const item = await takeIn(bench, 'github', 'Mend it', number);
			const run = await runNode(new MaestroCreateTask(), { credentials: bench.credentials, parameters: creating('github'), input: [item] });
			if (run.error !== undefined) throw run.error;
		};
		await create(1);
		await bench.store.tasks.update({ id: { eq: 1 } }, { status: 'cancelled' }, new AbortController().signal);
		const before = bench.api.requests.length;
		await create(2);
		const calls = told(bench.api.requests.slice(before, atDelivery), names);
		// The release of the lock goes beside the event.
		const dispatched = calls.slice(calls.lastIndexOf('POST locks')).filter((call) => call !== 'DELETE locks');
		expect([...dispatched.slice(0, 3), ...dispatched.slice(3, 5).sort(), ...dispatched.slice(5)]).toEqual(['POST locks', 'GET locks', 'GET tasks', 'GET subscriptions', 'GET tasks', 'PATCH tasks', 'POST events']);
		expect(calls.length).toBeLessThanOrEqual(22);

		const { task } = bench.api.posted.at(-1)?.body as { task: IDataObject & { id: number } };
		let atFirstWord: number | undefined;
		bench.model.setScripts([when(() => (atFirstWord ??= bench.api.requests.length) > 0).turns([done('Done.')])]);
		const start = bench.api.requests.length;
		const run = await runNode(new MaestroSpawnAgent(), { credentials: bench.credentials, input: [{ task }], parameters: { taskId: String(task.id), workspace: 'worktree', prompt: 'Do it.', purpose: 'implement' } });
		if (run.error !== undefined) throw run.error;
		expect(told(bench.api.requests.slice(start, atFirstWord), names)).toEqual(['PATCH tasks', 'POST sessions', 'POST runs']);
		expect(told(bench.api.requests.slice(atFirstWord), names)).toEqual(['PATCH runs', 'PATCH sessions', 'POST events']);
	} finally {
		await bench.close();
	}
});
