import { formatVariables, renderStep, type RenderedStep } from '../../core/playbook';
import { prepareCopies } from '../../core/step/copies';
import type { RunRest } from '../../core/session/rest';
import type { RunEnd } from '../../core/step/examine';
import type { EffectiveSettings } from '../../core/step/settings';
import { movePlaybook, positionOf, recordsOf } from '../../core/task/playbooks';
import type { Run, Session } from '../../core/task/records';
import { leaveUnfinished, pausedRun, sessionOf } from '../shared/agent/leave';
import type { Leaving } from '../shared/items';
import { howToGoOn } from './answer';
import { attempt, findConversation, formerEnd, goneOnWith } from './attempt';
import { endHere, type Held } from './claim';
import { item, OUTPUT, stepHead } from './leave';
import { proofFiles } from './proof';
import type { Opened, StepNext, StepNode, TreeWorkspace } from './work';

export interface TryRequest {
	readonly next: StepNext;
	readonly held: Held;
	readonly purpose: string;
	readonly settings: EffectiveSettings;
	/** What a playbook means by `{{VERIFY_COMMAND}}`; empty: nobody named one. */
	readonly verifyCommand: string;
	readonly workspace: TreeWorkspace;
	/** Where the branch stood before this try. */
	readonly headBefore: string;
	/** Of the tries of this step before. */
	readonly costBefore: number;
}

export type TryEnd =
	| { readonly kind: 'ended'; readonly end: RunEnd; readonly session: Session; readonly run: Run; readonly costUsd: number; readonly prompt: string | undefined; readonly isIdle: boolean; /** Undefined: the run ended before a crash. */ readonly rest: RunRest | undefined }
	| { readonly kind: 'left'; readonly leaving: Leaving | undefined };

function render({ services }: StepNode, { row, playbook, folder }: Opened, { next, settings, verifyCommand, workspace }: TryRequest, isResumed: boolean): RenderedStep {
	const position = positionOf(row);
	const documentName = playbook.documents[next.document]?.name ?? '';
	const documentPath = folder.documentPath(documentName);
	return renderStep({
		playbook,
		position,
		next,
		folder: folder.path,
		documentPath,
		variables: {
			...formatVariables({ agentName: 'Maestro', worktree: workspace.path, branch: workspace.branch, folder: folder.path, documentName, documentPath, loop: position.loop, now: services.clock.now() }),
			VERIFY_COMMAND: verifyCommand === '' ? 'no command: the project names none' : verifyCommand,
		},
		isContinued: isResumed && row.sessionId !== 0,
		verify: settings.verify,
		expect: settings.expect,
		allowedPaths: settings.allowedPaths,
	});
}

/** What a launch before a crash left. */
async function lookBack(node: StepNode, { row }: Opened, run: Run, workspace: TreeWorkspace): Promise<TryEnd> {
	const { end, session } = await formerEnd(node, run, workspace);
	return { kind: 'ended', end, session, run, costUsd: run.costUsd, prompt: undefined, isIdle: end.headSha === row.headSha, rest: undefined };
}

/** One launch of the agent, or what a launch before a crash left. */
export async function tryOnce(node: StepNode, opened: Opened, request: TryRequest): Promise<TryEnd> {
	const { services, signal, warnings } = node;
	const { row, playbook, folder, task } = opened;
	const { next, held, purpose, settings, workspace, headBefore } = request;
	if (held.kind === 'done') return await lookBack(node, opened, held.run, workspace);
	const earlier = held.run;
	const paused = pausedRun(earlier, services.clock.now());
	if (paused !== undefined) {
		const session = await sessionOf(paused, services, signal);
		return { kind: 'left', leaving: { output: OUTPUT.paused, json: item(node, task, row, { session, run: paused, extra: { reason: paused.statusReason } }) } };
	}
	const position = positionOf(row);
	await prepareCopies(folder, playbook, position, goneOnWith(earlier, row) !== undefined ? 'goes_on' : row.problem === '' ? 'first' : 'sent_back');
	const conversation = await findConversation(node, opened, earlier);
	const rendered = render(node, opened, request, conversation.isResumed);
	warnings.add(rendered.warnings);
	const print = await folder.fingerprint();
	const proofs = proofFiles(recordsOf(row), position.loop);
	const { result, prompt } = await attempt(node, opened, { purpose, earlier, conversation, settings, workspace, proofs, step: rendered.instructions, command: rendered.command });
	if (result.kind !== 'ended') {
		endHere(node, `Another execution works on "${purpose}" of task ${task.id}`);
		return { kind: 'left', leaving: undefined };
	}
	const { ending, session, run, uncommitted } = result;
	warnings.add(result.warnings);
	// A run that is done anew carries on its row what it cost before.
	const costUsd = run.costUsd - (goneOnWith(earlier, row) === undefined ? (earlier?.costUsd ?? 0) : 0);
	const { status } = ending;
	if (status !== 'completed') {
		await result.rest.settle();
		const left = await leaveUnfinished({ ...ending, status }, { session, run, how: howToGoOn(task) }, task, services, signal);
		const now = services.clock.now().toISOString();
		const stands = {
			sessionId: session.id,
			...(left.why === 'needs_input' ? { status: 'needs_input' as const, statusReason: ending.question.slice(0, 500), question: ending.question.slice(0, 4_000), askedAt: now } : {}),
			...(left.why === 'failed' ? { status: 'failed' as const, statusReason: `${ending.failure}: ${ending.reason}`.slice(0, 500), finishedAt: now } : {}),
		};
		const moved = await movePlaybook(services, row, stands, signal);
		const told = {
			...left.extra,
			step: stepHead(node, next, prompt, request.costBefore + costUsd),
		};
		return { kind: 'left', leaving: { output: OUTPUT[left.why], json: item(node, left.task ?? task, moved, { session, run, extra: told }) } };
	}
	const end: RunEnd = { headSha: run.headSha, uncommitted, report: ending.report, structuredOutput: result.result.structuredOutput };
	return { kind: 'ended', end, session, run, costUsd, prompt, isIdle: end.headSha === headBefore && (await folder.fingerprint()) === print, rest: result.rest };
}
