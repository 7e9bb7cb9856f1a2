import { loadPlaybook, nextStep, passGate, startPosition, tickStep, untickSteps, type LoadOptions, type Next, type Playbook, type Position } from '../../../core/playbook';

const lines = (...all: string[]): string => all.join('\n');
const BOX = '- [ ]';

function playbook(texts: readonly string[], options: LoadOptions = {}): Playbook {
	return loadPlaybook('p', texts.map((text, index) => ({ name: `${index + 1}_D`, text })), options);
}

const next = (book: Playbook, position: Position): Next => nextStep(book, position).next;
const short = (found: Next): string => (found.kind === 'step' ? `${found.document}:${found.step.text} (${found.number} of ${found.of})` : found.kind === 'done' ? found.why : found.kind);

/** Does all steps that come, at most `most`, and says which. */
function play(book: Playbook, most = 50, after: (position: Position, document: number, step: string) => Position = (position) => position): string[] {
	const said: string[] = [];
	let position = startPosition(book);
	for (;;) {
		const at = nextStep(book, position);
		said.push(short(at.next));
		if (at.next.kind !== 'step' || said.length > most) return said;
		position = after(tickStep(at.position, at.next.document, at.next.step.index), at.next.document, at.next.step.text);
	}
}

describe('the order of steps', () => {
	it('is that of the document, and documents follow each other', () => {
		expect(play(playbook([lines(`${BOX} a`, `  ${BOX} b`), 'no steps', `${BOX} c`]))).toEqual(['0:a (1 of 3)', '0:b (2 of 3)', '2:c (3 of 3)', 'complete']);
	});

	it('passes over what was done from the beginning', () => {
		expect(play(playbook([lines('- [x] a', `${BOX} b`), '- [✓] c']))).toEqual(['0:b (2 of 3)', 'complete']);
	});

	it('has nothing where all is done', () => {
		const book = playbook(['- [x] a'], { loop: true });
		expect(next(book, startPosition(book))).toEqual({ kind: 'done', why: 'complete' });
	});

	it('is the same when it is asked for again, and with the position that it gave', () => {
		const book = playbook(['- [x] a', `${BOX} b`]);
		const first = nextStep(book, startPosition(book));
		expect(first.position).toEqual({ ...startPosition(book), document: 1 });
		expect(nextStep(book, first.position)).toEqual(first);
		expect(nextStep(book, startPosition(book))).toEqual(first);
	});

	it('goes back to a step of the same document that was unticked', () => {
		const book = playbook([lines(`${BOX} a`, `${BOX} b`, `${BOX} c`)]);
		const after = untickSteps(tickStep(tickStep(startPosition(book), 0, 0), 0, 1), [{ document: 0, steps: [0] }]);
		expect(short(next(book, after))).toBe('0:a (1 of 3)');
		expect(after.done).toEqual(['-x-']);
	});

	it('leaves an earlier document that was unticked to the next pass, and says so where there is none', () => {
		const book = playbook([`${BOX} a`, `${BOX} b`]);
		const after = untickSteps(tickStep(tickStep(startPosition(book), 0, 0), 1, 0), [{ document: 0, steps: [0] }]);
		expect(next(book, { ...after, document: 1 })).toEqual({ kind: 'done', why: 'loop_off' });
	});
});

describe('ticks and unticks', () => {
	const book = playbook([lines(`${BOX} a`, '- [x] b')]);
	const start = startPosition(book);

	it('count a step once', () => {
		const once = tickStep(start, 0, 0);
		expect(once).toEqual({ loop: 1, document: 0, done: ['xx'], ticksInPass: 1, ticks: 1, gates: [] });
		expect(tickStep(once, 0, 0)).toBe(once);
	});

	it('change nothing where there is no such step', () => {
		expect(tickStep(start, 0, 2)).toBe(start);
		expect(tickStep(start, 1, 0)).toBe(start);
		expect(untickSteps(start, [{ document: 0, steps: [0, 7, -1] }, { document: 9, steps: [0] }])).toBe(start);
	});

	it('leave the position that they began with as it was', () => {
		const before = structuredClone(start);
		untickSteps(tickStep(start, 0, 0), [{ document: 0, steps: [0, 1] }]);
		expect(start).toEqual(before);
	});
});

