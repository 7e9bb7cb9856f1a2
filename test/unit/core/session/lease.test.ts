import { LeaseKeeper, stillHeld, type Progress } from '../../../../core/session/lease';
import { blank } from '../../../../core/task/blank';
import { HEARTBEAT_MS } from '../../../../core/task/leases';
import { runColumns, type Run } from '../../../../core/task/records';
import type { Store } from '../../../../core/task/store';
import { createMemoryStore } from '../../../fixtures/memory-store';
import { testTools } from '../../../fixtures/task-tools';

const signal = new AbortController().signal;

/** A pause that lasts until the test ends it, and that ends with its signal as the real one does. */
class Pauses {
	readonly asked: number[] = [];

	private end: (() => void) | undefined;

	readonly pause = async (ms: number, until: AbortSignal): Promise<void> => {
		this.asked.push(ms);
		await new Promise<void>((resolve, reject) => {
			this.end = resolve;
			until.addEventListener('abort', () => reject(new Error('Aborted')), { once: true });
		});
	};

	/** Lets the time of one heartbeat pass, and waits until the next pause has begun or nothing more comes. */
	async beat(keeper: LeaseKeeper): Promise<void> {
		const before = this.asked.length;
		this.end?.();
		for (let turn = 0; turn < 200 && this.asked.length === before && !keeper.isLost(); turn++) await new Promise((resolve) => setImmediate(resolve));
	}
}

describe('the lease of a run', () => {
	let failing = false;
	let store: Store;
	let pauses: Pauses;
	let tools: ReturnType<typeof testTools>;
	let run: Run;
	let progress: Progress;
	beforeEach(async () => {
		failing = false;
		store = createMemoryStore({
			before: (_, operation) => {
				if (failing && operation === 'update') throw new Error('n8n is slow');
			},
		});
		pauses = new Pauses();
		tools = { ...testTools(store), pause: pauses.pause };
		const [inserted] = await store.runs.insert([{ ...blank(runColumns), taskId: 1, purpose: 'implement', status: 'running', epoch: 3, version: 1, heartbeatAt: '2026-01-01T00:00:00.000Z' }], signal);
		if (inserted === undefined) throw new Error('no run');
		run = inserted;
		progress = { pid: 0, turns: 0, lastActivity: '' };
	});
	const row = async (): Promise<Run> => {
		const [now] = await store.runs.find({ id: { eq: run.id } }, { limit: 1 }, signal);
		if (now === undefined) throw new Error('The row is gone');
		return now;
	};
	const changed = async (changes: Partial<Run>): Promise<Run[]> => await store.runs.update({ id: { eq: run.id } }, changes, signal);

	it('is renewed at each heartbeat, with what the agent does', async () => {
		const keeper = new LeaseKeeper(tools, run, progress);
		Object.assign(progress, { pid: 77, turns: 2, lastActivity: 'Runs npm test' });
		await pauses.beat(keeper);
		expect(await row()).toMatchObject({ pid: 77, turns: 2, lastActivity: 'Runs npm test', version: 2 });
		expect(Date.parse((await row()).heartbeatAt ?? '')).toBeGreaterThan(Date.now() - 60_000);
		await pauses.beat(keeper);
		expect(await keeper.stop()).toEqual(await row());
		expect((await row()).version).toBe(3);
		expect(new Set(pauses.asked)).toEqual(new Set([HEARTBEAT_MS]));
		expect(keeper.isLost()).toBe(false);
	});

	it('is lost as soon as another has taken the run up, and the row stays the other\'s', async () => {
		const keeper = new LeaseKeeper(tools, run, progress);
		await changed({ epoch: 4, version: 2, owner: 'another', executionId: 'e2' });
		Object.assign(progress, { lastActivity: 'Late words' });
		await pauses.beat(keeper);
		expect(keeper.isLost()).toBe(true);
		expect(keeper.lost.aborted).toBe(true);
		expect(await row()).toMatchObject({ epoch: 4, version: 2, executionId: 'e2', lastActivity: '' });
		await keeper.stop();
	});

	it('is lost when the run was ended by others, also in the same epoch', async () => {
		const keeper = new LeaseKeeper(tools, run, progress);
		await changed({ status: 'interrupted', version: 2, owner: 'another' });
		await pauses.beat(keeper);
		expect(keeper.isLost()).toBe(true);
		await keeper.stop();
	});

	it('is kept when the row only moved because an answer of n8n was lost', async () => {
		const keeper = new LeaseKeeper(tools, run, progress);
		await changed({ version: 5, owner: 'a write of ours' });
		await pauses.beat(keeper);
		expect(keeper.isLost()).toBe(false);
		await pauses.beat(keeper);
		expect(await row()).toMatchObject({ version: 6 });
		await keeper.stop();
	});

	it('is kept while heartbeats cannot be written, and renewed once they can', async () => {
		const keeper = new LeaseKeeper(tools, run, progress);
		failing = true;
		await pauses.beat(keeper);
		await pauses.beat(keeper);
		expect([keeper.isLost(), (await row()).version]).toEqual([false, 1]);
		failing = false;
		await pauses.beat(keeper);
		expect((await row()).version).toBe(2);
		await keeper.stop();
	});

	it('is not renewed any more once it was stopped', async () => {
		const keeper = new LeaseKeeper(tools, run, progress);
		await keeper.stop();
		const { operations } = store;
		await pauses.beat(keeper);
		expect(store.operations).toBe(operations);
	});

	it.each([
		['it is as it was', {}, true],
		['only its version moved', { version: 9 }, true],
		['it has another epoch', { epoch: 4 }, false],
		['it runs no longer', { status: 'stopped' as const }, false],
	])('counts as held where %s', async (_, changes, held) => {
		await changed(changes);
		expect((await stillHeld(tools, run, signal)) !== undefined).toBe(held);
	});
});
