/** Does `work` for all, at most so many at the same time; the results are in the order of the items. The first failure is thrown once those at work have ended. */
export async function inParallel<T, R>(items: readonly T[], most: number, work: (item: T) => Promise<R>): Promise<R[]> {
	const results = new Map<number, R>();
	let next = 0;
	const worker = async (): Promise<void> => {
		for (let at = next++; at < items.length; at = next++) {
			for (const item of items.slice(at, at + 1)) results.set(at, await work(item));
		}
	};
	const ended = await Promise.allSettled(Array.from({ length: Math.min(most, items.length) }, worker));
	for (const each of ended) if (each.status === 'rejected') throw each.reason;
	return [...results].sort(([left], [right]) => left - right).map(([, result]) => result);
}
