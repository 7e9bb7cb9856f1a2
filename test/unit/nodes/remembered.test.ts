import { Remembered } from '../../../nodes/MaestroTrigger/remembered';

let now = 0;
const services = { instance: 'here', clock: { now: () => new Date(now) } };

/** Answers in turn, each when it is let go. */
function looks(answers: readonly (boolean | Error)[]): { look: () => Promise<boolean>; count: () => number } {
	let count = 0;
	return {
		count: () => count,
		look: async () => {
			const answer = answers[count++];
			await new Promise((resolve) => setImmediate(resolve));
			if (answer === undefined) throw new Error('asked too often');
			if (answer instanceof Error) throw answer;
			return answer;
		},
	};
}

it('asks once for a burst and for the moment after it', async () => {
	const remembered = new Remembered<boolean>((is) => is);
	const { look, count } = looks([true, true]);
	expect(await Promise.all(Array.from({ length: 50 }, async () => await remembered.get(services, 'one', look)))).toEqual(Array.from({ length: 50 }, () => true));
	now += 14_000;
	expect(await remembered.get(services, 'one', look)).toBe(true);
	expect(count()).toBe(1);
	now += 2_000;
	await remembered.get(services, 'one', look);
	expect(count()).toBe(2);
});

it('asks again where nothing is to be kept, in two turns for a burst', async () => {
	const remembered = new Remembered<boolean>((is) => is);
	const { look, count } = looks([false, false, true]);
	expect(new Set(await Promise.all(Array.from({ length: 50 }, async () => await remembered.get(services, 'one', look))))).toEqual(new Set([false]));
	expect(count()).toBe(2);
	expect(await remembered.get(services, 'one', look)).toBe(true);
});

it('tells apart what it is about, and in which n8n', async () => {
	const remembered = new Remembered<boolean>((is) => is);
	const { look, count } = looks([true, true, true]);
	await remembered.get(services, 'one', look);
	await remembered.get(services, 'two', look);
	await remembered.get({ ...services, instance: 'there' }, 'one', look);
	expect(count()).toBe(3);
});

it('lets a failure be one of those who asked together, and not of the next', async () => {
	const remembered = new Remembered<boolean>((is) => is);
	const { look } = looks([new Error('n8n is down'), true]);
	await expect(remembered.get(services, 'one', look)).rejects.toThrow('n8n is down');
	expect(await remembered.get(services, 'one', look)).toBe(true);
});

it('lets the oldest go where there is no more room, and not all', async () => {
	const remembered = new Remembered<number>(() => true, { keepMs: 15_000, most: 10 }, (weight) => weight);
	const looked: string[] = [];
	const get = async (about: string, weight: number): Promise<number> =>
		await remembered.get(services, about, async () => {
			looked.push(about);
			return await Promise.resolve(weight);
		});
	await get('one', 4);
	now += 10_000;
	await get('two', 4);
	now += 6_000;
	// Too old, so that it is looked for again, and takes its place once.
	await get('one', 4);
	await get('two', 4);
	await get('three', 2);
	expect(looked.splice(0)).toEqual(['one', 'two', 'one', 'three']);
	await get('four', 3);
	await get('one', 4);
	await get('three', 2);
	await get('four', 3);
	expect(looked.splice(0)).toEqual(['four']);
	await get('two', 4);
	await get('three', 2);
	expect(looked.splice(0)).toEqual(['two']);
	await get('huge', 11);
	await get('huge', 11);
	expect(looked).toEqual(['huge']);
});
