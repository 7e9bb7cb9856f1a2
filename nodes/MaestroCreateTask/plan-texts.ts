import type { Child } from '../../core/task/plan-children';
import type { Task } from '../../core/task/records';
import { withoutEffects } from '../shared/markdown';

const LONGEST_BODY = 20_000;
const LONGEST_TITLE = 200;

type Numbered = Pick<Task, 'title' | 'issueNumber'>;

function reference({ title, issueNumber }: Numbered): string {
	return issueNumber > 0 ? `#${issueNumber}` : `"${withoutEffects(title, LONGEST_TITLE)}"`;
}

function references(keys: readonly string[], tasks: ReadonlyMap<string, Numbered>): string {
	return keys.flatMap((key) => tasks.get(key) ?? []).map(reference).join(', ');
}

/** The text of a child's issue. `tasks` must hold those that it depends on, with their issues. */
export function childIssueBody(child: Child, parent: Pick<Task, 'issueNumber'>, tasks: ReadonlyMap<string, Numbered>): string {
	const { body, dependsOn } = child.planned;
	const links = [
		...(parent.issueNumber > 0 ? [`Part of #${parent.issueNumber}`] : []),
		...(dependsOn.length > 0 ? [`Depends on ${references(dependsOn, tasks)}`] : []),
	];
	return [withoutEffects(body, LONGEST_BODY), ...(links.length > 0 ? [links.join('\n')] : [])].join('\n\n');
}

/** What the parent's issue says of its children, in the order in which they can be done. */
export function planComment(children: readonly Child[]): string {
	const tasks = new Map(children.map(({ planned, task }) => [planned.key, task]));
	const lines = children.map(({ planned, task }, index) => {
		const after = planned.dependsOn.length > 0 ? `, after ${references(planned.dependsOn, tasks)}` : '';
		const apart = planned.conflictsWith.length > 0 ? `, not beside ${references(planned.conflictsWith, tasks)}` : '';
		const name = withoutEffects(task.title, LONGEST_TITLE);
		return `${index + 1}. ${task.issueNumber > 0 ? `#${task.issueNumber} ${name}` : name}${after}${apart}`;
	});
	return `This is split into ${children.length === 1 ? 'one task' : `${children.length} tasks`}. Each gets a pull request of its own:\n\n${lines.join('\n')}`;
}
