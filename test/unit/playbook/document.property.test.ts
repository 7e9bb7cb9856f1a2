import fc from 'fast-check';
import { parseDocument, tick, untick, withDone } from '../../../core/playbook';
import { documents } from './documents';
import { naiveSteps } from './naive';

const runs = { numRuns: 1000 };
const PLAIN_MARKS = new Set([' ', 'x']);

describe('a document, whatever is in it', () => {
	it('has the steps that the rules of the format give, by line, mark and text', () => {
		fc.assert(
			fc.property(documents, (text) => {
				const found = parseDocument('a', text).steps.map(({ line, isDone, text: said }) => ({ line, isDone, text: said }));
				expect(found).toEqual(naiveSteps(text));
			}),
			runs,
		);
	});

	it('is cut by ranges that follow each other and say where mark, line and details stand', () => {
		fc.assert(
			fc.property(documents, (text) => {
				let from = 0;
				for (const [index, { mark, block, details, ...step }] of parseDocument('a', text).steps.entries()) {
					expect(step.index).toBe(index);
					expect(block.start).toBeGreaterThanOrEqual(from);
					expect(text.slice(mark.start - 1, mark.start) + text.slice(mark.end, mark.end + 1)).toBe('[]');
					expect(text.slice(mark.start, mark.end)).toMatch(step.isDone ? /^[xX✓✔]$/ : /^\s*$/);
					expect(text.slice(block.start, block.end).endsWith(details)).toBe(true);
					const line = text.slice(block.start, block.end - details.length);
					expect(line.split(/\r\n|\r|\n/).filter((one, at) => at === 0 || one !== '')).toHaveLength(1);
					expect(line.replace(/[\r\n]+$/, '').trimEnd().endsWith(step.text)).toBe(true);
					from = block.end;
				}
				expect(from).toBeLessThanOrEqual(text.length);
			}),
			runs,
		);
	});

	it('has the same characters again after a tick and an untick, but for an odd mark, which becomes a plain one', () => {
		fc.assert(
			fc.property(documents, fc.nat({ max: 40 }), (text, at) => {
				const before = parseDocument('a', text);
				const step = before.steps[at];
				fc.pre(step !== undefined);
				const [there, back] = step.isDone ? [untick, tick] : [tick, untick];
				const moved = parseDocument('a', there(before, at));
				const after = back(moved, at);
				const mark = text.slice(step.mark.start, step.mark.end);
				const plain = step.isDone ? 'x' : ' ';
				expect(after).toBe(`${text.slice(0, step.mark.start)}${plain}${text.slice(step.mark.end)}`);
				if (PLAIN_MARKS.has(mark)) expect(after).toBe(text);
			}),
			runs,
		);
	});

	it('changes at one mark only when a step is ticked, and no other step with it', () => {
		fc.assert(
			fc.property(documents, fc.nat({ max: 40 }), (text, at) => {
				const before = parseDocument('a', text);
				fc.pre(before.steps[at] !== undefined);
				const after = naiveSteps(tick(before, at));
				expect(after).toEqual(naiveSteps(text).map((step, index) => (index === at ? { ...step, isDone: true } : step)));
				expect(tick(before, at).replaceAll(/\[[^\]]*\]/g, '[]')).toBe(text.replaceAll(/\[[^\]]*\]/g, '[]'));
			}),
			runs,
		);
	});

	it('is done exactly as a position says, and is itself for the marks that it has', () => {
		fc.assert(
			fc.property(documents, fc.infiniteStream(fc.boolean()), (text, coin) => {
				const document = parseDocument('a', text);
				expect(withDone(document, document.steps.map(({ isDone }) => (isDone ? 'x' : '-')).join(''))).toBe(text);
				const done = document.steps.map(() => (coin.next().value ? 'x' : '-')).join('');
				const marked = parseDocument('a', withDone(document, done));
				expect(marked.steps.map(({ isDone }) => (isDone ? 'x' : '-')).join('')).toBe(done);
			}),
			runs,
		);
	});
});
