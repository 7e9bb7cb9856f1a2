import { examine, type Examination } from '../../core/step/examine';
import { effectiveSettings, type EffectiveSettings } from '../../core/step/settings';
import { isBefore } from '../../core/task/leases';
import { positionOf, recordsOf } from '../../core/task/playbooks';
import type { PlaybookState } from '../../core/task/records';
import type { Leaving } from '../shared/items';
import { costOf, requireTask, runsOfTask } from '../shared/records';
import { claimTry, purposeOf, type Held } from './claim';
import { failingOf, haltReason } from './failing';
import { item, leaveFailed, OUTPUT, stepHead, stepView } from './leave';
import { leftoversOf, proofFiles } from './proof';
import { refuse } from './refuse';
import type { Tried } from './settle';
import { tick } from './tick';
import { tryOnce, type TryEnd } from './try';
import type { Opened, StepNext, StepNode, TreeWorkspace } from './work';

const MOST_WARNINGS = 20;

/** What a person ought to know before the first step is done. */
function warn({ warnings }: StepNode, { row, playbook }: Opened, next: StepNext, { lacksCommand }: EffectiveSettings): void {
	const { ticks } = positionOf(row);
	const document = playbook.documents[next.document];
	const more = playbook.warnings.length - MOST_WARNINGS;
	if (ticks === 0 && row.tries === 0) warnings.add([...playbook.warnings.slice(0, MOST_WARNINGS), ...(more > 0 ? [`The playbook has ${more} more of these warnings.`] : [])]);
	if (!lacksCommand) return;
	const isToBeChecked = (next.step.settings.verify ?? document?.frontMatter.verify) !== undefined;
	const said = isToBeChecked
		? 'is to be checked by a command, and none is named. Fill in "Check Command" here or in the project.'
		: 'has an "expect:" and no "verify:", so that nothing is checked. Add `verify: {{VERIFY_COMMAND}}`, or another command, below the step.';
	warnings.add([`${document?.name ?? ''}: the step on line ${next.step.line} ${said}`]);
}

/** Of the tries of this step that earlier runs of the node made. */
async function costOfTriesBefore({ services, signal }: StepNode, { row, task }: Opened): Promise<number> {
	if (row.tries === 0) return 0;
	const { ticks } = positionOf(row);
	const purposes = new Set(Array.from({ length: row.tries }, (_, tries) => purposeOf(task, { playbook: row.playbook, tries, ticks })));
	return costOf((await runsOfTask(services, task.id, signal)).filter((run) => purposes.has(run.purpose) && !isBefore(run, row.startedAt)));
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
	let costUsd = await costOfTriesBefore(node, first);
	while (held !== undefined) {
		const { row } = opened;
		const purpose = (of: PlaybookState): string => purposeOf(task, { ...of, ticks: positionOf(of).ticks });
		const tried = await tryOnce(node, opened, { next, held, purpose: purpose(row), settings, verifyCommand, workspace, headBefore, costBefore: costUsd });
		if (tried.kind === 'left') return tried.leaving;
		const { end, rest } = tried;
		costUsd += tried.costUsd;
		try {
			const after = await judgeTry(node, opened, next, { tried, settings, workspace, costUsd });
			if ('leaving' in after) return after.leaving;
			opened = { ...opened, row: after.row };
		} finally {
			// The next try may go on in this session, and nothing may be under way when the node ends.
			await rest?.settle();
		}
		headBefore = end.headSha;
		held = await claimTry(node, await requireTask(services, task.id, signal), purpose(opened.row), opened.row.startedAt ?? '');
	}
	return undefined;
}

interface TriedStep {
	readonly tried: Extract<TryEnd, { kind: 'ended' }>;
	readonly settings: EffectiveSettings;
	readonly workspace: TreeWorkspace;
	readonly costUsd: number;
}

/** Looks at what a try gave, and writes what comes of it: where the item leaves, or the row for the next try. */
async function judgeTry(node: StepNode, opened: Opened, next: StepNext, { tried, settings, workspace, costUsd }: TriedStep): Promise<{ readonly leaving: Leaving } | { readonly row: PlaybookState }> {
	const { task, row } = opened;
	const { end, session, run, isIdle, rest } = tried;
	const examination = await examineTry(node, opened, settings, workspace, tried);
	const outcome: Tried = { examination, headSha: end.headSha, session, run, summary: end.report?.summary ?? '', tryCostUsd: tried.costUsd, costUsd, rest };
	const told = { session, run, extra: { step: { ...stepHead(node, next, tried.prompt, costUsd), ...stepView(examination, end.headSha) }, report: end.report ?? null } };
	const { judgement, halt } = examination;
	if (judgement.passed) {
		const failing = halt === undefined ? undefined : { failure: 'halted', reason: haltReason(halt) };
		const moved = await tick(node, opened, next, outcome, settings.expect, failing);
		if (failing !== undefined) return { leaving: await leaveFailed(node, { task, row: moved }, failing, '', told) };
		// The table shows the next step; who reads this run wants to know which one it was.
		const { progress, step } = row;
		return { leaving: { output: OUTPUT.step_done, json: item(node, task, { ...moved, progress, step }, told) } };
	}
	const failing = failingOf(row, examination, judgement.problem, isIdle, node.parameters.retries);
	const refused = await refuse(node, opened, next, outcome, judgement, isIdle, failing);
	return failing === undefined ? { row: refused } : { leaving: await leaveFailed(node, { ...opened, row: refused }, failing, judgement.output, told) };
}
