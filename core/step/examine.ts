/** Finds out what the agent did at a step, and has it judged. Everything is looked at from outside: nothing of it is the agent's word. */
import type { AgentReport } from '../agent/report';
import { sessionVariable } from '../agent/session-processes';
import type { Repository } from '../git/git';
import { pathsOutside } from '../git/policy';
import type { Playbook, Position } from '../playbook';
import type { Redact } from '../redact';
import type { Adopted } from '../session/workspace';
import { readPlan } from '../task/plan';
import { runCheck, type CheckResult } from './check';
import { lookAtCopies, type CopiesLook } from './copies';
import type { PlaybookFolder } from './folder';
import { judge, judgeChange, type Judgement } from './judge';
import type { EffectiveSettings } from './settings';

export interface StepWork {
	readonly taskId: number;
	readonly agentSessionId: string;
	readonly playbook: Playbook;
	readonly position: Position;
	readonly settings: EffectiveSettings;
	readonly repository: Pick<Repository, 'changedPaths'>;
	readonly worktree: { readonly path: string; readonly branch: string };
	readonly adopt: (signal: AbortSignal) => Promise<Adopted>;
	readonly folder: Pick<PlaybookFolder, 'read'>;
	/** Where the step began. */
	readonly baseSha: string;
	/** What lay uncommitted in the worktree before the agent began. */
	readonly leftovers: readonly string[];
	/** Files that prove earlier steps. */
	readonly proofs: readonly string[];
	readonly checkTimeoutMs: number;
}

/** What a run left, new or from before a crash. */
export interface RunEnd {
	readonly headSha: string;
	readonly uncommitted: readonly string[];
	readonly report: AgentReport | undefined;
	readonly structuredOutput: unknown;
}

export interface Examination extends CopiesLook {
	readonly judgement: Judgement;
	readonly changedPaths: readonly string[];
	readonly check: CheckResult | undefined;
	/** What the check itself left uncommitted, so that it is held against no later try. */
	readonly leftByCheck: readonly string[];
	/** The plan as JSON, where the step was to make one. */
	readonly plan: string;
}

/** `plan`: as JSON, empty where none was asked for. */
function judgePlan(settings: EffectiveSettings, end: RunEnd): { readonly judgement: Judgement; readonly plan: string } {
	if (!settings.wantsPlan) return { judgement: { passed: true }, plan: '' };
	const read = readPlan(end.structuredOutput);
	if ('plan' in read) return { judgement: { passed: true }, plan: JSON.stringify(read.plan) };
	return { judgement: { passed: false, problem: 'The plan in the report cannot be followed; give the whole plan again, mended', output: read.problems.join('\n') }, plan: '' };
}

/** Throws what git throws, and when `signal` is aborted. */
export async function examine(work: StepWork, end: RunEnd, redact: Redact, now: () => Date, signal: AbortSignal): Promise<Examination> {
	const { settings, worktree, folder, playbook, position } = work;
	const look = await lookAtCopies(folder, playbook, position);
	const changedPaths = await work.repository.changedPaths({ baseSha: work.baseSha, headSha: end.headSha }, signal);
	const findings = {
		report: end.report,
		changedPaths,
		outside: settings.allowedPaths === undefined ? [] : pathsOutside(changedPaths, settings.allowedPaths),
		proofs: changedPaths.filter((path) => work.proofs.includes(path)),
		uncommitted: end.uncommitted.filter((path) => !work.leftovers.includes(path)),
		promisesChange: settings.promisesChange,
	};
	const before = judgeChange(findings);
	const planned = before.passed ? judgePlan(settings, end) : { judgement: before, plan: '' };
	let { judgement } = planned;
	let check: CheckResult | undefined;
	let leftByCheck: readonly string[] = [];
	if (judgement.passed && settings.verify !== '') {
		const marks = sessionVariable(work.agentSessionId);
		check = await runCheck({ command: settings.verify, worktree: worktree.path, branch: worktree.branch, taskId: work.taskId, marks, timeoutMs: work.checkTimeoutMs }, redact, now, signal);
		const after = await work.adopt(signal);
		leftByCheck = after.uncommitted.filter((path) => !end.uncommitted.includes(path));
		judgement = judge({ ...findings, expect: settings.expect, check, movedByCheck: after.headSha !== end.headSha });
	}
	return { ...look, halt: look.halt === undefined ? undefined : redact(look.halt), judgement, changedPaths, check, leftByCheck, plan: planned.plan };
}
