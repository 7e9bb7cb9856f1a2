/** Says whether a step is done. Pure: what was found out about the agent's work comes in, and its word counts last. */
import type { Expectation } from '../playbook/playbook';
import type { AgentReport } from '../agent/report';
import type { CheckResult } from './check';

/** Why a playbook goes no further although its agent is well. */
export type StepFailure = 'check_failed' | 'stalled' | 'halted' | 'loop_limit';

export interface Findings {
	/** Undefined where the agent gave none. */
	readonly report: AgentReport | undefined;
	/** In the repository, since the step began. */
	readonly changedPaths: readonly string[];
	/** Those that the step may not change. */
	readonly outside: readonly string[];
	/** Those that prove an earlier step, and must stay as they were. */
	readonly proofs: readonly string[];
	/** What the agent left uncommitted and was not there before. */
	readonly uncommitted: readonly string[];
	readonly promisesChange: boolean;
	readonly expect: Expectation;
	/** Undefined: there is no command, or it was of no use to run it. */
	readonly check: CheckResult | undefined;
	/** The check made commits, which nobody looked at. */
	readonly movedByCheck: boolean;
}

export type Judgement =
	| { readonly passed: true }
	/** `problem` is Maestro's own words; `output` is what others said, to be fenced. */
	| { readonly passed: false; readonly problem: string; readonly output: string };

const SHOWN = 20;
/** A file's name may hold anything, and here it stands among Maestro's own words. */
const plain = (path: string): string => path.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?').slice(0, 200);
const paths = (list: readonly string[]): string => `${list.slice(0, SHOWN).map(plain).join(', ')}${list.length > SHOWN ? ` and ${list.length - SHOWN} more` : ''}`;
const no = (problem: string, output = ''): Judgement => ({ passed: false, problem, output });

/** 126 and 127: the shell found no such program, which proves nothing about the code. */
const NO_PROGRAM: ReadonlySet<number> = new Set([126, 127]);

export const couldNotRun = ({ exitCode }: Pick<CheckResult, 'exitCode'>): boolean => exitCode !== null && NO_PROGRAM.has(exitCode);

function judgeCheck(check: CheckResult, expect: Expectation): Judgement {
	const { command, exitCode, output, missing } = check;
	if (check.timedOut) return no(`The check \`${command}\` did not end within ${Math.round(check.durationMs / 1000)} seconds and was stopped`, output);
	if (exitCode === null) return no(`The check \`${command}\` could not be run`, output);
	if (couldNotRun(check)) return no(`The check \`${command}\` could not be run: ${missing === undefined ? 'what it calls is not there, or may not be executed' : `there is no program "${missing}" on this host`} (exit code ${exitCode})`, output);
	if (expect === 'pass') return exitCode === 0 ? { passed: true } : no(`The check \`${command}\` failed with exit code ${exitCode}`, output);
	if (exitCode !== 0) return { passed: true };
	return no(`The check \`${command}\` passed, but at this step it must fail: the test has to show what is wrong before it is mended, and nothing may be mended yet`, output);
}

/** Before the command is worth running: what the change itself says. */
export function judgeChange(findings: Omit<Findings, 'check' | 'expect' | 'movedByCheck'>): Judgement {
	const { report, changedPaths, outside, proofs, uncommitted, promisesChange } = findings;
	if (report !== undefined && report.status !== 'done') return no(`The agent reported "${report.status}"`, report.summary);
	if (uncommitted.length > 0) return no(`Files were left uncommitted: ${paths(uncommitted)}. Commit what belongs to the step, and remove the rest`);
	if (outside.length > 0) return no(`Files were changed that this step must leave alone: ${paths(outside)}. Put them back as they were, with a further commit`);
	if (proofs.length > 0) return no(`Files were changed that prove an earlier step: ${paths(proofs)}. Put them back exactly as they were, with a further commit`);
	if (promisesChange && changedPaths.length === 0) return no('The step is to change the repository, and no commit changes anything (where it need not, its author writes `change: no` below the step)');
	return { passed: true };
}

export function judge(findings: Findings): Judgement {
	const change = judgeChange(findings);
	if (!change.passed || findings.check === undefined) return change;
	if (findings.movedByCheck) return no(`The check \`${findings.check.command}\` made commits itself. Take out what commits there: only you commit`, findings.check.output);
	return judgeCheck(findings.check, findings.expect);
}
