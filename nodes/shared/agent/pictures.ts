import { keptPictures, picturesOf } from '../../../core/picture/kept';
import { picturesTold } from '../../../core/picture/told';
import type { OutsideText } from '../../../core/session/prompt';
import type { Task } from '../../../core/task/records';
import type { Services } from '../services';

/** The pictures that came with a task, as an agent gets them. */
export interface Pictures {
	/** What the prompt says of them, to be fenced; told with the task. */
	readonly outside: readonly OutsideText[];
	/** Where the agent's file tools may read them. */
	readonly readFolders: readonly string[];
}

const NONE: Pictures = { outside: [], readFolders: [] };

/** `tools`: those that the agent has, cut to the task's reach: without Read it can look at none. */
export async function picturesFor({ dataDir }: Pick<Services, 'dataDir'>, task: Pick<Task, 'id' | 'reach'> | undefined, tools: readonly string[]): Promise<Pictures> {
	if (task === undefined || task.reach === 'triage' || !tools.includes('Read')) return NONE;
	const kept = await keptPictures(dataDir, task.id);
	return kept.length === 0 ? NONE : { outside: [{ label: 'pictures that came with the task', text: picturesTold(kept) }], readFolders: [picturesOf(dataDir, task.id)] };
}
