import { formatVariables, renderStep, type Next } from '../../core/playbook';
import type { Workspace } from '../../core/session/workspace';
import { examine, type RunEnd } from '../../core/step/examine';
import { effectiveSettings, stepPurpose, type EffectiveSettings } from '../../core/step/settings';
import type { RunClaim } from '../../core/task/leases';
import { movePlaybook, positionOf, recordsOf } from '../../core/task/playbooks';
import type { PlaybookState, Run, Session, Task } from '../../core/task/records';
import { claimRun } from '../../core/task/leases';
import { pausedRun, leaveUnfinished, sessionOf } from '../shared/agent/leave';
import { requireTask } from '../shared/records';
import type { Leaving } from '../shared/items';
import { attempt, formerEnd } from './attempt';
import { item, leaveFailed, OUTPUT, stepView } from './leave';
import { proofFiles } from './proof';
import { refuse, tick, writeCopies, type Tried } from './settle';
import type { Opened, StepNode } from './work';

type StepNext = Extract<Next, { kind: 'step' }>;
type Held = Extract<RunClaim, { kind: 'claimed' | 'done' }>;
type TreeWorkspace = Workspace & { readonly worktree: NonNullable<Workspace['worktree']> };

/** As the original: a document that three runs in a row bring nowhere is given up. */
const MOST_IDLE_RUNS = 3;

export function purposeOf(task: Pick<Task, 'playbook'>, row: Pick<PlaybookState, 'playbook' | 'tries'> & { readonly ticks: number }): string {
	return stepPurpose(row.ticks + 1, row.tries, row.playbook === task.playbook ? '' : row.playbook);
}

/** Claims the task for one try of a step; undefined, with a hint, where another execution has it or there is nothing to do. */
export async function claimTry(node: StepNode, task: Task, purpose: string): Promise<Held | undefined> {
	const { services, signal, context } = node;
	const claim = await claimRun(
		services,
		{ task, purpose, executionId: services.executionId, workflowId: services.workflowId, probe: services.n8n.executionState },
		signal,
	);
	switch (claim.kind) {
		case 'busy':
			context.addExecutionHints({ message: `Task ${claim.task.id} is being worked on by execution ${claim.executionId}`, location: 'outputPane' });
			return undefined;
		case 'not_open':
			context.addExecutionHints({ message: `Task ${claim.task.id} is ${claim.task.status}: nothing is to be done`, location: 'outputPane' });
			return undefined;
		case 'claimed':
		case 'done':
			return claim;
	}
}

type TryEnd =
	| { readonly kind: 'ended'; readonly end: RunEnd; readonly session: Session; readonly run: Run; readonly costUsd: number; readonly idle: (head: string) => Promise<boolean> }
	| { readonly kind: 'left'; readonly leaving: Leaving | undefined };

/** One launch of the agent, or what a launch before a crash left. */
async function tryOnce(node: StepNode, opened: Opened, next: StepNext, held: Held, purpose: string, settings: EffectiveSettings, workspace: TreeWorkspace, headBefore: string): Promise<TryEnd> {
	const { services, signal, context } = node;
	const { row, playbook, folder, task } = opened;
	if (held.kind === 'done') {
		const { end, session } = await formerEnd(node, held.run, workspace);
		return { kind: 'ended', end, session, run: held.run, costUsd: held.run.costUsd, idle: async (head) => await Promise.resolve(head === row.headSha) };
	}
	const paused = pausedRun(held.run, services.clock.now());
	if (paused !== undefined) {
		const session = await sessionOf(paused, services, signal);
		return { kind: 'left', leaving: { output: OUTPUT.paused, json: item(node, task, row, { session, run: paused, extra: { reason: paused.statusReason } }) } };
	}
	const position = positionOf(row);
	// An agent that goes on finds its folder as it left it; what it may not change there is put back afterwards.
	if (held.run === undefined) await writeCopies(folder, playbook, position);
	const document = playbook.documents[next.document];
	const documentPath = folder.documentPath(document?.name ?? '');
	const rendered = renderStep({
		playbook,
		position,
		next,
		folder: folder.path,
		documentPath,
		variables: {
			...formatVariables({ agentName: 'Maestro', worktree: workspace.path, branch: workspace.branch, folder: folder.path, documentName: document?.name ?? '', documentPath, loop: position.loop, now: services.clock.now() }),
			VERIFY_COMMAND: settings.verify === '' ? 'no command: the project names none' : settings.verify,
		},
		isContinued: row.sessionId !== 0,
		verify: settings.verify,
		expect: settings.expect,
		allowedPaths: settings.allowedPaths,
	});
	for (const message of rendered.warnings) context.addExecutionHints({ message, location: 'outputPane', type: 'warning' });
	const print = await folder.fingerprint();
	const proofs = proofFiles(recordsOf(row), position.loop);
	const result = await attempt(node, opened, { purpose, earlier: held.run, settings, workspace, proofs, step: rendered.instructions, command: rendered.command });
	if (result.kind !== 'ended') {
		context.addExecutionHints({ message: `Another execution works on "${purpose}" of task ${task.id}`, location: 'outputPane' });
		return { kind: 'left', leaving: undefined };
	}
	const { ending, session, run, uncommitted, warnings } = result;
	const { status } = ending;
	if (status !== 'completed') {
		const left = await leaveUnfinished({ ...ending, status }, { session, run }, task, services, signal);
		const stands = { sessionId: session.id, ...(status === 'needs_input' ? { status: 'needs_input' as const, question: ending.question.slice(0, 4_000), askedAt: services.clock.now().toISOString() } : {}) };
		const moved = await movePlaybook(services, row, stands, signal);
		return { kind: 'left', leaving: { output: OUTPUT[left.why], json: item(node, left.task ?? task, moved, { session, run, extra: { ...left.extra, warnings } }) } };
	}
	const end: RunEnd = { headSha: run.headSha, uncommitted, report: ending.report, structuredOutput: result.result.structuredOutput };
	return { kind: 'ended', end, session, run, costUsd: result.result.costUsd, idle: async (head) => head === headBefore && (await folder.fingerprint()) === print };
}

