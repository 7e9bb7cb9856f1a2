import { countRepeats, keyOf, type Repeat } from './count-repeats';
import type { TaskAsk } from './create-task';
import { createTogether, type Made } from './create-together';
import type { TaskTools } from './tools';

/** Whoever is told `alone` asks by itself (createTasks): nothing was written for it. */
export type Shared = Made | Extract<Repeat, { kind: 'answered' | 'failed' }>;

/** The first of each thing, and the others. */
function firstOfEach(asks: readonly TaskAsk[]): { readonly firsts: TaskAsk[]; readonly others: TaskAsk[] } {
	const firsts = new Map<string, TaskAsk>();
	for (const ask of asks) if (!firsts.has(keyOf(ask.draft))) firsts.set(keyOf(ask.draft), ask);
	const first = new Set(firsts.values());
	return { firsts: [...first], others: asks.filter((ask) => !first.has(ask)) };
}

/**
 * What a storm asks for at the same moment, of whatever it is about: repeats are counted together, and what is new is made together, so that it costs n8n
 * little more than a call for each signal. What is neither goes its own way. The answers are in the order of the asks.
 */
export async function answerTogether(tools: TaskTools, asks: readonly TaskAsk[], signal: AbortSignal): Promise<Shared[]> {
	const answers = new Map<TaskAsk, Repeat | Made>();
	const count = async (of: readonly TaskAsk[]): Promise<TaskAsk[]> => {
		const repeats = of.length === 0 ? [] : await countRepeats(tools, of, signal);
		of.forEach((ask, place) => answers.set(ask, repeats[place] ?? { kind: 'other' }));
		return of.filter((ask) => answers.get(ask)?.kind === 'unseen');
	};
	const { firsts, others } = firstOfEach(await count(asks));
	const made = await createTogether(tools, firsts, signal);
	firsts.forEach((ask, place) => answers.set(ask, made[place] ?? { kind: 'alone' }));
	// They came with the first of their kind, and are its repeats by now.
	await count(others.filter((ask) => firsts.some((first) => keyOf(first.draft) === keyOf(ask.draft) && answers.get(first)?.kind === 'answered')));
	return asks.map((ask): Shared => {
		const answer = answers.get(ask) ?? { kind: 'other' };
		switch (answer.kind) {
			case 'answered':
			case 'failed':
			case 'alone':
				return answer;
			case 'unseen':
			case 'other':
				return { kind: 'alone' };
		}
	});
}