describe('gates', () => {
	const GATE = '<!-- MAESTRO:HITL reason="Look" artifact="spec.md" -->';
	const gate = (line: number, document = 0, loop = 1): Next => ({ kind: 'gate', document, key: `${loop}.${document}.${line}`, reason: 'Look', artifact: 'spec.md' });

	it('stop before the first open step below, until a person passes them', () => {
		const book = playbook([lines(`${BOX} a`, GATE, '', `${BOX} b`)]);
		const start = startPosition(book);
		expect(short(next(book, start))).toBe('0:a (1 of 2)');
		const after = tickStep(start, 0, 0);
		expect(next(book, after)).toEqual(gate(2));
		expect(short(next(book, passGate(after, '1.0.2')))).toBe('0:b (2 of 2)');
		expect(next(book, passGate(after, '1.0.3'))).toEqual(gate(2));
	});

	it('are passed by a step below that is done', () => {
		const book = playbook([lines(GATE, '- [x] approved', `${BOX} b`)]);
		expect(short(next(book, startPosition(book)))).toBe('0:b (2 of 2)');
	});

	it('are pending again when that step is unticked', () => {
		const book = playbook([lines(GATE, '- [x] approved', `${BOX} b`)]);
		expect(next(book, untickSteps(startPosition(book), [{ document: 0, steps: [0] }]))).toEqual(gate(1));
	});

	it('are asked one after the other where several stand together', () => {
		const book = playbook([lines(GATE, GATE, `${BOX} a`)]);
		const passed = passGate(startPosition(book), '1.0.1');
		expect(next(book, startPosition(book))).toEqual(gate(1));
		expect(next(book, passed)).toEqual(gate(2));
		expect(short(next(book, passGate(passed, '1.0.2')))).toBe('0:a (1 of 1)');
	});

	it('with no open step below, or in a fence, hold nothing up', () => {
		const book = playbook([lines('```', GATE, '```', `${BOX} a`, GATE)]);
		expect(play(book)).toEqual(['0:a (1 of 1)', 'complete']);
	});

	it('ask again in the next pass', () => {
		const book = playbook([lines(GATE, `${BOX} a`), `${BOX} b`], { loop: true });
		const opened = untickSteps(tickStep(tickStep(passGate(startPosition(book), '1.0.1'), 0, 0), 1, 0), [{ document: 0, steps: [0] }]);
		expect(short(next(book, { ...opened, document: 0 }))).toBe('0:a (1 of 2)');
		expect(next(book, { ...opened, document: 1 })).toEqual(gate(1, 0, 2));
	});

	it('are noted once', () => {
		const once = passGate(startPosition(playbook([`${BOX} a`])), '1.0.1');
		expect(passGate(once, '1.0.1')).toBe(once);
	});
});

describe('a halt marker', () => {
	const HALT = '<!-- maestro:halt: no tests -->';

	it('stops before the document in which it stands, wherever it stands there', () => {
		const book = playbook([`${BOX} a`, lines(`${BOX} b`, HALT)]);
		expect(play(book)).toEqual(['0:a (1 of 2)', 'halt']);
		expect(next(book, tickStep(startPosition(book), 0, 0))).toEqual({ kind: 'halt', document: 1, reason: 'no tests' });
	});

	it('goes before a gate', () => {
		const book = playbook([lines('<!-- MAESTRO:HITL reason="x" -->', `${BOX} a`, HALT)]);
		expect(next(book, startPosition(book)).kind).toBe('halt');
	});

	it('in a document that is done stops nothing', () => {
		expect(play(playbook([lines('- [x] a', HALT), `${BOX} b`]))).toEqual(['1:b (2 of 2)', 'complete']);
	});
});