/** Runs a step until it passes its check, at most as often as the node allows. */
export async function runStep(node: StepNode, first: Opened, next: StepNext, claim: Held, workspace: TreeWorkspace): Promise<Leaving | undefined> {
	const { services, parameters, signal, github } = node;
	const { task, project, playbook, folder } = first;
	const document = playbook.documents[next.document];
	if (document === undefined) throw new Error(`There is no document ${next.document}`);
	const verifyCommand = parameters.verifyCommand === '' ? project.verifyCommand.trim() : parameters.verifyCommand;
	const settings = effectiveSettings(document, next.step, parameters.agent, verifyCommand);
	let opened = first;
	let held = claim;
	let headBefore = workspace.worktree.headSha;
	let costUsd = 0;
	for (;;) {
		const { row } = opened;
		const position = positionOf(row);
		const purpose = purposeOf(task, { ...row, ticks: position.ticks });
		const tried = await tryOnce(node, opened, next, held, purpose, settings, workspace, headBefore);
		if (tried.kind === 'left') return tried.leaving;
		const { end, session, run } = tried;
		costUsd += tried.costUsd;
		const idle = await tried.idle(end.headSha);
		const examination = await examine(
			{
				taskId: task.id,
				playbook,
				position,
				settings,
				repository: github.repository(task.repository),
				worktree: workspace.worktree,
				folder,
				baseSha: row.headSha,
				leftovers: leftoversOf(row),
				proofs: proofFiles(recordsOf(row), position.loop),
				checkTimeoutMs: parameters.checkTimeoutMs,
			},
			end,
			services.redact,
			() => services.clock.now(),
			signal,
		);
		const outcome: Tried = { examination, headSha: end.headSha, session, run, summary: end.report?.summary ?? '', costUsd };
		const told = { session, run, extra: { step: stepView(next, examination, end.headSha), report: end.report ?? null } };
		const { judgement } = examination;
		if (judgement.passed) {
			const moved = await tick(node, opened, next, outcome, settings.expect);
			if (examination.halt !== undefined) return await leaveFailed(node, { task, row: moved }, 'halted', examination.halt || 'The agent stopped the playbook', '', told);
			return { output: OUTPUT.step_done, json: item(node, task, moved, told) };
		}
		opened = { ...opened, row: await refuse(node, opened, next, outcome, judgement, idle) };
		const { tries, triesBefore, idleRuns } = opened.row;
		if (idleRuns >= MOST_IDLE_RUNS) return await leaveFailed(node, opened, 'stalled', `${idleRuns} runs in a row brought nothing new. ${judgement.problem}`, judgement.output, told);
		if (tries - triesBefore > parameters.retries) return await leaveFailed(node, opened, 'check_failed', judgement.problem, judgement.output, told);
		headBefore = end.headSha;
		const again = await claimTry(node, await requireTask(services, task.id, signal), purposeOf(task, { ...opened.row, ticks: position.ticks }));
		if (again === undefined) return undefined;
		held = again;
	}
}

function leftoversOf(row: PlaybookState): string[] {
	const parsed: unknown = row.leftovers === '' ? [] : JSON.parse(row.leftovers);
	return Array.isArray(parsed) ? parsed.filter((path): path is string => typeof path === 'string') : [];
}
