import { isDone } from './done';
import type { PlaybookDocument, Step } from './playbook';

const TICKED = 'x';
const UNTICKED = ' ';

/** The text with this step done. Every other character stays, and the step's own mark too where it is done already. */
export function tick(document: PlaybookDocument, index: number): string {
	return marked(document, (step) => (step.index === index && !step.isDone ? TICKED : undefined));
}

/** The text with this step open; where it is open already, odd blanks in its box stay. */
export function untick(document: PlaybookDocument, index: number): string {
	return marked(document, (step) => (step.index === index && step.isDone ? UNTICKED : undefined));
}

/** The text with exactly those steps done that `done` says, one character a step. */
export function withDone(document: PlaybookDocument, done: string): string {
	return marked(document, (step) => {
		const wanted = isDone(done, step.index);
		if (wanted === step.isDone) return undefined;
		return wanted ? TICKED : UNTICKED;
	});
}

function marked({ text, steps }: PlaybookDocument, markOf: (step: Step) => string | undefined): string {
	const parts: string[] = [];
	let from = 0;
	for (const step of steps) {
		const mark = markOf(step);
		if (mark === undefined) continue;
		parts.push(text.slice(from, step.mark.start), mark);
		from = step.mark.end;
	}
	return parts.length === 0 ? text : [...parts, text.slice(from)].join('');
}
