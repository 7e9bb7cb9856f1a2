import type { Digest, DigestTask } from './digest';
import { firstOf, githubLink, type Line, type Page, type Part, type Section } from './page';

export interface DigestLayout {
	/** Of GitHub. */
	readonly webUrl: string;
	/** How many entries of a list are written out. */
	readonly most: number;
}

const LONGEST_REASON = 200;

export function plural(count: number, one: string, many = `${one}s`): string {
	return `${count} ${count === 1 ? one : many}`;
}

export function usd(amount: number): string {
	return `$${amount.toFixed(2)}`;
}

function linkOf({ repository, pullRequestNumber, issueNumber, title }: DigestTask, webUrl: string): Part {
	if (pullRequestNumber > 0) return githubLink(webUrl, repository, 'pull', pullRequestNumber, title);
	return issueNumber > 0 ? githubLink(webUrl, repository, 'issues', issueNumber, title) : { outside: title };
}

function shortened(reason: string): string {
	return reason.length <= LONGEST_REASON ? reason : `${reason.slice(0, LONGEST_REASON).trimEnd()}…`;
}

function tasksSection(heading: string, tasks: readonly DigestTask[], { webUrl, most }: DigestLayout): Section {
	const lineOf = (task: DigestTask): Line => {
		const reason: Part[] = task.statusReason === '' ? [] : [': ', { outside: shortened(task.statusReason) }];
		return [`Task ${task.id} of `, { outside: task.repository }, ', ', linkOf(task, webUrl), ...(task.status === 'failed' ? [' (failed)'] : []), ...reason];
	};
	return { heading: `${heading} (${tasks.length})`, lines: firstOf(tasks, most, lineOf) };
}

function githubSections({ repositories }: Digest, { webUrl, most }: DigestLayout): Section[] {
	return repositories.flatMap(({ repository, ...found }) => {
		const pulls = firstOf(
			found.pullRequests,
			most,
			({ number, title, isDraft, isMaestros }) => [githubLink(webUrl, repository, 'pull', number, `#${number} ${title}`), isDraft ? ' (draft)' : '', isMaestros ? ' (Maestro)' : ''],
			found.openPullRequests,
		);
		const issues = firstOf(found.issues, most, ({ number, title, isNew }) => [githubLink(webUrl, repository, 'issues', number, `#${number} ${title}`), isNew ? ' (new)' : ''], found.openIssues);
		return [
			{ heading: `${repository}: ${plural(found.openPullRequests, 'open pull request')}`, lines: pulls },
			{ heading: `${repository}: ${plural(found.openIssues, 'open issue')}`, lines: issues },
		];
	});
}

function costSection({ cost, day }: Digest): Section {
	const lines = cost.byRepository.map(({ repository, usd: amount, runs }): Line => [repository === '' ? 'Without a task' : { outside: repository }, `: ${usd(amount)}, ${plural(runs, 'run')}`]);
	return { heading: `Cost on ${day}: ${usd(cost.usd)}, ${plural(cost.runs, 'run')}`, lines };
}

function titleOf({ waiting, running, inReview, cost, isQuiet }: Digest): string {
	if (isQuiet) return 'Maestro: nothing to report';
	const needs = waiting.length === 0 ? [] : [`${plural(waiting.length, 'task')} ${waiting.length === 1 ? 'needs' : 'need'} you`];
	return `Maestro: ${[...needs, `${running.length} running`, `${inReview.length} in review`, `${usd(cost.usd)} yesterday`].join(', ')}`;
}

/** What needs a person comes first; empty lists are left out. */
export function digestPage(digest: Digest, layout: DigestLayout): Page {
	const problems: Section = { heading: 'Could not be found out', lines: digest.problems.map((problem): Line => [{ outside: problem }]) };
	const sections = [
		tasksSection('Needs you', digest.waiting, layout),
		tasksSection('Running', digest.running, layout),
		tasksSection('In review', digest.inReview, layout),
		tasksSection('Waiting their turn', digest.pending, layout),
		tasksSection(`Completed on ${digest.day}`, digest.completed, layout),
		...githubSections(digest, layout),
	].filter(({ lines }) => lines.length > 0);
	return { title: titleOf(digest), sections: [...sections, costSection(digest), ...(problems.lines.length > 0 ? [problems] : [])] };
}
