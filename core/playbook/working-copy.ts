import { parseDocument } from './document';
import { isDone } from './done';
import type { PlaybookDocument, Step } from './playbook';
import { withDone } from './tick';

/** What the agent did to the working copy of a document. The copy is never believed: the position says what is done. */
export interface WorkingCopyChanges {
	/** Steps that were done and are open in the copy; the engine accepts these. */
	readonly unticked: readonly number[];
	/** Steps that were open and are done in the copy; the engine takes these back. */
	readonly ticked: readonly number[];
	/** Anything but the boxes is different, and is restored. */
	readonly changed: boolean;
	readonly missing: boolean;
	/** The reason of a halt marker that the agent put in, which is how a playbook's agent asks to stop; it may be empty. */
	readonly halt: string | undefined;
}

const UNTOUCHED: WorkingCopyChanges = { unticked: [], ticked: [], changed: false, missing: false, halt: undefined };

/** Compares a working copy with what Maestro wrote into it: the document with the steps done that `done` says. */
export function readWorkingCopy(document: PlaybookDocument, done: string, workingText: string | undefined): WorkingCopyChanges {
	if (workingText === undefined) return { ...UNTOUCHED, missing: true };
	if (workingText === withDone(document, done)) return UNTOUCHED;
	const copy = parseDocument(document.name, workingText);
	const isSameText = withoutMarks(copy) === withoutMarks(document);
	const pairs = isSameText ? document.steps.flatMap((step, index) => pairOf(step, copy.steps[index])) : pairsByText(document.steps, copy.steps);
	return {
		unticked: pairs.filter(([step, other]) => isDone(done, step.index) && !other.isDone).map(([step]) => step.index),
		ticked: pairs.filter(([step, other]) => !isDone(done, step.index) && other.isDone).map(([step]) => step.index),
		changed: !isSameText,
		missing: false,
		halt: addedHalt(document, copy),
	};
}

/** A step of the document, and the one that it became in the copy. */
type Pair = readonly [Step, Step];

const pairOf = (step: Step, other: Step | undefined): readonly Pair[] => (other === undefined ? [] : [[step, other]]);

function withoutMarks({ text, steps }: PlaybookDocument): string {
	const parts: string[] = [];
	let from = 0;
	for (const { mark } of steps) {
		parts.push(text.slice(from, mark.start));
		from = mark.end;
	}
	return [...parts, text.slice(from)].join('');
}

/** Steps of the same text, in order; then those to whose text the agent only added a remark, as long as they still stand in order. */
function pairsByText(steps: readonly Step[], others: readonly Step[]): readonly Pair[] {
	const byText = new Map<string, Step[]>();
	for (const other of others) {
		const same = byText.get(other.text);
		if (same === undefined) byText.set(other.text, [other]);
		else same.push(other);
	}
	const taken = new Map<string, number>();
	const left: Step[] = [];
	const pairs: Pair[] = [];
	const paired = new Set<Step>();
	for (const step of steps) {
		const position = taken.get(step.text) ?? 0;
		const other = byText.get(step.text)?.[position];
		taken.set(step.text, position + 1);
		if (other === undefined) {
			left.push(step);
			continue;
		}
		pairs.push([step, other]);
		paired.add(other);
	}
	const othersLeft = others.filter((other) => !paired.has(other));
	if (left.length !== othersLeft.length) return pairs;
	const remarked = left.flatMap((step, index) => pairOf(step, othersLeft[index])).filter(([step, other]) => step.text !== '' && other.text.startsWith(step.text));
	return [...pairs, ...remarked].sort(([one], [two]) => one.index - two.index);
}

/** Markers are told apart by how often each reason stands there: an agent that moves one has added none. */
function addedHalt(document: PlaybookDocument, copy: PlaybookDocument): string | undefined {
	const known = document.markers.filter(({ kind }) => kind === 'halt').map(({ reason }) => reason);
	return copy.markers.filter(({ kind }) => kind === 'halt').find(({ reason }) => {
		const at = known.indexOf(reason);
		if (at !== -1) known.splice(at, 1);
		return at === -1;
	})?.reason;
}
