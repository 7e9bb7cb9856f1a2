import { fence } from '../../core/agent/fence';
import { renderPrompt, type OutsideText } from '../../core/session/prompt';
import type { PlaybookState, Project, Task } from '../../core/task/records';
import type { RunStatus } from '../../core/task/states';

const AGAIN = 'You have worked on this before. It is asked for again, and the text of the task may have changed since: here it is as it is now. Look at the state of the repository first.';
const RESUMED = 'You were interrupted while you worked on what follows. Look at the state of the repository first (git status, git log), keep what is good, and go on from there.';

export interface StepPromptParts {
	/** What the playbook says of the step, rendered. */
	readonly step: string;
	readonly project: Project;
	readonly task: Task;
	readonly row: Pick<PlaybookState, 'problem' | 'problemOutput' | 'answer' | 'question'>;
	/** Files that must stay as they are. */
	readonly proofs: readonly string[];
	/** What the agent is told of the pictures that came with the task. */
	readonly pictures: readonly OutsideText[];
	readonly isResumed: boolean;
	/** How the run ended that is gone on with; undefined: there is none. */
	readonly earlier: RunStatus | undefined;
}

function preface({ isResumed, earlier }: StepPromptParts): string {
	if (!isResumed || earlier === undefined) return '';
	switch (earlier) {
		case 'interrupted':
		case 'paused':
		case 'stopped':
			return RESUMED;
		case 'running':
		case 'completed':
		case 'needs_input':
		case 'failed':
			return AGAIN;
	}
}

/** Maestro's own words first; what a check or a person said stands fenced below, beside the task. */
export function promptFor(parts: StepPromptParts): string {
	const { row, proofs, isResumed } = parts;
	const before = preface(parts);
	const outside: OutsideText[] = [];
	if (row.problemOutput !== '') outside.push({ label: 'what came of it', text: row.problemOutput });
	// The question is the agent's, who may have taken it from the task: no label may say it.
	if (row.answer !== '') outside.push({ label: 'answer of a person', text: row.question === '' ? row.answer : `${row.question}\n\nThe answer:\n${row.answer}` });
	const sections = [
		before,
		row.problem === '' ? '' : `Your work on this step did not pass: ${row.problem}.${row.problemOutput === '' ? '' : ' What came of it is quoted below.'} Mend it, and commit.`,
		row.answer === '' ? '' : 'A person has answered; the answer is quoted below. Take it as the decision about what was asked.',
		parts.step,
		proofs.length === 0 ? '' : `These files prove an earlier step and must stay exactly as they are: ${proofs.slice(0, 30).join(', ')}.`,
	];
	// Who is sent back with a problem was told the task a moment ago; at a new step a person may have changed it since.
	const tells = !isResumed || before === AGAIN || row.problem === '';
	return renderPrompt(
		{
			instructions: sections.filter((section) => section !== '').join('\n\n'),
			project: parts.project,
			task: tells ? parts.task : undefined,
			outside: tells ? [...parts.pictures, ...outside] : outside,
		},
		(label, text) => fence(label, text),
	);
}
