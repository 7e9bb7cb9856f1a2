/** Time and chance, passed in so that decisions can be tested. */
export interface Clock {
	now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };

/** Resolves after `ms`, or rejects with the signal's reason as soon as it is aborted. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
	signal.throwIfAborted();
	await new Promise<void>((resolve, reject) => {
		const finish = (): void => {
			signal.removeEventListener('abort', abort);
			resolve();
		};
		const timer = setTimeout(finish, ms);
		function abort(): void {
			clearTimeout(timer);
			reject(signal.reason instanceof Error ? signal.reason : new Error('Aborted'));
		}
		signal.addEventListener('abort', abort, { once: true });
	});
}
