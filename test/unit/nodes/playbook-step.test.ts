/** What Maestro Run Playbook Step decides and says by itself. */
import { failed } from '../../../core/agent/outcome';
import { judge } from '../../../core/step/judge';
import type { CheckResult } from '../../../core/step/check';
import { adviseForStep } from '../../../nodes/MaestroRunPlaybookStep/advice';
import { failingOf } from '../../../nodes/MaestroRunPlaybookStep/failing';
import { howToGoOn } from '../../../nodes/MaestroRunPlaybookStep/answer';
import { questionNotice } from '../../../nodes/shared/agent/notice';

const ROW = { tries: 0, triesBefore: 0, idleRuns: 0, problem: '' };
const check = (exitCode: number, missing?: string): CheckResult => ({ command: './check.sh', exitCode, timedOut: false, output: '', durationMs: 1, ...(missing === undefined ? {} : { missing }) });

describe('a check that cannot be run', () => {
	const problemOf = (result: CheckResult): string => {
		const judgement = judge({ report: undefined, changedPaths: ['a'], outside: [], proofs: [], uncommitted: [], promisesChange: true, expect: 'pass', check: result, movedByCheck: false });
		return judgement.passed ? '' : judgement.problem;
	};
	const failing = (row: Partial<typeof ROW>, result: CheckResult, retries = 5) => failingOf({ ...ROW, ...row }, { halt: undefined, check: result }, problemOf(result), false, retries);

	it('fails at once where the host lacks the program, with what to do', () => {
		expect(failing({}, check(127, 'npn'))).toEqual({ failure: 'check_failed', reason: expect.stringMatching(/`\.\/check\.sh` could not be run: there is no program "npn".*Correct the command.*"Check Command"/) });
	});

	it('is tried once more where the agent may add what is missing, and not twice', () => {
		expect(failing({}, check(127))).toBeUndefined();
		const told = { tries: 1, problem: problemOf(check(127)) };
		expect(failing(told, check(127))).toMatchObject({ failure: 'check_failed', reason: expect.stringContaining('Correct the command') });
		// It is there now, and may not be executed: the agent got on.
		expect(failing(told, check(126))).toBeUndefined();
		// A person has started the task again.
		expect(failing({ ...told, triesBefore: 1 }, check(127))).toBeUndefined();
	});

	it('fails when no try is left', () => {
		expect(failing({}, check(127), 0)).toMatchObject({ failure: 'check_failed' });
		expect(failing({}, check(1))).toBeUndefined();
	});
});

test.each(['schema_missing', 'schema_retries'] as const)('the failure %s advises what this node offers', (failure) => {
	expect(failed(failure, 'x')).toMatchObject({ advice: expect.stringContaining('schema') });
	expect(adviseForStep(failed(failure, 'x'))).toMatchObject({ failure, message: 'x', advice: expect.stringMatching(/another model, or make the step smaller/) });
	expect(adviseForStep(failed('auth', 'x'))).toEqual(failed('auth', 'x'));
	expect(adviseForStep({ kind: 'completed' })).toEqual({ kind: 'completed' });
});

test('a person answers on the issue, or in the node where the task has none', () => {
	expect(howToGoOn({ id: 7, issueNumber: 3 })).toBe('answer by editing this issue and put the label on again');
	expect(questionNotice('Red?', howToGoOn({ id: 7, issueNumber: 0 }))).toBe('The agent has a question before it can go on:\n\nRed?\n\nTo let it go on, run Maestro Run Playbook Step again for task 7, with *Answer* filled in.');
});
