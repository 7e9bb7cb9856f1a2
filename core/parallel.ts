/** Does `work` for all, at most so many at the same time; the results are in the order of the items. The first failure is thrown once all that was begun has ended. */
export async function inParallel<T, R>(items: readonly T[], most: number, work: (item: T) => Promise<R>): Promise<R[]> {
	const results = new Array<R>(items.length);
	// All take their next item from here.
	const left = items.entries();
	const take = async (): Promise<void> => {
		for (const [place, item] of left) results[place] = await work(item);
	};
	const ended = await Promise.allSettled(Array.from({ length: Math.min(most, items.length) }, take));
	for (const each of ended) if (each.status === 'rejected') throw each.reason;
	return results;
}
