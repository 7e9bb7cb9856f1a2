import type { PlaybookDocument } from './playbook';

/** One character a step, as a position keeps them. */
export const DONE = 'x';
export const OPEN = '-';

/** The steps that are done in the document as it stands. */
export function doneOf({ steps }: PlaybookDocument): string {
	return steps.map(({ isDone }) => (isDone ? DONE : OPEN)).join('');
}

export const isDone = (done: string | undefined, step: number): boolean => done?.charAt(step) === DONE;

/** `done` with these steps marked; a step that is not there is left aside. It is `done` itself where nothing changes. */
export function withMarks(done: string, steps: readonly number[], mark: typeof DONE | typeof OPEN): string {
	const marks = done.split('');
	let changes = false;
	for (const step of steps) {
		if (marks[step] === undefined || marks[step] === mark) continue;
		marks[step] = mark;
		changes = true;
	}
	return changes ? marks.join('') : done;
}
