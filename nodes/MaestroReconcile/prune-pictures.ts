import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { picturesFolder, removePictures } from '../../core/picture/kept';
import { isTaskFinished } from '../../core/task/states';
import type { Services } from '../shared/services';

const MOST_LOOKED_AT = 500;

async function oldFolders(parent: string, before: number): Promise<number[]> {
	const entries = await readdir(parent, { withFileTypes: true }).catch(() => []);
	const old: number[] = [];
	for (const { name } of entries.filter((entry) => /^\d{1,15}$/.test(entry.name))) {
		if (old.length >= MOST_LOOKED_AT) break;
		const touched = await stat(join(parent, name)).catch(() => undefined);
		if (touched !== undefined && touched.mtimeMs < before) old.push(Number(name));
	}
	return old;
}

/** Pictures of tasks that never had a worktree, with which they would have gone. A task that waits for a person keeps its own, however long. */
export async function prunePictures(services: Services, before: number, signal: AbortSignal): Promise<number> {
	const old = await oldFolders(picturesFolder(services.dataDir), before);
	if (old.length === 0) return 0;
	const tasks = await services.store.tasks.find({ anyOf: old.map((id) => ({ id: { eq: id } })) }, { limit: old.length }, signal);
	const open = new Set(tasks.filter(({ status }) => !isTaskFinished(status)).map(({ id }) => id));
	const over = old.filter((id) => !open.has(id));
	for (const id of over) {
		signal.throwIfAborted();
		await removePictures(services.dataDir, id);
	}
	return over.length;
}