describe('a loop', () => {
	const reset = (options: LoadOptions = {}): LoadOptions => ({ loop: true, documents: [{ name: '1_D' }, { name: '2_D', resetOnCompletion: true }], ...options });
	/** The second document is the gate of the loop: it unticks the first, as often as it is told to. */
	const gateOf = (times: number) => {
		let left = times;
		return (position: Position, document: number): Position => {
			if (document !== 1 || left === 0) return position;
			left -= 1;
			return untickSteps(position, [{ document: 0, steps: [0] }]);
		};
	};

	it('begins again as long as a document without reset is open, and clears those with it', () => {
		expect(play(playbook([`${BOX} a`, `${BOX} g`], reset()), 50, gateOf(2))).toEqual(['0:a (1 of 2)', '1:g (2 of 2)', '0:a (1 of 2)', '1:g (2 of 2)', '0:a (1 of 2)', '1:g (2 of 2)', 'complete']);
	});

	it('does not begin again where it is off', () => {
		expect(play(playbook([`${BOX} a`, `${BOX} g`], reset({ loop: false })), 50, gateOf(9))).toEqual(['0:a (1 of 2)', '1:g (2 of 2)', 'loop_off']);
	});

	it('ends at its limit, which is 10 where nothing is said', () => {
		expect(play(playbook([`${BOX} a`, `${BOX} g`], reset({ maxLoops: 2 })), 50, gateOf(99))).toHaveLength(2 * 2 + 1);
		const ten = play(playbook([`${BOX} a`, `${BOX} g`], reset()), 50, gateOf(99));
		expect(ten).toHaveLength(10 * 2 + 1);
		expect(ten.at(-1)).toBe('max_loops');
	});

	it('ends when all documents are reset ones', () => {
		const book = playbook([`${BOX} a`], { loop: true, documents: [{ name: '1_D', resetOnCompletion: true }] });
		expect(play(book)).toEqual(['0:a (1 of 1)', 'complete']);
	});

	it('is complete at its limit too, where all is done', () => {
		expect(play(playbook([`${BOX} a`, `${BOX} g`], reset({ maxLoops: 1 })))).toEqual(['0:a (1 of 2)', '1:g (2 of 2)', 'complete']);
	});

	it('ends after a pass that did nothing', () => {
		const book = playbook(['- [x] a', '- [x] b'], { loop: true });
		const open = { ...untickSteps(startPosition(book), [{ document: 0, steps: [0] }]), document: 1 };
		expect(next(book, open)).toEqual({ kind: 'done', why: 'nothing_done' });
		expect(short(next(book, { ...open, ticksInPass: 1 }))).toBe('0:a (1 of 2)');
	});

	it('begins a pass with its number, its ticks and the cleared boxes', () => {
		const book = playbook([`${BOX} a`, lines('- [x] g', `${BOX} h`)], reset());
		const end = gateOf(1)(tickStep(tickStep(startPosition(book), 0, 0), 1, 1), 1);
		const { position, finished } = nextStep(book, end);
		expect(position).toEqual({ loop: 1, document: 0, done: ['-', 'xx'], ticksInPass: 2, ticks: 2, gates: [] });
		expect(finished).toEqual([]);
		const again = nextStep(book, { ...end, document: 1 });
		expect(again.position).toEqual({ loop: 2, document: 0, done: ['-', '--'], ticksInPass: 0, ticks: 2, gates: [] });
		expect(again.finished).toEqual([{ document: 1, loop: 1, done: 'xx' }]);
	});

	it('says which reset documents its last pass completed as well', () => {
		const book = playbook([`${BOX} a`, `${BOX} g`], reset());
		const end = nextStep(book, tickStep(tickStep(startPosition(book), 0, 0), 1, 0));
		expect(end).toMatchObject({ next: { kind: 'done', why: 'complete' }, finished: [{ document: 1, loop: 1, done: 'x' }] });
	});
});

describe('a playbook without an end', () => {
	const endless = (options: LoadOptions): string[] => {
		const undo = (position: Position): Position => untickSteps(position, [{ document: 0, steps: [0, 1] }]);
		return play(playbook([lines(`${BOX} a`, `${BOX} b`)], options), 500, undo);
	};

	it('is stopped after ten times its steps', () => {
		expect(endless({})).toHaveLength(10 * 2 + 1);
		expect(endless({}).at(-1)).toBe('limit');
	});

	it('is stopped after as many passes as its loop may have', () => {
		expect(endless({ loop: true, maxLoops: 3 })).toHaveLength(3 * 2 + 1);
	});

	it('says how many steps it took', () => {
		const book = playbook([`${BOX} a`]);
		expect(next(book, { ...startPosition(book), ticks: 10 })).toEqual({ kind: 'limit', document: 0, ticks: 10, most: 10 });
	});
});

describe('a position that does not fit its playbook', () => {
	const book = playbook([lines(`${BOX} a`, `${BOX} b`), `${BOX} c`]);

	it('has as open what it says nothing of', () => {
		expect(short(next(book, { ...startPosition(book), done: ['x'] }))).toBe('0:b (2 of 3)');
		expect(short(next(book, { ...startPosition(book), done: [], document: 1 }))).toBe('1:c (3 of 3)');
	});

	it('ends where it lies behind the last document', () => {
		expect(next(book, { ...startPosition(book), document: 7 })).toEqual({ kind: 'done', why: 'loop_off' });
	});
});
