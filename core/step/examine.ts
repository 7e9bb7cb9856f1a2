/** Finds out what the agent did at a step, and has it judged. Everything is looked at from outside: nothing of it is the agent's word. */
import type { AgentReport } from '../agent/report';
import { pathsOutside } from '../git/policy';
import type { Repository } from '../git/git';
import { readWorkingCopy, type Playbook, type Position, type Untick } from '../playbook';
import type { Redact } from '../redact';
import { readPlan } from '../task/plan';
import { runCheck, type CheckResult } from './check';
import type { PlaybookFolder } from './folder';
import { judge, judgeChange, type Judgement } from './judge';
import type { EffectiveSettings } from './settings';

export interface StepWork {
	readonly taskId: number;
	readonly playbook: Playbook;
	readonly position: Position;
	readonly settings: EffectiveSettings;
	readonly repository: Pick<Repository, 'changedPaths'>;
	readonly worktree: { readonly path: string; readonly branch: string };
	readonly folder: PlaybookFolder;
	/** Where the step began. */
	readonly baseSha: string;
	/** What lay uncommitted in the worktree before the playbook began. */
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

export interface Examination {
	readonly judgement: Judgement;
	readonly changedPaths: readonly string[];
	readonly check: CheckResult | undefined;
	/** What the agent opened again in its working copies. */
	readonly unticks: readonly Untick[];
	/** A halt marker that the agent wrote; its reason. */
	readonly halt: string | undefined;
	/** The plan as JSON, where the step was to make one. */
	readonly plan: string;
	/** For the timeline: what was not accepted. */
	readonly notes: readonly string[];
}

interface FolderLook {
	readonly unticks: Untick[];
	readonly notes: string[];
	readonly halt: string | undefined;
}

async function lookAtFolder({ playbook, position, folder }: StepWork): Promise<FolderLook> {
	const unticks: Untick[] = [];
	const notes: string[] = [];
	let halt: string | undefined;
	for (const [index, document] of playbook.documents.entries()) {
		const found = readWorkingCopy(document, position.done[index] ?? '', await folder.read(document.name));
		if (found.missing) notes.push(`The agent removed ${document.name}; it was put back`);
		if (found.unticked.length > 0) unticks.push({ document: index, steps: found.unticked });
		if (found.ticked.length > 0) notes.push(`The agent ticked ${found.ticked.length === 1 ? 'a box' : `${found.ticked.length} boxes`} of ${document.name} itself; that does not count`);
		if (found.changed) notes.push(`The agent changed the text of ${document.name}; it was put back`);
		halt ??= found.halt;
	}
	return { unticks, notes, halt };
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
	const { settings, worktree } = work;
	const look = await lookAtFolder(work);
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
	if (judgement.passed && settings.verify !== '') {
		check = await runCheck({ command: settings.verify, worktree: worktree.path, branch: worktree.branch, taskId: work.taskId, timeoutMs: work.checkTimeoutMs }, redact, now, signal);
		judgement = judge({ ...findings, expect: settings.expect, check });
	}
	return { judgement, changedPaths, check, plan: planned.plan, ...look };
}
