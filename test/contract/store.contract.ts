import { randomUUID } from 'node:crypto';
import { blank } from '../../core/task/blank';
import { compareAndSet } from '../../core/task/compare-and-set';
import { createTask, newTask } from '../../core/task/create-task';
import { claimOnce } from '../../core/task/claim-once';
import { claimLock, claimLocks, releaseLock, releaseLocks, withLock } from '../../core/task/locks';
import { eventColumns, lockColumns } from '../../core/task/records';
import type { Store } from '../../core/task/store';
import { testTools } from '../fixtures/task-tools';

const signal = new AbortController().signal;
const times = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** What every store must do; run against memory and against a real n8n. */
export function storeContract(open: () => Store): void {
	const store = (): Store => open();

	it('gives back what was inserted, with empty columns filled', async () => {
		const draft = newTask({ title: 'Ünïcode "quoted" 🎉', projectId: 3, repository: 'o/r', claimedUntil: '2026-01-02T03:04:05.678Z' });
		const [task] = await store().tasks.insert([draft], signal);
		expect(task).toMatchObject(draft);
		const found = await store().tasks.find({ id: { eq: task?.id ?? 0 } }, { limit: 1 }, signal);
		expect(found).toEqual([task]);
	});

	it('refuses a value outside a closed set, naming table and column', async () => {
		const draft: object = { ...newTask({ title: 't', projectId: 1, repository: 'o/r' }), status: 'sleeping' };
		await expect(store().tasks.insert([draft as never], signal)).rejects.toMatchObject({ message: expect.stringMatching(/maestro_tasks.*"status".*"sleeping"/) });
	});

	it('reads beyond one page, in order and up to the limit', async () => {
		const key = `page:${randomUUID()}`;
		await store().events.insert(times(600).map((number) => ({ ...blank(eventColumns), type: key, taskId: number })), signal);
		const filter = { type: { eq: key } };
		expect((await store().events.find(filter, { limit: 1_000 }, signal)).map((row) => row.taskId)).toEqual(times(600));
		expect((await store().events.find(filter, { limit: 300, newestFirst: true }, signal)).map((row) => row.taskId)).toEqual(times(300).map((n) => 599 - n));
		expect(await store().events.remove(filter, signal)).toBe(600);
	});

	it('filters by dates, ranges, several conditions on one column, and any of many', async () => {
		const key = `a filter + 100 % & "quotes", it's (all) *here*!: ${randomUUID()}`;
		const rows = await store().events.insert(
			times(10).map((number) => ({ ...blank(eventColumns), type: key, taskId: number, at: new Date(Date.UTC(2026, 0, number + 1)).toISOString() })),
			signal,
		);
		const ids = async (filter: Parameters<Store['events']['find']>[0]): Promise<number[]> =>
			(await store().events.find(filter, { limit: 100 }, signal)).map((row) => row.taskId);
		expect(await ids({ type: { eq: key }, at: { lt: '2026-01-03T00:00:00.000Z' } })).toEqual([0, 1]);
		expect(await ids({ type: { eq: key }, at: { gte: '2026-01-09T00:00:00.000Z' } })).toEqual([8, 9]);
		expect(await ids({ type: { eq: key }, at: { gt: '2026-01-08T12:00:00.000Z' } })).toEqual([8, 9]);
		expect(await ids({ type: { eq: key }, at: { lte: '2026-01-01T00:00:00.000Z' } })).toEqual([0]);
		expect(await ids({ type: { eq: key }, at: { eq: '2026-01-04T00:00:00.000Z' } })).toEqual([3]);
		expect(await ids({ type: { eq: key }, taskId: [{ gte: 3 }, { lt: 5 }] })).toEqual([3, 4]);
		expect(await ids({ type: { eq: key }, nextDeliveryAt: { eq: null }, taskId: { eq: 9 } })).toEqual([9]);
		expect(await ids({ anyOf: [{ type: { eq: key }, taskId: { eq: 7 } }, { type: { eq: key }, taskId: { eq: 2 } }] })).toEqual([2, 7]);
		const many = [...rows.map((row) => row.id), ...times(2_000).map((number) => 10_000_000 + number)];
		expect(await ids({ anyOf: many.map((id) => ({ id: { eq: id } })) })).toEqual(times(10));
		expect(await store().events.remove({ type: { eq: key }, at: { lt: '2026-01-02T12:00:00.000Z' } }, signal)).toBe(2);
		expect(await ids({ type: { eq: key } })).toEqual(times(8).map((number) => number + 2));
	});

	it('gives exactly one of 30 racing writers the row', async () => {
		for (const round of times(3)) {
			const [row] = await store().locks.insert([{ ...blank(lockColumns), key: `race:${round}`, version: 1 }], signal);
			if (row === undefined) throw new Error('no row');
			const tokens = times(30).map(() => randomUUID());
			const results = await Promise.all(tokens.map(async (token) => await compareAndSet(store().locks, row, { key: token }, token, signal)));
			const winners = results.filter((result) => result !== undefined);
			expect(winners).toHaveLength(1);
			const [now] = await store().locks.find({ id: { eq: row.id } }, { limit: 1 }, signal);
			expect(now).toMatchObject({ version: 2, owner: winners[0]?.owner, key: winners[0]?.owner });
		}
	});

	it('lets one of several writers change a row that a person added by hand, with most columns empty', async () => {
		const byHand: object = { title: 'By hand', status: 'pending', projectId: 1 };
		const [row] = await store().tasks.insert([byHand as never], signal);
		if (row === undefined) throw new Error('no row');
		expect(row).toMatchObject({ version: 0, owner: '', priority: 'low', attempts: 0, labels: '', dispatchedAt: null });
		const tokens = times(8).map(() => randomUUID());
		const results = await Promise.all(tokens.map(async (token) => await compareAndSet(store().tasks, row, { statusReason: token }, token, signal)));
		const winners = results.filter((result) => result !== undefined);
		expect(winners).toHaveLength(1);
		const [now] = await store().tasks.find({ id: { eq: row.id } }, { limit: 1 }, signal);
		expect(now).toMatchObject({ title: 'By hand', version: 1, owner: winners[0]?.owner, statusReason: winners[0]?.owner });
		expect(await compareAndSet(store().tasks, row, { statusReason: 'late' }, randomUUID(), signal)).toBeUndefined();
	});

	it('creates one task for 50 signals at once, and counts the other 49', async () => {
		const tools = testTools(store());
		const fingerprint = `github:o/r#${randomUUID()}`;
		const draft = { title: 'One', projectId: 1, repository: 'o/r', fingerprint };
		const results = await Promise.all(times(50).map(async () => await createTask(tools, draft, {}, signal)));
		expect(results.filter((result) => result.created)).toHaveLength(1);
		const tasks = await store().tasks.find({ fingerprint: { eq: fingerprint } }, { limit: 100 }, signal);
		expect(tasks.map((task) => task.duplicates)).toEqual([49]);
		expect(await store().locks.find({ key: { eq: `task:${fingerprint}` } }, { limit: 10 }, signal)).toEqual([]);
	}, 240_000);

	it('lets one at a time hold a lock', async () => {
		const tools = testTools(store());
		const key = `lock:${randomUUID()}`;
		let inside = 0;
		let most = 0;
		await Promise.all(
			times(12).map(async () => {
				await withLock(tools, key, { leaseMs: 60_000, waitMs: 60_000 }, async () => {
					most = Math.max(most, ++inside);
					await store().locks.find({ key: { eq: key } }, { limit: 1 }, signal);
					inside--;
				}, signal);
			}),
		);
		expect(most).toBe(1);
	}, 90_000);

	it('gives several locks together or none of them, to one at a time of those whose keys meet', async () => {
		const tools = testTools(store());
		const prefix = randomUUID();
		const keys = ['a', 'b', 'c', 'd'].map((name) => `${prefix}:${name}`);
		const holders = new Map<string, number>();
		let most = 0;
		let turns = 0;
		const take = async (number: number): Promise<void> => {
			const wanted = [0, 1, 2].map((step) => keys[(number + step) % keys.length] ?? '');
			for (let attempt = 0; ; attempt++) {
				const held = await claimLocks(tools, wanted, 60_000, signal);
				if (held === undefined) {
					await tools.pause(5 + ((number * 7 + attempt * 13) % 40), signal);
					continue;
				}
				expect(held.map(({ key }) => key)).toEqual(wanted);
				for (const key of wanted) holders.set(key, (holders.get(key) ?? 0) + 1);
				most = Math.max(most, ...holders.values());
				await store().locks.find({ key: { eq: keys[0] ?? '' } }, { limit: 1 }, signal);
				for (const key of wanted) holders.set(key, (holders.get(key) ?? 0) - 1);
				turns += 1;
				await releaseLocks(tools, held, signal);
				return;
			}
		};
		await Promise.all(times(8).map(take));
		expect([most, turns]).toEqual([1, 8]);
		expect(await store().locks.find({ anyOf: keys.map((key) => ({ key: { eq: key } })) }, { limit: 50 }, signal)).toEqual([]);
	}, 120_000);

	it('takes two operations for locks that nobody has, and one to give them back, however many they are', async () => {
		const tools = testTools(store());
		const keys = times(5).map((number) => `${randomUUID()}:${number}`);
		const before = store().operations;
		const held = await claimLocks(tools, keys, 60_000, signal);
		expect(await claimLocks(tools, keys.slice(4), 60_000, signal)).toBeUndefined();
		const between = store().operations;
		await releaseLocks(tools, held ?? [], signal);
		expect([held?.length, store().operations - between]).toEqual([5, 1]);
		expect(between - before).toBe(2 + 3);
		expect(await claimLock(tools, keys[4] ?? '', 60_000, signal)).toBeDefined();
	});

	it('hands a lock over when its lease has ended', async () => {
		const tools = testTools(store());
		const key = `lease:${randomUUID()}`;
		expect(await claimLock(tools, key, 10_000, signal)).toBeDefined();
		expect(await claimLock(tools, key, 10_000, signal)).toBeUndefined();
		tools.advance(10_001);
		const second = await claimLock(tools, key, 10_000, signal);
		expect(second).toBeDefined();
		if (second !== undefined) await releaseLock(tools, second, signal);
		expect(await store().locks.find({ key: { eq: key } }, { limit: 10 }, signal)).toEqual([]);
	});

	it('takes a delivery once, however many copies come at once, until its time to live has passed', async () => {
		const tools = testTools(store());
		const key = `delivery:${randomUUID()}`;
		const results = await Promise.all(times(20).map(async () => await claimOnce(tools, key, 60_000, signal)));
		expect(results.filter(Boolean)).toHaveLength(1);
		expect(await claimOnce(tools, key, 60_000, signal)).toBe(false);
		tools.advance(60_001);
		expect(await claimOnce(tools, key, 60_000, signal)).toBe(true);
	}, 60_000);
}
