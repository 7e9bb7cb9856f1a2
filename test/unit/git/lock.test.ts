import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, readlink, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { withLock } from '../../../core/git/lock';
import { here } from '../../../core/process';
import { never } from './workbench';

const TIMES = { staleMs: 60_000, heartbeatMs: 15_000, waitMs: 10_000 };
let folder: string;
let file: string;
beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), 'maestro-lock-'));
	file = join(folder, 'shop.lock');
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

/** As another process would hold it. */
const heldBy = async (pid: number, host: string): Promise<void> => await writeFile(file, JSON.stringify({ pid, host, token: 'theirs' }));
const isTaken = async (): Promise<boolean> => await stat(file).then(() => true, () => false);

it('lets one at a time in, in the order in which they came, and leaves nothing behind', async () => {
	const entered: number[] = [];
	let inside = 0;
	await Promise.all(
		Array.from({ length: 20 }, async (_, number) =>
			await withLock(file, never, async () => {
				expect(++inside).toBe(1);
				entered.push(number);
				await new Promise((resolve) => setImmediate(resolve));
				inside--;
			}),
		),
	);
	expect(entered).toEqual(Array.from({ length: 20 }, (_, number) => number));
	expect(await readdir(folder)).toEqual([]);
});

it('is free again when the work fails', async () => {
	await expect(withLock(file, never, async () => await Promise.reject(new Error('no')))).rejects.toThrow('no');
	expect(await withLock(file, never, async () => await Promise.resolve('in'))).toBe('in');
});

it('is taken over from a process that has died, at once', async () => {
	const gone = spawn('true');
	await new Promise((resolve) => gone.once('exit', resolve));
	await heldBy(gone.pid ?? 0, here());
	expect(await withLock(file, never, async () => await Promise.resolve('in'), TIMES)).toBe('in');
	expect(await isTaken()).toBe(false);
});

it('is not taken over from another container that shares the name of this host, where processes have other numbers', async () => {
	const namespace = await readlink('/proc/self/ns/pid');
	const written = await withLock(file, never, async () => await readFile(file, 'utf8'));
	expect(JSON.parse(written)).toMatchObject({ pid: process.pid, host: `${hostname()} ${namespace}` });
	const gone = spawn('true');
	await new Promise((resolve) => gone.once('exit', resolve));
	await heldBy(gone.pid ?? 0, `${hostname()} pid:[1]`);
	await expect(withLock(file, never, async () => await Promise.resolve('in'), { ...TIMES, waitMs: 200 })).rejects.toMatchObject({ code: 'git_failed' });
});

it('is taken over from another host only when it was not touched for long', async () => {
	await heldBy(1, 'another-host');
	await expect(withLock(file, never, async () => await Promise.resolve('in'), { ...TIMES, waitMs: 200 })).rejects.toMatchObject({ code: 'git_failed', facts: { transient: true } });
	const longAgo = new Date(Date.now() - 2 * TIMES.staleMs);
	await utimes(file, longAgo, longAgo);
	expect(await withLock(file, never, async () => await Promise.resolve('in'), TIMES)).toBe('in');
});

it('waits for a process that lives, until that gives it up', async () => {
	const holder = spawn('sleep', ['60']);
	try {
		await heldBy(holder.pid ?? 0, here());
		let isIn = false;
		const work = withLock(file, never, async () => {
			isIn = true;
			await Promise.resolve();
		}, TIMES);
		await new Promise((resolve) => setTimeout(resolve, 200));
		expect(isIn).toBe(false);
		await rm(file);
		await work;
		expect(isIn).toBe(true);
	} finally {
		holder.kill('SIGKILL');
	}
});

it('is not taken away from one who lost it to another and ends later', async () => {
	await withLock(file, never, async () => await heldBy(process.pid, 'another-host'), TIMES);
	expect(await isTaken()).toBe(true);
});

it('lets go of one who waits and is cancelled', async () => {
	await heldBy(1, 'another-host');
	const abort = new AbortController();
	const waiting = withLock(file, abort.signal, async () => await Promise.resolve('in'), TIMES);
	abort.abort();
	await expect(waiting).rejects.toMatchObject({ code: 'cancelled' });
	await rm(file);
	expect(await withLock(file, never, async () => await Promise.resolve('in'), TIMES)).toBe('in');
});
