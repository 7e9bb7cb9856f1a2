import { nextStep, tickStep, untickSteps, withDone, type FinishedDocument, type Position } from '../../core/playbook';
import { writeCopies } from '../../core/step/copies';
import { appendEvents, type EventDraft } from '../../core/task/events';
import { movePlaybook, positionOf, withRecord, type StepRecord } from '../../core/task/playbooks';
import type { PlaybookState } from '../../core/task/records';
import { changeTask } from '../shared/records';
import { failed, learnt, SHOWN_OUTPUT, type Failing, type Tried } from './settle';
import { standing, type Opened, type StepNext, type StepNode } from './work';

const MAX_SUMMARY = 600;

/** Named by when the run ended, which a crash does not change: the same copy is not kept twice. */
async function keepFinished({ folder, playbook }: Opened, finished: readonly FinishedDocument[], { run }: Tried): Promise<void> {
	const at = (run.finishedAt ?? '').replaceAll(/[:.]/g, '-');
	for (const { document, loop, done } of finished) {
		const found = playbook.documents[document];
		if (found !== undefined) await folder.keep(`${found.name}-${at}-loop-${loop}.md`, withDone(found, done));
	}
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

/** Ticks the step, and writes what was done, how it was checked and what it cost. `failing`: the agent asked for the playbook's end. */
export async function tick(node: StepNode, opened: Opened, next: StepNext, tried: Tried, expect: 'pass' | 'fail', failing: Failing | undefined): Promise<PlaybookState> {
	const { services, signal } = node;
	const { row, playbook, folder, task } = opened;
	const before = positionOf(row);
	const { examination, session, run } = tried;
	const ticked = untickSteps(tickStep(before, next.document, next.step.index), examination.unticks);
	const after = nextStep(playbook, ticked);
	const stays = after.position.document === next.document && after.position.loop === before.loop && after.next.kind !== 'done';
	const record = recordOf(next, before, tried, expect);
	const isDone = after.next.kind === 'done' && failing === undefined;
	const now = services.clock.now();
	await keepFinished(opened, after.finished, tried);
	const moved = await movePlaybook(
		services,
		row,
		{
			status: isDone ? 'completed' : 'running',
			statusReason: '',
			position: JSON.stringify(after.position),
			...(after.next.kind === 'step' && failing === undefined ? standing(playbook, after.position, after.next) : {}),
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
			...learnt(row, tried),
			...(examination.plan === '' ? {} : { plan: examination.plan }),
			...(isDone ? { finishedAt: now.toISOString() } : {}),
			...(failing === undefined ? {} : failed(failing, now)),
		},
		signal,
	);
	await writeCopies(folder, playbook, after.position);
	const { check, notes, unticks } = examination;
	const about = { taskId: task.id, sessionId: session.id, runId: run.id, executionId: services.executionId };
	const reopened = unticks.reduce((sum, { steps }) => sum + steps.length, 0);
	const drafts: EventDraft[] = [
		...(tried.rest?.take() ?? []),
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
