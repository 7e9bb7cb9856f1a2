import type { OpenWork } from '../github/github';
import type { Run, Task } from '../task/records';
import type { Day } from './day';

export interface DigestFacts {
	readonly day: Day;
	/** Of the repositories that are looked at: those that are open, those that failed since the day began, those that were completed on it. */
	readonly tasks: readonly Task[];
	/** Those that ended on the day, with the repository of their task; empty where a run had no task. */
	readonly runs: readonly (Pick<Run, 'costUsd'> & { readonly repository: string })[];
	/** What GitHub said of each repository. */
	readonly work: ReadonlyMap<string, OpenWork>;
	/** What could not be found out, in words for a person. */
	readonly problems: readonly string[];
}

export type DigestTask = Pick<Task, 'id' | 'title' | 'repository' | 'status' | 'statusReason' | 'issueNumber' | 'pullRequestNumber'>;

export interface DigestCost {
	readonly usd: number;
	readonly runs: number;
	readonly byRepository: readonly { readonly repository: string; readonly usd: number; readonly runs: number }[];
}

export interface DigestRepository {
	readonly repository: string;
	readonly openIssues: number;
	/** The newest. */
	readonly issues: readonly { readonly number: number; readonly title: string; readonly isNew: boolean }[];
	readonly openPullRequests: number;
	readonly pullRequests: readonly { readonly number: number; readonly title: string; readonly isDraft: boolean; readonly isMaestros: boolean }[];
}

export interface Digest {
	/** The day that was over, `2026-03-01`. */
	readonly day: string;
	/** Nothing happened and nothing is under way: an open issue that nobody touched makes no news. */
	readonly isQuiet: boolean;
	/** Tasks that need a person: blocked, or failed since the day began. */
	readonly waiting: readonly DigestTask[];
	readonly running: readonly DigestTask[];
	readonly inReview: readonly DigestTask[];
	readonly pending: readonly DigestTask[];
	readonly completed: readonly DigestTask[];
	readonly repositories: readonly DigestRepository[];
	readonly cost: DigestCost;
	readonly problems: readonly string[];
}

function shown({ id, title, repository, status, statusReason, issueNumber, pullRequestNumber }: Task): DigestTask {
	return { id, title, repository, status, statusReason, issueNumber, pullRequestNumber };
}

/** Tenths of a cent are as exact as what the CLI reports. */
function rounded(usd: number): number {
	return Math.round(usd * 1000) / 1000;
}

function costOf(runs: DigestFacts['runs']): DigestCost {
	const sums = new Map<string, { usd: number; runs: number }>();
	for (const { repository, costUsd } of runs) {
		const sum = sums.get(repository) ?? { usd: 0, runs: 0 };
		sums.set(repository, { usd: sum.usd + costUsd, runs: sum.runs + 1 });
	}
	const byRepository = [...sums].map(([repository, sum]) => ({ repository, usd: rounded(sum.usd), runs: sum.runs })).sort((left, right) => right.usd - left.usd);
	return { usd: rounded(runs.reduce((sum, run) => sum + run.costUsd, 0)), runs: runs.length, byRepository };
}

function repositoriesOf({ work, tasks, day }: DigestFacts): DigestRepository[] {
	const ours = new Set(tasks.filter(({ pullRequestNumber }) => pullRequestNumber > 0).map(({ repository, pullRequestNumber }) => `${repository.toLowerCase()}#${pullRequestNumber}`));
	return [...work].flatMap(([repository, found]) => {
		if (found.kind === 'refused') return [];
		return [
			{
				repository,
				openIssues: found.issues.count,
				issues: found.issues.newest.map(({ number, title, createdAt }) => ({ number, title, isNew: Date.parse(createdAt) >= day.from.getTime() })),
				openPullRequests: found.pullRequests.count,
				pullRequests: found.pullRequests.newest.map(({ number, title, isDraft }) => ({ number, title, isDraft, isMaestros: ours.has(`${repository.toLowerCase()}#${number}`) })),
			},
		];
	});
}

/** What happened yesterday and what is under way, of facts that were gathered. */
export function composeDigest(facts: DigestFacts): Digest {
	const { day, tasks } = facts;
	const refused = [...facts.work].flatMap(([repository, found]) => (found.kind === 'refused' ? [`GitHub does not show ${repository}: ${found.reason}`] : []));
	const of = (...statuses: Task['status'][]): DigestTask[] => tasks.filter(({ status }) => statuses.includes(status)).map(shown);
	const parts = {
		waiting: of('blocked', 'failed'),
		running: of('in_progress'),
		inReview: of('in_review'),
		pending: of('pending'),
		completed: of('completed'),
		cost: costOf(facts.runs),
		repositories: repositoriesOf(facts),
		problems: [...facts.problems, ...refused],
	};
	const counts = [parts.waiting, parts.running, parts.inReview, parts.pending, parts.completed, parts.problems].map((list) => list.length);
	const news = parts.repositories.some(({ openPullRequests, issues }) => openPullRequests > 0 || issues.some(({ isNew }) => isNew));
	return { day: day.date, isQuiet: !news && parts.cost.runs === 0 && counts.every((count) => count === 0), ...parts };
}
