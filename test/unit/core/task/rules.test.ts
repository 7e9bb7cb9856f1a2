import { NO_RULES, rule, type Known, type RuledSignal, type Ruling, type TaskRules } from '../../../../core/task/rules';

const NOW = new Date('2026-03-01T12:00:00.000Z');
const ago = (minutes: number): string => new Date(NOW.getTime() - minutes * 60_000).toISOString();
const a = (fields: Partial<RuledSignal> = {}): RuledSignal => ({ kind: 'issue.labeled', severity: 'medium', count: undefined, own: false, reopened: false, receivedAt: NOW.toISOString(), ...fields });
const decide = (signal: Partial<RuledSignal> = {}, known: Partial<Known> = {}, rules: Partial<TaskRules> = {}): Ruling =>
	rule(a(signal), { task: undefined, madeBySource: [], madeInProject: [], ...known }, { ...NO_RULES, ...rules }, NOW);
const completed = { id: 7, status: 'completed', finishedAt: ago(120) } as const;
const back = { kind: 'regressed' };

describe('a rule', () => {
	it('makes a task of what is new, and counts what is there', () => {
		expect(decide()).toEqual({ kind: 'create', regressionOf: 0 });
		for (const status of ['pending', 'in_progress', 'in_review', 'blocked', 'failed', 'cancelled', 'completed'] as const) {
			expect(decide({}, { task: { ...completed, status } })).toEqual({ kind: 'count' });
		}
	});

	it('makes a new task of what was completed and is back, and of nothing else', () => {
		expect(decide(back, { task: completed })).toEqual({ kind: 'create', regressionOf: 7 });
		for (const status of ['pending', 'in_progress', 'in_review', 'blocked', 'failed', 'cancelled'] as const) {
			expect(decide(back, { task: { ...completed, status } })).toEqual({ kind: 'count' });
		}
		// It came in before the task was completed, and was only looked at now.
		expect(decide({ ...back, receivedAt: ago(121) }, { task: completed })).toEqual({ kind: 'count' });
	});

	it('makes a new task of a completed one that somebody opened again', () => {
		expect(decide({ reopened: true }, { task: completed })).toEqual({ kind: 'create', regressionOf: 7 });
		expect(decide({ reopened: true }, { task: { ...completed, status: 'in_review' } })).toEqual({ kind: 'count' });
		expect(decide({ reopened: true, receivedAt: ago(121) }, { task: completed })).toEqual({ kind: 'count' });
	});

	it('lets a task cool down before what is back counts as new', () => {
		expect(decide(back, { task: completed }, { coolDownMs: 121 * 60_000 })).toEqual({ kind: 'count' });
		expect(decide(back, { task: completed }, { coolDownMs: 119 * 60_000 })).toEqual({ kind: 'create', regressionOf: 7 });
	});

	it('leaves out what is resolved, whether there is a task or not', () => {
		expect(decide({ kind: 'issue.resolved' })).toMatchObject({ kind: 'ignore' });
		expect(decide({ kind: 'issue.resolved' }, { task: completed })).toMatchObject({ kind: 'ignore' });
	});

	it('makes no task of what Maestro wrote, and still counts it on one that is there', () => {
		expect(decide({ own: true })).toEqual({ kind: 'ignore', reason: 'Maestro wrote it itself' });
		expect(decide({ own: true, ...back }, { task: completed })).toMatchObject({ kind: 'ignore' });
		expect(decide({ own: true }, { task: { ...completed, status: 'blocked' } })).toEqual({ kind: 'count' });
	});

	it('asks for a count and a severity', () => {
		expect(decide({ count: 4 }, {}, { minimumCount: 5 })).toMatchObject({ kind: 'ignore', reason: expect.stringContaining('5 times') });
		expect(decide({ count: 5 }, {}, { minimumCount: 5 })).toMatchObject({ kind: 'create' });
		expect(decide({}, {}, { minimumCount: 5 })).toMatchObject({ kind: 'create' });
		expect(decide({}, {}, { minimumSeverity: 'high' })).toMatchObject({ kind: 'ignore', reason: expect.stringContaining('high') });
		expect(decide({ severity: 'urgent' }, {}, { minimumSeverity: 'high' })).toMatchObject({ kind: 'create' });
		// What is there already is counted however little it is.
		expect(decide({ count: 1, severity: 'low' }, { task: { ...completed, status: 'pending' } }, { minimumCount: 5, minimumSeverity: 'high' })).toEqual({ kind: 'count' });
	});

	it('makes so many tasks in an hour and no more, of one source and in one project', () => {
		const made = [ago(1), ago(59), ago(61)];
		expect(decide({}, { madeBySource: made }, { maxPerHour: 2 })).toMatchObject({ kind: 'ignore', reason: expect.stringContaining('2 new tasks of this source') });
		expect(decide({}, { madeBySource: made }, { maxPerHour: 3 })).toMatchObject({ kind: 'create' });
		expect(decide({}, { madeInProject: made }, { maxPerHourInProject: 2 })).toMatchObject({ kind: 'ignore', reason: expect.stringContaining('in this project') });
		expect(decide(back, { task: completed, madeInProject: made }, { maxPerHourInProject: 2 })).toMatchObject({ kind: 'ignore' });
		expect(decide({}, { madeBySource: made, madeInProject: made })).toMatchObject({ kind: 'create' });
	});
});
