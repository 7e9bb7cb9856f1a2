import { DONE, doneOf, isDone, OPEN, withMarks } from './done';
import { pendingIn } from './pending';
import type { Next, Playbook, PlaybookDocument, Position } from './playbook';

/** A document with `resetOnCompletion` that a pass completed. */
export interface FinishedDocument {
	readonly document: number;
	readonly loop: number;
	readonly done: string;
}

export interface NextStep {
	readonly next: Next;
	/** To be kept, and given to the next call. */
	readonly position: Position;
	/**
	 * For the copy that is kept of each: `runs/<name>-<timestamp>-loop-<loop>.md`, with `withDone`. Said when the pass ends; when it was the
	 * last one, every further call says it again.
	 */
	readonly finished: readonly FinishedDocument[];
}

export interface Untick {
	readonly document: number;
	readonly steps: readonly number[];
}

/** At the beginning. What is done in a document as it was written counts as done. */
export function startPosition(playbook: Playbook): Position {
	return { loop: 1, document: 0, done: playbook.documents.map(doneOf), ticksInPass: 0, ticks: 0, gates: [] };
}

/** What comes next: on over finished documents, and into the next pass of a loop. Asked again, it says the same. */
export function nextStep(playbook: Playbook, position: Position): NextStep {
	for (let document = position.document; document < playbook.documents.length; document += 1) {
		const next = pendingIn(playbook, position, document);
		if (next !== undefined) return { next, position: document === position.document ? position : { ...position, document }, finished: [] };
	}
	const finished = finishedIn(playbook, position);
	const end = endAfterPass(playbook, position);
	if (end !== undefined) return { next: end, position, finished };
	// A document without reset is open, so that the new pass stops there at the latest.
	return { ...nextStep(playbook, newPass(playbook, position)), finished };
}

/** Why nothing comes after this pass; undefined when a further one does. */
function endAfterPass({ documents, loop, maxLoops }: Playbook, position: Position): Next | undefined {
	const isComplete = documents.every((document, index) => isReset(document) || isFinished(document, position.done[index]));
	if (isComplete) return { kind: 'done', why: 'complete' };
	if (!loop) return { kind: 'done', why: 'loop_off' };
	if (position.loop >= maxLoops) return { kind: 'done', why: 'max_loops' };
	return position.ticksInPass === 0 ? { kind: 'done', why: 'nothing_done' } : undefined;
}

const isReset = ({ frontMatter }: PlaybookDocument): boolean => frontMatter.resetOnCompletion === true;
const isFinished = ({ steps }: PlaybookDocument, done: string | undefined): boolean => steps.every(({ index }) => isDone(done, index));

function finishedIn({ documents }: Playbook, { loop, done }: Position): readonly FinishedDocument[] {
	return documents.flatMap((document, index) => {
		const marks = done[index];
		const isKept = marks !== undefined && isReset(document) && document.steps.length > 0 && isFinished(document, marks);
		return isKept ? [{ document: index, loop, done: marks }] : [];
	});
}

function newPass({ documents }: Playbook, position: Position): Position {
	const done = documents.map((document, index) => (isReset(document) ? OPEN.repeat(document.steps.length) : (position.done[index] ?? '')));
	return { ...position, loop: position.loop + 1, document: 0, done, ticksInPass: 0 };
}

/** One more step is done; a step that is done already does not count again. */
export function tickStep(position: Position, document: number, step: number): Position {
	const done = withMarksIn(position, document, [step], DONE);
	return done === position.done ? position : { ...position, done, ticksInPass: position.ticksInPass + 1, ticks: position.ticks + 1 };
}

/** What the agent opened again in its working copies. */
export function untickSteps(position: Position, unticks: readonly Untick[]): Position {
	return unticks.reduce((at, { document, steps }) => {
		const done = withMarksIn(at, document, steps, OPEN);
		return done === at.done ? at : { ...at, done };
	}, position);
}

/** A person has answered at this gate. */
export function passGate(position: Position, key: string): Position {
	return position.gates.includes(key) ? position : { ...position, gates: [...position.gates, key] };
}

function withMarksIn({ done }: Position, document: number, steps: readonly number[], mark: typeof DONE | typeof OPEN): readonly string[] {
	const before = done[document];
	if (before === undefined) return done;
	const after = withMarks(before, steps, mark);
	return after === before ? done : done.with(document, after);
}
