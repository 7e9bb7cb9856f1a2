import type { AgentOutcome } from '../../../../core/agent/agent';
import { decideEnding, type Ending } from '../../../../core/session/ending';

const nothing = { failure: '', reason: '', question: '', resumeAt: null, report: undefined };
const ending = (outcome: AgentOutcome, structuredOutput?: unknown, hostLeaving = false): Ending => decideEnding({ outcome, structuredOutput }, hostLeaving);
const completed: AgentOutcome = { kind: 'completed' };

describe('what the end of an agent means for the records', () => {
	it('a report that says done is completed, and kept', () => {
		const report = { status: 'done', summary: 'Mended.' };
		expect(ending(completed, report)).toEqual({ ...nothing, status: 'completed', report });
	});

	it.each([undefined, 'a text', { colour: 'red' }, { status: 'perhaps', summary: 's' }, { status: 'done' }])('a completed run without a report of Maestro\'s form is completed: %p', (output) => {
		expect(ending(completed, output)).toEqual({ ...nothing, status: 'completed' });
	});

	it('a question is asked in its own words, or in those of the summary where the agent left it out', () => {
		expect(ending(completed, { status: 'needs_input', summary: 'Unclear.', question: 'Red or blue?' })).toMatchObject({ status: 'needs_input', question: 'Red or blue?', reason: 'Red or blue?', failure: '' });
		expect(ending(completed, { status: 'needs_input', summary: 'Unclear.' })).toMatchObject({ status: 'needs_input', question: 'Unclear.', reason: 'Unclear.' });
	});

	it('an agent that says that it cannot be done has failed as "blocked", with its reason', () => {
		expect(ending(completed, { status: 'blocked', summary: 'No such file.' })).toMatchObject({ status: 'failed', failure: 'blocked', reason: 'No such file.', question: '' });
	});

	it('a limit is a pause until it ends, in plain words', () => {
		const resumeAt = new Date('2026-05-01T12:00:00.000Z');
		expect(ending({ kind: 'paused', reason: 'usage_limit', resumeAt })).toEqual({ ...nothing, status: 'paused', reason: 'usage limit', resumeAt: '2026-05-01T12:00:00.000Z' });
	});

	it('a failure keeps its code, and says what to do', () => {
		expect(ending({ kind: 'failed', failure: 'max_turns', message: 'Ran out of turns', advice: 'Raise "Max Turns".' }, { status: 'done', summary: 'Half.' })).toEqual({
			...nothing,
			status: 'failed',
			failure: 'max_turns',
			reason: 'Ran out of turns. Raise "Max Turns".',
		});
	});

	it('a stop is a person\'s, unless n8n is being shut down: then it goes on afterwards', () => {
		expect(ending({ kind: 'stopped' })).toEqual({ ...nothing, status: 'stopped', reason: 'Stopped by a person' });
		expect(ending({ kind: 'stopped' }, undefined, true)).toEqual({ ...nothing, status: 'interrupted', reason: 'n8n was shut down while the agent worked' });
	});

	it('what was done before the shutdown reached it stands', () => {
		expect(ending(completed, { status: 'done', summary: 'Mended.' }, true).status).toBe('completed');
	});
});
