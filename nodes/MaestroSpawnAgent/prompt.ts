import { fence, withoutCommand } from '../../core/agent/fence';
import { renderPrompt, type OutsideText } from '../../core/session/prompt';
import type { Project, Task } from '../../core/task/records';
import type { SpawnParameters } from './parameters';

const RESUMED = 'You were interrupted while you worked on what follows. Look at the state of the repository first (git status, git log), keep what is good, and go on from there.';

function isPart(value: unknown): value is { label: string; text: string } {
	return typeof value === 'object' && value !== null && 'label' in value && 'text' in value && typeof value.label === 'string' && typeof value.text === 'string';
}

/** Feedback as Await PR gives it: a heading of Maestro's own, and parts that others wrote. */
function outsideTexts(feedback: SpawnParameters['feedback']): { heading: string; parts: OutsideText[] } {
	const parts: unknown = feedback.parts;
	return {
		heading: typeof feedback.heading === 'string' ? feedback.heading : '',
		parts: Array.isArray(parts) ? parts.filter(isPart) : [],
	};
}

export function promptFor(parameters: SpawnParameters, task: Task | undefined, project: Project | undefined, isResumed: boolean): string {
	const { heading, parts } = outsideTexts(parameters.feedback);
	const outside = heading === '' ? parts : [{ label: 'what came back', text: heading }, ...parts];
	const prompt = renderPrompt(
		{
			instructions: isResumed ? `${RESUMED}\n\n${parameters.prompt}` : parameters.prompt,
			project,
			task: parameters.includeTask ? task : undefined,
			outside,
		},
		(label, text) => fence(label, text),
	);
	return withoutCommand(prompt);
}
