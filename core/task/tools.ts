import type { Clock } from '../clock';
import type { Store } from './store';

/** Everything that the logic on tasks needs from outside, so that it touches no clock, chance or network by itself. */
export interface TaskTools {
	readonly store: Store;
	readonly clock: Clock;
	/** A new one at each call, never the same twice, in any process. */
	readonly newToken: () => string;
	/** From 0 up to 1. */
	readonly random: () => number;
	/** Rejects as soon as the signal is aborted. */
	readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** The time that lies `ms` after now, as the tables hold it. */
export function later(tools: Pick<TaskTools, 'clock'>, ms: number): string {
	return new Date(tools.clock.now().getTime() + ms).toISOString();
}

export function isPast(at: string | null, now: Date): boolean {
	return at === null || Date.parse(at) <= now.getTime();
}

/** Waits longer with each attempt, and each waiter differently, so that those who collided part. */
export async function backOff(tools: TaskTools, attempt: number, signal: AbortSignal): Promise<void> {
	const most = Math.min(1_500, 20 * 2 ** Math.min(attempt, 7));
	await tools.pause(Math.ceil(most * (0.25 + 0.75 * tools.random())), signal);
}
