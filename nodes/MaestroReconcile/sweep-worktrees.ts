import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../core/errors';
import { removePictures } from '../../core/picture/kept';
import { appendEvents, type EventDraft } from '../../core/task/events';
import { isTaskFinished } from '../../core/task/states';
import type { Github, Services } from '../shared/services';
import { PutOff } from './put-off';

/** Worktrees whose task is completed or cancelled; the work of failed tasks stays for a person to look at. */
const MOST_A_SWEEP = 50;

/** A worktree with unpushed work stays; looking at it costs a few git calls, so not each minute. */
const LOOK_AGAIN_MS = 3600_000;
const kept = new PutOff<number>();

interface Found {
	readonly repository: string;
	readonly taskId: number;
}

async function names(folder: string): Promise<string[]> {
	const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
	return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

async function findWorktrees(dataDir: string): Promise<Found[]> {
	const root = join(dataDir, 'worktrees');
	const found: Found[] = [];
	for (const owner of await names(root)) {
		for (const name of await names(join(root, owner))) {
			for (const entry of await names(join(root, owner, name))) {
				if (/^\d+$/.test(entry)) found.push({ repository: `${owner}/${name}`, taskId: Number(entry) });
			}
		}
	}
	return found;
}

/** Removes the worktrees of merged and closed pull requests on this machine. Unpushed work is never deleted. */
export async function sweepWorktrees(services: Services, github: Github, signal: AbortSignal): Promise<{ removed: number; kept: number; problems: string[] }> {
	const report = { removed: 0, kept: 0, problems: [] as string[] };
	const found = (await findWorktrees(services.dataDir)).slice(0, 500);
	if (found.length === 0) return report;
	const tasks = await services.store.tasks.find({ anyOf: found.map(({ taskId }) => ({ id: { eq: taskId } })) }, { limit: found.length }, signal);
	const removed: EventDraft[] = [];
	const byId = new Map(tasks.map((task) => [task.id, task]));
	const now = services.clock.now().getTime();
	const over = found.flatMap(({ repository, taskId }) => {
		const task = byId.get(taskId);
		const isOver = task !== undefined && task.status !== 'failed' && isTaskFinished(task.status) && kept.isDue(taskId, now);
		return isOver ? [{ repository, taskId, task }] : [];
	});
	for (const { repository, taskId, task } of over.slice(0, MOST_A_SWEEP)) {
		try {
			const result = await github.repository(task.repository || repository).removeWorktree(taskId, { force: task.status === 'completed' }, signal);
			// They are of no use to anybody once the work is over.
			if (result !== 'kept_unpushed') await removePictures(services.dataDir, taskId);
			if (result === 'removed') {
				report.removed++;
				removed.push({ type: 'worktree.removed', message: `Its worktree was removed: the task is ${task.status}`, taskId, executionId: services.executionId });
			}
			if (result === 'kept_unpushed') {
				report.kept++;
				kept.until(taskId, now + LOOK_AGAIN_MS);
			}
		} catch (error) {
			report.problems.push(services.redact(`Worktree of task ${taskId}: ${messageOf(error)}`));
		}
	}
	await appendEvents(services, removed, signal);
	return report;
}
