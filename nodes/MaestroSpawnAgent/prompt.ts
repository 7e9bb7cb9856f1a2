import { fence, withoutCommand } from '../../core/agent/fence';
import { renderPrompt, type OutsideText } from '../../core/session/prompt';
import type { Project, Task } from '../../core/task/records';
import type { RunStatus } from '../../core/task/states';
import type { SpawnParameters } from './parameters';

/** What the agent has behind it. */
export interface Before {
	/** The conversation goes on, so it knows the task. */
	readonly isResumed: boolean;
	/** How the run ended that is gone on with; undefined: it is the first. */
	readonly earlier: RunStatus | undefined;
	/** What it is told of the pictures that came with the task. */
	readonly pictures: readonly OutsideText[];
}

const AGAIN = 'You have worked on this before. It is asked for again, and its text may have changed since: here it is as it is now. Look at the state of the repository first.';
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

export function promptFor(parameters: SpawnParameters, task: Task | undefined, project: Project | undefined, before: Before): string {
	const { heading, parts } = outsideTexts(parameters.feedback);
	const outside = heading === '' ? parts : [{ label: 'what came back', text: heading }, ...parts];
	const { isResumed, earlier, pictures } = before;
	const preface = earlier === undefined || !isResumed ? '' : earlier === 'interrupted' || earlier === 'paused' || earlier === 'stopped' ? RESUMED : AGAIN;
	// Whoever has not been told the task, or was told it before it changed, is told it whatever the option says.
	const tells = parameters.includeTask || !isResumed || preface === AGAIN;
	const prompt = renderPrompt(
		{
			instructions: preface === '' ? parameters.prompt : `${preface}\n\n${parameters.prompt}`,
			project,
			task: tells ? task : undefined,
			outside: tells ? [...pictures, ...outside] : outside,
		},
		(label, text) => fence(label, text),
	);
	return withoutCommand(prompt);
}
