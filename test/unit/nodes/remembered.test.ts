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
