import fc from 'fast-check';
import { loadPlaybook, nextStep, passGate, startPosition, tickStep, untickSteps, type Playbook, type Position } from '../../../core/playbook';

interface Made {
	readonly book: Playbook;
	readonly steps: number;
}

const documents = fc.array(fc.record({ boxes: fc.array(fc.constantFrom('- [ ] a', '- [x] b', '<!-- MAESTRO:HITL reason="r" -->'), { maxLength: 6 }), reset: fc.boolean() }), { minLength: 1, maxLength: 4 });

const playbooks: fc.Arbitrary<Made> = fc.record({ documents, loop: fc.boolean(), maxLoops: fc.integer({ min: 1, max: 4 }) }).map(({ documents: all, loop, maxLoops }) => {
	const files = all.map(({ boxes }, index) => ({ name: `${index}_D`, text: ['- [ ] first', ...boxes].join('\n') }));
	const book = loadPlaybook('p', files, { loop, maxLoops, documents: all.map(({ reset }, index) => ({ name: `${index}_D`, resetOnCompletion: reset })) });
	return { book, steps: book.documents.reduce((sum, document) => sum + document.steps.length, 0) };
});

/** Which steps the agent opens again after each step that is done. */
const unticking = fc.infiniteStream(fc.array(fc.record({ document: fc.nat({ max: 4 }), steps: fc.array(fc.nat({ max: 7 }), { maxLength: 3 }) }), { maxLength: 2 }));

function play({ book }: Made, undo: (position: Position) => Position): { readonly ended: string; readonly position: Position; readonly seen: readonly Position[] } {
	const seen: Position[] = [];
	let position = startPosition(book);
	for (;;) {
		const at = nextStep(book, position);
		seen.push(at.position);
		if (seen.length > 10_000) return { ended: 'never', position, seen };
		switch (at.next.kind) {
			case 'step':
				expect(at.position.done[at.next.document]?.[at.next.step.index]).toBe('-');
				position = undo(tickStep(at.position, at.next.document, at.next.step.index));
				break;
			case 'gate':
				position = passGate(at.position, at.next.key);
				break;
			case 'halt':
			case 'limit':
			case 'done':
				return { ended: at.next.kind === 'done' ? at.next.why : at.next.kind, position: at.position, seen };
		}
	}
}

describe('a playbook that is worked through', () => {
	it('does each step exactly once where nobody opens one again', () => {
		fc.assert(
			fc.property(playbooks, (made) => {
				const { ended, position } = play(made, (one) => one);
				const open = startPosition(made.book).done.join('').replaceAll('x', '').length;
				expect({ ended, ticks: position.ticks, loop: position.loop }).toEqual({ ended: 'complete', ticks: open, loop: 1 });
				expect(position.done.join('')).toBe('x'.repeat(made.steps));
			}),
			{ numRuns: 500 },
		);
	});

	it('ends whatever the agent opens again, within its limits', () => {
		fc.assert(
			fc.property(playbooks, unticking, (made, stream) => {
				const { ended, position } = play(made, (one) => untickSteps(one, stream.next().value));
				const { book, steps } = made;
				expect(ended).not.toBe('never');
				expect(position.ticks).toBeLessThanOrEqual(steps * (book.loop ? book.maxLoops : 10));
				expect(position.loop).toBeLessThanOrEqual(book.loop ? book.maxLoops : 1);
				if (ended === 'complete') expect(book.documents.every(({ frontMatter }, index) => frontMatter.resetOnCompletion === true || !position.done[index]!.includes('-'))).toBe(true);
			}),
			{ numRuns: 500 },
		);
	});

	it('goes on from any position after a crash as if nothing had been', () => {
		fc.assert(
			fc.property(playbooks, unticking, (made, stream) => {
				const { seen } = play(made, (one) => untickSteps(one, stream.next().value));
				for (const position of seen) {
					const stored: Position = JSON.parse(JSON.stringify(position));
					expect(nextStep(made.book, stored).next).toEqual(nextStep(made.book, position).next);
				}
			}),
			{ numRuns: 100 },
		);
	});
});
