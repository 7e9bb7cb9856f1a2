import { hostname } from 'node:os';
import { endSession } from '../../core/agent/session-processes';
import { messageOf } from '../../core/errors';
import { reconcileTasks } from '../../core/task/reconcile';
import { deliverer } from '../shared/dispatch';
import type { Services } from '../shared/services';

export interface TaskReport {
	readonly restarted: number[];
	readonly blocked: number[];
	readonly failed: number[];
	/** Processes of agents that outlived their n8n on this host. */
	readonly endedProcesses: number;
	readonly problems: string[];
}

/** Finds tasks whose execution died, has them started again, and ends what survives of their agents on this host. */
export async function sweepTasks(services: Services, signal: AbortSignal): Promise<TaskReport> {
	const mended = await reconcileTasks(services, services.n8n.executionState, deliverer(services), services.executionId, signal);
	const problems: string[] = [];
	let endedProcesses = 0;
	for (const { task, remedy } of mended) {
		for (const run of remedy.runs) {
			if (run.host !== hostname() || run.agentSessionId === '') continue;
			try {
				endedProcesses += await endSession(run.agentSessionId);
			} catch (error) {
				problems.push(services.redact(`Agent of task ${task.id}: ${messageOf(error)}`));
			}
		}
	}
	const ids = (kind: 'restart' | 'block' | 'fail'): number[] => mended.filter(({ remedy }) => remedy.kind === kind).map(({ task }) => task.id);
	return { restarted: ids('restart'), blocked: ids('block'), failed: ids('fail'), endedProcesses, problems };
}
