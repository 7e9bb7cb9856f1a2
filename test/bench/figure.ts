/** What a figure is, and the arithmetic that all of them share. */

export interface Measured {
	readonly what: string;
	readonly target: string;
	readonly value: string;
	/** Undefined: a number without a target of its own. */
	readonly met?: boolean;
}

export interface Figure {
	/** `npm run bench -- worktree` measures only this one. */
	readonly name: string;
	readonly about: string;
	/** `say` prints what leads to the figures, such as each pair. */
	measure(say: (line: string) => void): Promise<Measured[]>;
}

export function median(values: readonly number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = sorted.length / 2;
	const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
	if (low === undefined || high === undefined) throw new Error('There is no median of nothing.');
	return (low + high) / 2;
}

export async function timed<T>(work: () => Promise<T>): Promise<{ readonly ms: number; readonly result: T }> {
	const before = performance.now();
	const result = await work();
	return { ms: performance.now() - before, result };
}

export const milliseconds = (ms: number): string => `${ms.toFixed(0)} ms`;
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
export const times = (ratio: number): string => `${ratio.toFixed(3)} ×`;

export interface Pair {
	readonly ours: number;
	readonly bare: number;
}

/**
 * Runs both sides `count` times, each pair in the other order than the one before, so that what drifts (caches, other load)
 * weighs on both alike.
 */
export async function pairs(count: number, ours: (pair: number) => Promise<number>, bare: (pair: number) => Promise<number>, say: (line: string) => void, show: (ms: number) => string = seconds): Promise<Pair[]> {
	const found: Pair[] = [];
	for (let pair = 0; pair < count; pair++) {
		const first = pair % 2 === 0 ? await ours(pair) : await bare(pair);
		const second = pair % 2 === 0 ? await bare(pair) : await ours(pair);
		const entry = pair % 2 === 0 ? { ours: first, bare: second } : { ours: second, bare: first };
		found.push(entry);
		say(`pair ${pair + 1}: Maestro ${show(entry.ours)}, bare ${show(entry.bare)}, ${times(entry.ours / entry.bare)}`);
	}
	return found;
}

/** The median of the pairs' own ratios: a slow moment of the machine falls on both sides of its pair. */
export const medianRatio = (found: readonly Pair[]): number => median(found.map(({ ours, bare }) => ours / bare));
