import type { IBinaryData, IBinaryKeyData, IExecuteFunctions } from 'n8n-workflow';
import { sleep } from '../../core/clock';
import { MaestroError, messageOf } from '../../core/errors';
import { keepPicture, type Keeping } from '../../core/picture/kept';
import { listAttachments } from '../../core/signal/email-attachments';
import type { TaskDraft } from '../../core/task/create-task';
import { appendEvents } from '../../core/task/events';
import { reachesAtLeast } from '../../core/task/ladder';
import type { Task } from '../../core/task/records';
import { isTaskFinished } from '../../core/task/states';
import { filesOf } from '../shared/email-files';
import type { Services } from '../shared/services';

/** n8n may keep files on another machine. */
const READ_MS = 60_000;

/** What became of the pictures that came with a signal. */
export interface PicturesKept {
	/** How many the task has of them now. */
	readonly kept: number;
	/** Which it has not, and why. */
	readonly left: readonly string[];
}

export interface PicturesAsked {
	readonly context: IExecuteFunctions;
	readonly services: Services;
	readonly itemIndex: number;
	readonly files: IBinaryKeyData;
	readonly draft: TaskDraft;
	readonly task: Task;
	readonly signal: AbortSignal;
}

/** Whether an agent may work for whoever sent them, and as far as it does on this task: what waits for a person's word may not fill the disk, and a stranger not take the place of those of a member. */
function mayHavePictures({ reach = 'triage', status = 'pending' }: TaskDraft, task: Task): boolean {
	return reach !== 'triage' && task.reach !== 'triage' && reachesAtLeast(reach, task.reach) && status !== 'blocked' && !isTaskFinished(task.status);
}

async function contentOf({ context, itemIndex, signal }: PicturesAsked, file: IBinaryData): Promise<Buffer> {
	const done = new AbortController();
	const late = sleep(READ_MS, AbortSignal.any([signal, done.signal])).then(() => {
		throw new MaestroError('timed_out', 'n8n did not give the file within a minute', 'Look at where n8n keeps its binary data.');
	});
	try {
		return await Promise.race([context.helpers.getBinaryDataBuffer(itemIndex, file), late]);
	} finally {
		done.abort();
	}
}

function whyNot(keeping: Keeping): string | undefined {
	switch (keeping) {
		case 'kept':
		case 'kept_before':
			return undefined;
		case 'no_picture':
			return 'is no PNG, JPEG, GIF or WebP, whatever its type says';
		case 'too_large':
			return 'is too large';
		case 'full':
			return 'is one too many: the task has as many as one may have';
	}
}

/** Keeps the pictures for the task's agents, each once. Undefined: there are none that they could look at. One that cannot be kept keeps nobody from the task. */
export async function keepPictures(asked: PicturesAsked): Promise<PicturesKept | undefined> {
	const { services, files, draft, task, signal } = asked;
	const pictures = listAttachments(filesOf(files)).attachments.filter(({ forAgent }) => forAgent);
	if (pictures.length === 0 || !mayHavePictures(draft, task)) return undefined;
	const left: string[] = [];
	for (const { key } of pictures) {
		const file = files[key];
		if (file === undefined) continue;
		try {
			const why = whyNot(await keepPicture(services.dataDir, task.id, await contentOf(asked, file)));
			if (why !== undefined) left.push(`${key} ${why}`);
		} catch (error) {
			signal.throwIfAborted();
			left.push(services.redact(`${key}: ${messageOf(error)}`));
		}
	}
	if (left.length > 0) await appendEvents(services, [{ type: 'note', message: `Pictures that no agent gets: ${left.join('; ')}`, taskId: task.id, executionId: services.executionId }], signal);
	return { kept: pictures.length - left.length, left };
}
