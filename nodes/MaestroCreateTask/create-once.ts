import { answerTogether, type Shared } from '../../core/task/answer-together';
import { createTask, createTasks, type TaskAnswer, type TaskAsk } from '../../core/task/create-task';
import { Gathering } from '../../core/task/gather';
import type { Services } from '../shared/services';

const TIMEOUT_MS = 60_000;
const NEVER = new AbortController().signal;

/** How many executions of this process are at it, by n8n. */
const atWork = new Map<string, number>();
const storm = new Gathering<TaskAsk, Shared>();
/** Copies of one signal often come in one burst, each in an execution of its own in this process. */
const copies = new Gathering<TaskAsk, TaskAnswer>();

/** Who is alone has nobody to share a look with. */
async function answeredWithOthers(services: Services, ask: TaskAsk): Promise<Shared> {
	if ((atWork.get(services.instance) ?? 0) < 2) return { kind: 'alone' };
	// One that is stopped must not end the write of all; the time begins when its turn comes.
	return await storm.ask(services.instance, ask, async (asks) => await answerTogether(services, asks, AbortSignal.timeout(TIMEOUT_MS)), NEVER);
}

async function createAlone(services: Services, ask: TaskAsk, signal: AbortSignal): Promise<TaskAnswer> {
	const { projectId, fingerprint = '', reach = '', status = '' } = ask.draft;
	// Those of one project that may go equally far: what an untrusted one links to must not count for a trusted one.
	return await copies.ask(`${services.instance} ${projectId} ${reach} ${status} ${fingerprint}`, ask, async (asks, leading) => await createTasks(services, asks, leading), signal);
}

async function create(services: Services, ask: TaskAsk, signal: AbortSignal): Promise<TaskAnswer> {
	if ((ask.draft.fingerprint ?? '') === '') return await createTask(services, ask.draft, ask.options, signal);
	const shared = await answeredWithOthers(services, ask);
	signal.throwIfAborted();
	switch (shared.kind) {
		case 'answered':
			return shared.answer;
		case 'failed':
			throw shared.error;
		case 'alone':
			return await createAlone(services, ask, signal);
	}
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
