/** The working copies that the agent sees: written as the engine has them, and looked at afterwards for what the agent may do there. */
import { readWorkingCopy, untickSteps, withDone, type Playbook, type Position, type Untick } from '../playbook';
import type { PlaybookFolder } from './folder';

export interface CopiesLook {
	/** What the agent opened again. */
	readonly unticks: readonly Untick[];
	/** A halt marker that the agent wrote; its reason. */
	readonly halt: string | undefined;
	/** For the timeline: what was not accepted. */
	readonly notes: readonly string[];
}

export async function writeCopies(folder: Pick<PlaybookFolder, 'write'>, { documents }: Playbook, position: Position): Promise<void> {
	await folder.write(documents.map((document, index) => ({ name: document.name, text: withDone(document, position.done[index] ?? '') })));
}

export async function lookAtCopies(folder: Pick<PlaybookFolder, 'read'>, { documents }: Playbook, position: Position): Promise<CopiesLook> {
	const unticks: Untick[] = [];
	const notes: string[] = [];
	let halt: string | undefined;
	for (const [index, document] of documents.entries()) {
		const found = readWorkingCopy(document, position.done[index] ?? '', await folder.read(document.name));
		if (found.missing) notes.push(`The agent removed ${document.name}; it was put back`);
		if (found.unticked.length > 0) unticks.push({ document: index, steps: found.unticked });
		if (found.ticked.length > 0) notes.push(`The agent ticked ${found.ticked.length === 1 ? 'a box' : `${found.ticked.length} boxes`} of ${document.name} itself; that does not count`);
		if (found.changed) notes.push(`The agent changed the text of ${document.name}; it was put back`);
		halt ??= found.halt;
	}
	return { unticks, notes, halt };
}

/** `first`: the agent begins with the step. `sent_back`: it did not pass, and goes on. `goes_on`: it was cut off in the middle. */
export type CopiesFor = 'first' | 'sent_back' | 'goes_on';

/** Brings the copies to where an agent can begin. */
export async function prepareCopies(folder: Pick<PlaybookFolder, 'read' | 'write'>, playbook: Playbook, position: Position, why: CopiesFor): Promise<void> {
	switch (why) {
		case 'first':
			await writeCopies(folder, playbook, position);
			return;
		case 'sent_back':
			// The agent has opened these for good reason, and does not know that its work was taken back.
			await writeCopies(folder, playbook, untickSteps(position, (await lookAtCopies(folder, playbook, position)).unticks));
			return;
		case 'goes_on':
			// It finds them as it left them; what it may not change there is put back when it is done.
			for (const [index, document] of playbook.documents.entries()) {
				if ((await folder.read(document.name)) === undefined) await folder.write([{ name: document.name, text: withDone(document, position.done[index] ?? '') }]);
			}
	}
}
