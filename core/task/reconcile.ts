import { updateTask } from './compare-and-set';
import { emitEvents, type Deliver } from './deliver';
import type { EventDraft } from './events';
import { interruptRun, type ExecutionState, type Probe } from './leases';
import { chooseRemedy, type Remedy } from './reconcile-choice';
import type { Run, Task, Wait } from './records';
import type { Changes } from './store';
import type { TaskTools } from './tools';

const MAX_TASKS = 500;
const MAX_ROWS = 2_000;

export interface Mended {
	readonly task: Task;
	readonly remedy: Exclude<Remedy, { kind: 'leave' }>;
}

function changesFor(task: Task, remedy: Mended['remedy'], now: string): Changes<Task> {
	switch (remedy.kind) {
		case 'restart': {
			const attempts = task.attempts + (remedy.counts ? 1 : 0);
			// A task in review keeps its state: its flow finds the pull request and parks again.
			if (task.status === 'in_review') return { attempts, dispatchedAt: now, claimedUntil: null };
			return { status: 'pending', statusReason: task.statusReason === '' ? remedy.why : task.statusReason, attempts, dispatchedAt: null, claimedUntil: null };
		}
		case 'block':
			return { status: 'blocked', statusReason: remedy.why, claimedUntil: null };
		case 'fail':
			return { status: 'failed', statusReason: task.statusReason === '' ? remedy.why : `${remedy.why}. The last error: ${task.statusReason}`, claimedUntil: null, finishedAt: now };
	}
}

function draftsFor(task: Task, remedy: Mended['remedy'], executionId: string): EventDraft[] {
	const about = { message: remedy.why, taskId: task.id, executionId };
	switch (remedy.kind) {
		case 'restart':
			return [{ ...about, type: 'task.interrupted' }, ...(task.status === 'in_review' ? [{ ...about, type: 'task.ready' as const }] : [])];
		case 'block':
			return [{ ...about, type: 'task.blocked' }];
		case 'fail':
			return [{ ...about, type: 'task.failed' }];
	}
}

/**
 * Finds tasks whose execution died and starts their flow again, or ends what cannot go on. What becomes pending here is
 * sent out by `dispatch`, which the caller runs afterwards. A probe that fails changes nothing.
 */
export async function reconcileTasks(tools: TaskTools, probe: Probe, deliver: Deliver, executionId: string, signal: AbortSignal): Promise<Mended[]> {
	const { store } = tools;
	const tasks = await store.tasks.find({ anyOf: [{ status: { eq: 'in_progress' } }, { status: { eq: 'in_review' } }] }, { limit: MAX_TASKS }, signal);
	if (tasks.length === 0) return [];
	const states = new Map<string, ExecutionState>();
	for (const id of new Set(tasks.map((task) => task.executionId).filter((known) => known !== ''))) {
		states.set(id, await probe(id, signal).catch((error: unknown): ExecutionState => {
			signal.throwIfAborted();
			// An answer that did not come is no answer; what refuses the key is for the caller to hear of.
			if (error instanceof Error && error.name === 'MaestroError') throw error;
			return 'unknown';
		}));
	}
	const mended: Mended[] = [];
	const drafts: EventDraft[] = [];
	const dead = tasks.filter((task) => !['running', 'waiting', 'unknown'].includes(states.get(task.executionId) ?? 'unknown'));
	if (dead.length === 0) return [];
	const ofDead = { anyOf: dead.map((task) => ({ taskId: { eq: task.id } })) };
	const runs: Run[] = await store.runs.find(ofDead, { limit: MAX_ROWS, newestFirst: true }, signal);
	const waits: Wait[] = await store.waits.find(ofDead, { limit: MAX_ROWS, newestFirst: true }, signal);
	for (const task of dead) {
		const remedy = chooseRemedy(
			{
				task,
				runs: runs.filter((run) => run.taskId === task.id && run.status !== 'completed'),
				waits: waits.filter((wait) => wait.taskId === task.id),
				execution: states.get(task.executionId) ?? 'unknown',
			},
			tools.clock.now(),
		);
		if (remedy.kind === 'leave') continue;
		const changed = await updateTask(tools, task, changesFor(task, remedy, tools.clock.now().toISOString()), signal);
		// Somebody moved it meanwhile: it is alive after all.
		if (changed === undefined) continue;
		for (const run of remedy.runs) await interruptRun(tools, run, remedy.why, signal);
		mended.push({ task: changed, remedy });
		drafts.push(...draftsFor(task, remedy, executionId));
	}
	await emitEvents(tools, drafts, { tasks: mended.map(({ task }) => task) }, deliver, signal);
	return mended;
}
