import { inParallel } from '../../../core/parallel';

const turn = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve));

it('keeps the order of the items and does no more at the same time than it may', async () => {
	let atWork = 0;
	let most = 0;
	const results = await inParallel([5, 1, 4, 2, 3, 0], 3, async (turns) => {
		most = Math.max(most, ++atWork);
		for (let each = 0; each <= turns; each++) await turn();
		atWork -= 1;
		return turns * 10;
	});
	expect(results).toEqual([50, 10, 40, 20, 30, 0]);
	expect(most).toBe(3);
});

it('throws the first failure after those at work have ended', async () => {
	const ended: number[] = [];
	const work = async (item: number): Promise<number> => {
		await turn();
		if (item === 0) throw new Error('the first');
		await turn();
		ended.push(item);
		return item;
	};
	await expect(inParallel([0, 1], 2, work)).rejects.toThrow('the first');
	expect(ended).toEqual([1]);
	expect(await inParallel([], 2, work)).toEqual([]);
});
