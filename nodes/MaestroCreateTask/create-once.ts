import { countRepeats, type Repeat } from '../../core/task/count-repeats';
import { createTask, createTasks, type TaskAnswer, type TaskAsk } from '../../core/task/create-task';
import { Gathering } from '../../core/task/gather';
import type { Services } from '../shared/services';

const TIMEOUT_MS = 60_000;
const NEVER = new AbortController().signal;

/** How many executions of this process are at it, by n8n. */
const atWork = new Map<string, number>();
const repeats = new Gathering<TaskAsk, Repeat>();
/** Copies of one signal often come in one burst, each in an execution of its own in this process. */
const copies = new Gathering<TaskAsk, TaskAnswer>();

/** In a storm most signals are repeats: they are counted together, whatever they are about. Who is alone has nobody to share a look with. */
async function countedWithOthers(services: Services, ask: TaskAsk): Promise<TaskAnswer | undefined> {
	if ((atWork.get(services.instance) ?? 0) < 2) return undefined;
	// One that is stopped must not end the write of all; the time begins when its turn comes.
	const repeat = await repeats.ask(services.instance, ask, async (asks) => await countRepeats(services, asks, AbortSignal.timeout(TIMEOUT_MS)), NEVER);
	switch (repeat.kind) {
		case 'answered':
			return repeat.answer;
		case 'other':
			return undefined;
		case 'failed':
			throw repeat.error;
	}
}

async function create(services: Services, ask: TaskAsk, signal: AbortSignal): Promise<TaskAnswer> {
	const { projectId, fingerprint = '', reach = '', status = '' } = ask.draft;
	if (fingerprint === '') return await createTask(services, ask.draft, ask.options, signal);
	const counted = await countedWithOthers(services, ask);
	signal.throwIfAborted();
	if (counted !== undefined) return counted;
	// Those of one project that may go equally far: what an untrusted one links to must not count for a trusted one.
	return await copies.ask(`${services.instance} ${projectId} ${reach} ${status} ${fingerprint}`, ask, async (asks, leading) => await createTasks(services, asks, leading), signal);
}

/** Exactly one task for each fingerprint; see createTasks. */
export async function createOnce(services: Services, ask: TaskAsk, signal: AbortSignal): Promise<TaskAnswer> {
	const { instance } = services;
	atWork.set(instance, (atWork.get(instance) ?? 0) + 1);
	try {
		return await create(services, ask, signal);
	} finally {
		const left = (atWork.get(instance) ?? 1) - 1;
		if (left > 0) atWork.set(instance, left);
		else atWork.delete(instance);
	}
}
