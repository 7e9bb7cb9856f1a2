import type { Wanted } from './aliases';
import type { TaskAsk } from './create-task';
import type { Task } from './records';
import { NO_RULES, rule, type Known, type Ruling } from './rules';
import type { TaskTools } from './tools';

export function wantedBy(asks: readonly [TaskAsk, ...TaskAsk[]]): Wanted {
	const [{ draft }] = asks;
	return {
		projectId: draft.projectId,
		fingerprint: draft.fingerprint ?? '',
		reach: draft.reach ?? 'pull_request',
		isHeld: (draft.status ?? 'pending') !== 'pending',
		links: asks.flatMap(({ links = [] }) => links),
	};
}

/** When tasks were made lately, as far as the rules ask for it. */
async function madeLately(tools: TaskTools, { draft, ruled }: TaskAsk, signal: AbortSignal): Promise<Pick<Known, 'madeBySource' | 'madeInProject'>> {
	const { maxPerHour, maxPerHourInProject } = ruled?.rules ?? NO_RULES;
	// What a task was split into is no signal.
	const inProject = { projectId: { eq: draft.projectId }, kind: { neq: 'plan' } } as const;
	const times = async (where: Parameters<typeof tools.store.tasks.find>[0], limit: number): Promise<string[]> =>
		limit === 0 ? [] : (await tools.store.tasks.find(where, { limit, newestFirst: true }, signal)).map(({ createdAt }) => createdAt);
	return {
		madeBySource: await times({ ...inProject, source: { eq: draft.source ?? 'manual' } }, maxPerHour),
		madeInProject: await times(inProject, maxPerHourInProject),
	};
}

/** What becomes of each, given the task that they belong to. The tables are asked only where there may be a new one. */
export async function rulingsFor(tools: TaskTools, asks: readonly [TaskAsk, ...TaskAsk[]], task: Task | undefined, signal: AbortSignal): Promise<Ruling[]> {
	const decide = (lately: Pick<Known, 'madeBySource' | 'madeInProject'>): Ruling[] =>
		asks.map(({ ruled }): Ruling => {
			if (ruled === undefined) return task === undefined ? { kind: 'create', regressionOf: 0 } : { kind: 'count' };
			return rule(ruled.signal, { task, ...lately }, ruled.rules, tools.clock.now());
		});
	const rulings = decide({ madeBySource: [], madeInProject: [] });
	return rulings.some(({ kind }) => kind === 'create') ? decide(await madeLately(tools, asks[0], signal)) : rulings;
}
