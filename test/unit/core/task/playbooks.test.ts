import { startPosition, loadPlaybook } from '../../../../core/playbook';
import { blank } from '../../../../core/task/blank';
import { findPlaybook, movePlaybook, playbooksOf, positionOf, recordsOf, startPlaybook, withRecord, type StepRecord } from '../../../../core/task/playbooks';
import { playbookColumns, type PlaybookState } from '../../../../core/task/records';
import { createMemoryStore } from '../../../fixtures/memory-store';
import { testTools } from '../../../fixtures/task-tools';

const signal = new AbortController().signal;
const POSITION = startPosition(loadPlaybook('p', [{ name: 'a', text: '- [ ] one\n' }]));
const draft = (fields: Partial<PlaybookState> = {}) => ({ taskId: 7, playbook: 'p', position: JSON.stringify(POSITION), sha256: 'hash', ...fields });
const tools = () => testTools(createMemoryStore({ sqliteRace: true }));
const rowWith = (checks: string): PlaybookState => ({ ...blank(playbookColumns), id: 4, taskId: 7, playbook: 'p', checks, createdAt: '', updatedAt: '' });
const find = async (with2: ReturnType<typeof tools>, name: string) => findPlaybook(await playbooksOf(with2, 7, signal), name);
const record = (tick: number, fields: Partial<StepRecord> = {}): StepRecord => ({ tick, loop: 1, step: `step ${tick}`, summary: 'Done.', sha: 'sha', costUsd: 0.5, ...fields });

describe('the row of a playbook', () => {
	it('is found by its task and name, and begins running', async () => {
		const with2 = tools();
		const row = await startPlaybook(with2, draft(), signal);
		await startPlaybook(with2, draft({ taskId: 8 }), signal);
		expect(row).toMatchObject({ taskId: 7, status: 'running', tries: 0, version: 1 });
		expect(await find(with2, 'p')).toMatchObject({ id: row.id });
		expect(await find(with2, 'q')).toBeUndefined();
		expect(positionOf(row)).toEqual(POSITION);
	});

	it('is the same for two who begin at once', async () => {
		const both = tools();
		const [one, two] = await Promise.all([startPlaybook(both, draft(), signal), startPlaybook(both, draft(), signal)]);
		expect(one.id).toBe(two.id);
	});

	it('is moved by one of many at once; the others hear of it', async () => {
		const many = tools();
		const row = await startPlaybook(many, draft(), signal);
		const moves = await Promise.allSettled(Array.from({ length: 8 }, async (_, index) => await movePlaybook(many, row, { tries: index + 1 }, signal)));
		const moved = moves.filter((move) => move.status === 'fulfilled').map(({ value }) => value);
		expect(moved).toHaveLength(1);
		expect(await find(many, 'p')).toMatchObject({ tries: moved[0]?.tries, version: 2 });
		for (const move of moves) if (move.status === 'rejected') expect(move.reason).toMatchObject({ code: 'lost_race', message: expect.stringContaining('"p" of task 7') });
	});

	it.each(['', 'second', '[]', '{"loop":0}', JSON.stringify({ ...POSITION, done: 'x' })])('that somebody edited to %j is an error that says how to begin anew', async (position) => {
		const row = await startPlaybook(tools(), draft({ position }), signal);
		expect(() => positionOf(row)).toThrow(expect.objectContaining({ code: 'bad_playbook', advice: expect.stringContaining(`row ${row.id}`) }));
	});
});

describe('what was done step by step', () => {
	const after = (records: readonly StepRecord[], next: StepRecord): StepRecord[] => {
		const checks = records.reduce((json, one) => withRecord(rowWith(json), one), '');
		return recordsOf(rowWith(withRecord(rowWith(checks), next)));
	};
	const ticks = (records: readonly StepRecord[]): number[] => records.map(({ tick }) => tick);
	const many = (count: number, fields: (tick: number) => Partial<StepRecord> = () => ({})): StepRecord[] => Array.from({ length: count }, (_, index) => record(index + 1, fields(index + 1)));

	it('is kept in order, and nothing where nothing was done', () => {
		expect(recordsOf(rowWith(''))).toEqual([]);
		expect(after([], record(1, { check: { command: 'npm test', expect: 'fail', exitCode: 1, durationMs: 5 }, proofs: ['a'] }))).toEqual([record(1, { check: { command: 'npm test', expect: 'fail', exitCode: 1, durationMs: 5 }, proofs: ['a'] })]);
		expect(ticks(after(many(4), record(5)))).toEqual([1, 2, 3, 4, 5]);
	});

	it('is said once of a step that is written twice', () => {
		expect(after(many(2), record(2, { summary: 'Again.' }))).toEqual([record(1), record(2, { summary: 'Again.' })]);
	});

	it('keeps the newest of many', () => {
		expect(ticks(after(many(99), record(100)))).toEqual(Array.from({ length: 60 }, (_, index) => index + 41));
		const long = after(many(40, () => ({ summary: 'x'.repeat(2_000) })), record(41));
		expect(JSON.stringify(long).length).toBeLessThanOrEqual(30_000);
		expect(long.at(-1)).toEqual(record(41));
	});

	it('forgets no file that proves something to the steps of now, however many steps follow', () => {
		const records = many(99, (tick) => (tick === 3 ? { proofs: ['test.ts'] } : tick === 2 ? { loop: 0, proofs: ['old.ts'] } : {}));
		const kept = after(records, record(100));
		expect(ticks(kept)).toEqual([3, ...Array.from({ length: 59 }, (_, index) => index + 42)]);
	});

	it('gives room to what comes though all of it proves something', () => {
		expect(ticks(after(many(60, () => ({ proofs: ['a'] })), record(61)))).toEqual(Array.from({ length: 60 }, (_, index) => index + 2));
	});

	it('that somebody edited is an error', () => {
		expect(() => recordsOf(rowWith('{}'))).toThrow(expect.objectContaining({ code: 'bad_playbook' }));
	});
});
