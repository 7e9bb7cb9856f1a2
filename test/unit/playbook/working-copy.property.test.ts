import fc from 'fast-check';
import { parseDocument, readWorkingCopy, tick, untick, withDone } from '../../../core/playbook';
import { documents } from './documents';

/** A document, what is done of it, and what an agent turned in its copy. */
const turned = fc.tuple(documents, fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }), fc.array(fc.boolean(), { minLength: 40, maxLength: 40 })).map(([text, coins, turns]) => {
	const document = parseDocument('a', text);
	const done = document.steps.map((_, index) => (coins[index] === true ? 'x' : '-')).join('');
	return { document, done, turns: document.steps.map((_, index) => turns[index] === true) };
});

describe('a working copy, whatever the document', () => {
	it('gives back exactly the boxes that were turned in it', () => {
		fc.assert(
			fc.property(turned, ({ document, done, turns }) => {
				let text = withDone(document, done);
				for (const [index, turn] of turns.entries()) {
					const copy = parseDocument('a', text);
					if (turn) text = done[index] === 'x' ? untick(copy, index) : tick(copy, index);
				}
				const indices = (wanted: string): number[] => turns.flatMap((turn, index) => (turn && done[index] === wanted ? [index] : []));
				expect(readWorkingCopy(document, done, text)).toEqual({ unticked: indices('x'), ticked: indices('-'), changed: false, missing: false, halt: undefined });
			}),
			{ numRuns: 1000 },
		);
	});

	it('never names a step twice, nor one that is not there, nor one as both', () => {
		fc.assert(
			fc.property(turned, documents, ({ document, done }, other) => {
				const { unticked, ticked } = readWorkingCopy(document, done, other);
				const all = [...unticked, ...ticked];
				expect(new Set(all).size).toBe(all.length);
				expect(unticked.every((index) => done[index] === 'x')).toBe(true);
				expect(ticked.every((index) => done[index] === '-')).toBe(true);
			}),
			{ numRuns: 1000 },
		);
	});
});
