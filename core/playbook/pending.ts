import { isDone } from './done';
import type { Marker, Next, Playbook, PlaybookDocument, Position, Step } from './playbook';

/** How many passes' worth of ticks a playbook without a loop may take; an agent that opens steps again could make it endless. */
const PASSES_WITHOUT_LOOP = 10;

/** What an open document wants next: its first open step, or what stands before it. Undefined: all of it is done. */
export function pendingIn(playbook: Playbook, position: Position, index: number): Next | undefined {
	const document = playbook.documents[index];
	const step = document?.steps.find((one) => !isDone(position.done[index], one.index));
	if (document === undefined || step === undefined) return undefined;
	const halt = document.markers.find(({ kind }) => kind === 'halt');
	if (halt !== undefined) return { kind: 'halt', document: index, reason: halt.reason };
	const total = playbook.documents.reduce((sum, { steps }) => sum + steps.length, 0);
	const most = total * (playbook.loop ? playbook.maxLoops : PASSES_WITHOUT_LOOP);
	if (position.ticks >= most) return { kind: 'limit', document: index, ticks: position.ticks, most };
	const gate = gatesBefore(document, step).find(({ line }) => !position.gates.includes(keyOf(position, index, line)));
	if (gate !== undefined) return { kind: 'gate', document: index, key: keyOf(position, index, gate.line), reason: gate.reason, artifact: gate.artifact };
	const before = playbook.documents.slice(0, index).reduce((sum, { steps }) => sum + steps.length, 0);
	return { kind: 'step', document: index, step, number: before + step.index + 1, of: total };
}

/** The gates above the first open step with no step between, since every step above it is done. */
function gatesBefore({ markers, steps }: PlaybookDocument, step: Step): readonly (Marker & { readonly kind: 'gate' })[] {
	const above = steps[step.index - 1]?.line ?? 0;
	return markers.filter((marker) => marker.kind === 'gate').filter(({ line }) => line > above && line < step.line);
}

const keyOf = ({ loop }: Position, document: number, line: number): string => `${loop}.${document}.${line}`;
