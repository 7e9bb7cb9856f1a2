import { examine, type Examination } from '../../core/step/examine';
import type { StepFailure } from '../../core/step/judge';
import { effectiveSettings, type EffectiveSettings } from '../../core/step/settings';
import { positionOf, recordsOf } from '../../core/task/playbooks';
import type { PlaybookState } from '../../core/task/records';
import type { Leaving } from '../shared/items';
import { requireTask } from '../shared/records';
import { claimTry, purposeOf, type Held } from './claim';
import { item, leaveFailed, OUTPUT, stepView } from './leave';
import { leftoversOf, proofFiles } from './proof';
import { refuse } from './refuse';
import type { Failing, Tried } from './settle';
import { tick } from './tick';
import { tryOnce, type TryEnd } from './try';
import type { Opened, StepNext, StepNode, TreeWorkspace } from './work';

/** As the original: a document that three runs in a row bring nowhere is given up. */
const MOST_IDLE_RUNS = 3;
const MOST_WARNINGS = 10;

/** What a person ought to know before the first step is done. */
function warn({ context }: StepNode, { row, playbook }: Opened, next: StepNext, { lacksCommand }: EffectiveSettings): void {
	const { ticks } = positionOf(row);
	const name = playbook.documents[next.document]?.name ?? '';
	const warnings = [
		...(ticks === 0 && row.tries === 0 ? playbook.warnings.slice(0, MOST_WARNINGS) : []),
		...(lacksCommand ? [`${name}: the step on line ${next.step.line} is to be checked by a command, and none is named. Fill in "Check Command" here or in the project.`] : []),
	];
	for (const message of warnings) context.addExecutionHints({ message, location: 'outputPane', type: 'warning' });
}

async function examineTry(node: StepNode, opened: Opened, settings: EffectiveSettings, workspace: TreeWorkspace, { end, session }: Extract<TryEnd, { kind: 'ended' }>): Promise<Examination> {
	const { services, parameters, github, signal } = node;
	const { task, playbook, folder, row } = opened;
	const position = positionOf(row);
	return await examine(
		{
			taskId: task.id,
			agentSessionId: session.agentSessionId,
			playbook,
			position,
			settings,
			repository: github.repository(task.repository),
			worktree: workspace.worktree,
			adopt: async (abort) => await workspace.adopt(abort),
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
}

/** Why a step that did not pass is not tried once more; undefined: it is. */
function failingOf(row: PlaybookState, { examination }: Tried, problem: string, isIdle: boolean, retries: number): (Failing & { readonly failure: StepFailure }) | undefined {
	if (examination.halt !== undefined) return { failure: 'halted', reason: haltReason(examination.halt) };
	const idleRuns = isIdle ? row.idleRuns + 1 : 0;
	if (idleRuns >= MOST_IDLE_RUNS) return { failure: 'stalled', reason: `${idleRuns} runs in a row brought nothing new. ${problem}` };
	return row.tries + 1 - row.triesBefore > retries ? { failure: 'check_failed', reason: problem } : undefined;
}

const haltReason = (said: string): string => (said === '' ? 'The agent stopped the playbook' : said);

/** Runs a step until it passes its check, at most as often as the node allows. */
export async function runStep(node: StepNode, first: Opened, next: StepNext, claim: Held, workspace: TreeWorkspace): Promise<Leaving | undefined> {
	const { services, parameters, signal } = node;
	const { task, project, playbook } = first;
	const document = playbook.documents[next.document];
	if (document === undefined) throw new Error(`There is no document ${next.document}`);
	const verifyCommand = parameters.verifyCommand === '' ? project.verifyCommand.trim() : parameters.verifyCommand;
	const settings = effectiveSettings(document, next.step, parameters.agent, verifyCommand);
	warn(node, first, next, settings);
	let opened = first;
	let held: Held | undefined = claim;
	let headBefore = workspace.worktree.headSha;
	let costUsd = 0;
	while (held !== undefined) {
		const { row } = opened;
		const purpose = (of: PlaybookState): string => purposeOf(task, { ...of, ticks: positionOf(of).ticks });
		const tried = await tryOnce(node, opened, { next, held, purpose: purpose(row), settings, verifyCommand, workspace, headBefore });
		if (tried.kind === 'left') return tried.leaving;
		const { end, session, run, isIdle } = tried;
		costUsd += tried.costUsd;
		const examination = await examineTry(node, opened, settings, workspace, tried);
		const outcome: Tried = { examination, headSha: end.headSha, session, run, summary: end.report?.summary ?? '', tryCostUsd: tried.costUsd, costUsd };
		const told = { session, run, extra: { step: stepView(next, examination, end.headSha), report: end.report ?? null } };
		const { judgement, halt } = examination;
		if (judgement.passed) {
			const failing = halt === undefined ? undefined : { failure: 'halted', reason: haltReason(halt) };
			const moved = await tick(node, opened, next, outcome, settings.expect, failing);
			if (failing !== undefined) return await leaveFailed(node, { task, row: moved }, failing, '', told);
			// The table shows the next step; who reads this run wants to know which one it was.
			const { progress, step } = row;
			return { output: OUTPUT.step_done, json: item(node, task, { ...moved, progress, step }, told) };
		}
		const failing = failingOf(row, outcome, judgement.problem, isIdle, parameters.retries);
		opened = { ...opened, row: await refuse(node, opened, next, outcome, judgement, isIdle, failing) };
		if (failing !== undefined) return await leaveFailed(node, opened, failing, judgement.output, told);
		headBefore = end.headSha;
		held = await claimTry(node, await requireTask(services, task.id, signal), purpose(opened.row));
	}
	return undefined;
}
