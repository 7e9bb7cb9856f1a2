import { nextStep, tickStep, untickSteps, withDone, type Next, type Playbook, type Position } from '../../core/playbook';
import type { Examination } from '../../core/step/examine';
import type { PlaybookFolder } from '../../core/step/folder';
import { appendEvents, type EventDraft } from '../../core/task/events';
import { movePlaybook, positionOf, withRecord, type StepRecord } from '../../core/task/playbooks';
import type { PlaybookState, Run, Session } from '../../core/task/records';
import { changeTask } from '../shared/records';
import type { Opened, StepNode } from './work';

type StepNext = Extract<Next, { kind: 'step' }>;

/** What came of the tries of a step in this run of the node. */
export interface Tried {
	readonly examination: Examination;
	readonly headSha: string;
	readonly session: Session;
	readonly run: Run;
	readonly summary: string;
	/** Of all tries in this run of the node, in USD. */
	readonly costUsd: number;
}

const MAX_PROBLEM = 2_000;
const MAX_OUTPUT = 8_000;
const SHOWN_OUTPUT = 800;
const MAX_SUMMARY = 600;

/** The working copies as they ought to be. */
export async function writeCopies(folder: PlaybookFolder, { documents }: Playbook, position: Position): Promise<void> {
	await folder.write(documents.map((document, index) => ({ name: document.name, text: withDone(document, position.done[index] ?? '') })));
}

function recordOf(next: StepNext, position: Position, { examination, headSha, summary, costUsd }: Tried, expect: 'pass' | 'fail'): StepRecord {
	const { check, changedPaths } = examination;
	return {
		tick: position.ticks + 1,
		loop: position.loop,
		step: next.step.text.slice(0, 300),
		summary: summary.slice(0, MAX_SUMMARY),
		sha: headSha,
		costUsd,
		...(check === undefined ? {} : { check: { command: check.command.slice(0, 500), expect, exitCode: check.exitCode, durationMs: check.durationMs } }),
		// What shows a bug by failing has to show later, unchanged, that it is gone.
		...(check !== undefined && expect === 'fail' ? { proofs: changedPaths.slice(0, 100) } : {}),
	};
}

/** Ticks the step, and writes what was done, how it was checked and what it cost. */
export async function tick(node: StepNode, opened: Opened, next: StepNext, tried: Tried, expect: 'pass' | 'fail'): Promise<PlaybookState> {
	const { services, signal } = node;
	const { row, playbook, folder, task } = opened;
	const before = positionOf(row);
	const { examination, session, run } = tried;
	const ticked = untickSteps(tickStep(before, next.document, next.step.index), examination.unticks);
	const after = nextStep(playbook, ticked);
	const stays = after.position.document === next.document && after.position.loop === before.loop && after.next.kind !== 'done';
	const record = recordOf(next, before, tried, expect);
	const isDone = after.next.kind === 'done';
	const now = services.clock.now();
	const moved = await movePlaybook(
		services,
		row,
		{
			status: isDone ? 'completed' : 'running',
			statusReason: '',
			position: JSON.stringify(after.position),
			headSha: tried.headSha,
			sessionId: playbook.freshContext === 'document' && stays ? session.id : 0,
			tries: 0,
			triesBefore: 0,
			idleRuns: 0,
			problem: '',
			problemOutput: '',
			answer: '',
			question: '',
			checks: withRecord(row, record),
			costUsd: row.costUsd + tried.costUsd,
			...(examination.plan === '' ? {} : { plan: examination.plan }),
			...(isDone ? { finishedAt: now.toISOString() } : {}),
		},
		signal,
	);
	await writeCopies(folder, playbook, after.position);
	for (const { document, loop, done } of after.finished) {
		const finished = playbook.documents[document];
		if (finished !== undefined) await folder.keep(`${finished.name}-${now.toISOString().replaceAll(/[:.]/g, '-')}-loop-${loop}.md`, withDone(finished, done));
	}
	const { check, notes, unticks } = examination;
	const about = { taskId: task.id, sessionId: session.id, runId: run.id, executionId: services.executionId };
	const reopened = unticks.reduce((sum, { steps }) => sum + steps.length, 0);
	const drafts: EventDraft[] = [
		{
			...about,
			type: 'step.completed',
			message: `${row.progress}: ${next.step.text}`.slice(0, 500),
			detail: {
				playbook: row.playbook,
				sha: tried.headSha,
				costUsd: tried.costUsd,
				tries: row.tries - row.triesBefore + 1,
				...(check === undefined ? {} : { check: { ...check, output: check.output.slice(-SHOWN_OUTPUT), expect } }),
				...(reopened === 0 ? {} : { reopened }),
				...(notes.length === 0 ? {} : { notes: notes.slice(0, 10) }),
			},
		},
		...(isDone ? [{ ...about, type: 'playbook.completed' as const, message: `All steps of ${row.playbook} are done` }] : []),
	];
	await appendEvents(services, drafts, signal);
	// Only what got on clears the count: a crash that comes again must end some time.
	if (task.attempts > 0) await changeTask(services, task.id, () => ({ attempts: 0 }), signal);
	return moved;
}

/** Writes why a step was not ticked, for the next try. `idle`: the try brought nothing new. */
export async function refuse(node: StepNode, opened: Opened, next: StepNext, tried: Tried, problem: { readonly problem: string; readonly output: string }, idle: boolean): Promise<PlaybookState> {
	const { services, signal } = node;
	const { row, task } = opened;
	const moved = await movePlaybook(
		services,
		row,
		{
			tries: row.tries + 1,
			idleRuns: idle ? row.idleRuns + 1 : 0,
			problem: problem.problem.slice(0, MAX_PROBLEM),
			problemOutput: problem.output.slice(-MAX_OUTPUT),
			sessionId: tried.session.id,
		},
		signal,
	);
	await appendEvents(
		services,
		[
			{
				taskId: task.id,
				sessionId: tried.session.id,
				runId: tried.run.id,
				executionId: services.executionId,
				type: 'step.refused',
				message: `${row.progress} did not pass: ${problem.problem}`.slice(0, 1_000),
				detail: { playbook: row.playbook, step: next.step.text.slice(0, 200), sha: tried.headSha, output: problem.output.slice(-SHOWN_OUTPUT), notes: tried.examination.notes.slice(0, 10) },
			},
		],
		signal,
	);
	return moved;
}
