import { getEventListeners } from 'node:events';
import { sleep, systemClock } from '../../../core/clock';

describe('sleeping', () => {
	it('ends by itself, and leaves nothing on the signal', async () => {
		const { signal } = new AbortController();
		await sleep(1, signal);
		expect(getEventListeners(signal, 'abort')).toEqual([]);
	});

	it('ends at once with the reason of the signal, long before its time', async () => {
		const stop = new AbortController();
		const sleeping = sleep(10 * 60_000, stop.signal);
		stop.abort(new Error('Stopped by a person'));
		await expect(sleeping).rejects.toThrow('Stopped by a person');
	});

	it('does not begin when the signal was aborted before', async () => {
		await expect(sleep(10 * 60_000, AbortSignal.abort(new Error('Too late')))).rejects.toThrow('Too late');
	});

	it('rejects with an error also where the reason is none', async () => {
		const stop = new AbortController();
		const sleeping = sleep(10 * 60_000, stop.signal);
		stop.abort('a text');
		await expect(sleeping).rejects.toEqual(new Error('Aborted'));
	});
});

describe('the clock', () => {
	it('goes on', async () => {
		const before = systemClock.now().getTime();
		await sleep(5, new AbortController().signal);
		expect(systemClock.now().getTime()).toBeGreaterThan(before);
	});
});
