import { dispatch } from '../../core/task/dispatch';
import { redeliverDue, type Deliver } from '../../core/task/deliver';
import type { Task } from '../../core/task/records';
import { rollUp } from '../../core/task/roll-up';
import { projectsJustRead } from './just-read';
import type { Services } from './services';

/** Hands an event to a subscribed workflow by a signed POST to its webhook in this n8n. */
export function deliverer(services: Services): Deliver {
	return async (subscription, payload, signal) => {
		await services.n8n.deliver(subscription.path, payload, signal);
	};
}

/** Sends `task.ready` for every task that may run now. */
export async function dispatchReady(services: Services, signal: AbortSignal): Promise<Task[]> {
	return await dispatch(services, deliverer(services), { executionId: services.executionId, projects: projectsJustRead(services) }, signal);
}

/** Brings the parent of this ID in line with its children, or all that watch theirs. Gives those that changed. */
export async function rollUpParents(services: Services, signal: AbortSignal, parentId?: number): Promise<Task[]> {
	return await rollUp(services, deliverer(services), services.executionId, signal, parentId);
}

export async function redeliverEvents(services: Services, signal: AbortSignal): Promise<number> {
	return await redeliverDue(services, deliverer(services), signal);
}
