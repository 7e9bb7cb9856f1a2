import type { Violation } from '../../core/git/git';
import type { Task } from '../../core/task/records';
import { withoutEffects } from '../shared/markdown';

/** By this line Maestro knows its own pull requests and comments again; it does not show on the page. */
export const MARKER = '<!-- maestro -->';

const TITLE_LIMIT = 250;
const BODY_LIMIT = 20_000;

/** One line, as GitHub takes it. A squash makes the title a commit's first line, where "fixes #5" closes an issue. */
export function pullRequestTitle(title: string): string {
	const line = title.replace(/\s+/g, ' ').trim();
	const still = withoutEffects(line, Infinity);
	return still.length > TITLE_LIMIT ? `${still.slice(0, TITLE_LIMIT - 1)}…` : still || 'Work by Maestro';
}

export function pullRequestBody(summary: string, task: Pick<Task, 'issueNumber' | 'id' | 'source'>): string {
	const closes = task.issueNumber > 0 ? `Closes #${task.issueNumber}.` : '';
	return [withoutEffects(summary.trim(), BODY_LIMIT), closes, `Made by Maestro for n8n, task ${task.id}.`, MARKER].filter((part) => part !== '').join('\n\n');
}

const RAISE = 'start the task in the form "Maestro: tasks", and let it go as far as a pull request';

/** What a person is told of the work of a task that may reach no more than a branch. */
export function branchNotice(branch: string, url: string): string {
	return `The work is on the branch [\`${branch}\`](${url}), and no pull request was opened: this task may reach no more. Open one from there, or ${RAISE}.`;
}

/** What a person is told of a task that may reach no more than its cause. */
export function causeNotice(summary: string): string {
	return `What the agent found, without changing anything:\n\n${withoutEffects(summary.trim(), BODY_LIMIT)}\n\nTo have it mended, ${RAISE}.`;
}

/** What a person is told when the change may not be proposed. */
export function rejectionNotice(violations: readonly Violation[], branch: string): string {
	const reasons = violations.map((violation) => {
		const shown = violation.paths.slice(0, 10).map((path) => `\`${path.replaceAll('`', "'")}\``);
		const more = violation.paths.length > 10 ? ` and ${violation.paths.length - 10} more` : '';
		return `- ${violation.message}${shown.length > 0 ? `: ${shown.join(', ')}${more}` : ''}`;
	});
	return `The change was not proposed:\n\n${withoutEffects(reasons.join('\n'), BODY_LIMIT)}\n\nThe work stays on the branch \`${branch}\` on the machine that runs n8n. Widen the paths or limits of the project and start the task again (form "Maestro: tasks"), or do it by hand.`;
}
