import { randomUUID } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { adoptHead, taskRefs } from './adopt';
import { diskFailure } from './failure';
import { uncommittedPaths } from './leftovers';
import type { Mirror } from './mirror';
import { findWorktree } from './worktree';
import { removeState } from './state';
import { tidyMirror } from './tidy';
import type { Worktree } from './git';
import { isMissing } from './failure';

export type RemoveResult = 'removed' | 'kept_unpushed' | 'absent';

/**
 * Removes a task's worktree, unless it holds work that exists nowhere else. `force`: files that were never committed are no
 * work, for a task whose change was merged; commits that were not pushed are, always.
 */
export async function removeTree(mirror: Mirror, taskId: number, force: boolean, signal: AbortSignal): Promise<RemoveResult> {
	const { paths } = mirror;
	const worktree = await findWorktree(mirror, taskId);
	if (worktree !== undefined && (await holdsWork(mirror, worktree, taskId, force, signal))) return 'kept_unpushed';
	const trash = `${paths.worktree(taskId)}.${randomUUID()}.trash`;
	try {
		// Out of the way at once, so that a removal which is cut off leaves no half worktree under its name.
		await rename(paths.worktree(taskId), trash);
	} catch (error) {
		if (!isMissing(error)) throw diskFailure(`Removing the worktree of task ${taskId}`, error);
		await forget(mirror, taskId, signal);
		return 'absent';
	}
	await forget(mirror, taskId, signal);
	await rm(trash, { recursive: true, force: true, maxRetries: 3 }).catch((error: unknown) => {
		throw diskFailure(`Removing the worktree of task ${taskId}`, error);
	});
	return 'removed';
}

async function holdsWork(mirror: Mirror, worktree: Worktree, taskId: number, force: boolean, signal: AbortSignal): Promise<boolean> {
	const head = await adoptHead(mirror, { ...worktree, taskId: String(taskId) }, signal);
	if (!force && (await uncommittedPaths(mirror, { path: worktree.path, taskId }, head, signal)).length > 0) return true;
	if (head === worktree.baseSha) return false;
	// A branch that was merged and deleted is known by what was pushed to it.
	const names = [`refs/remotes/origin/${worktree.branch}`, `refs/maestro/pushed/${worktree.branch}`, `refs/remotes/origin/${worktree.baseBranch}`];
	for (const { sha } of (await mirror.refs(names, signal)).values()) if (await mirror.contains(sha, head, signal)) return false;
	return true;
}

async function forget(mirror: Mirror, taskId: number, signal: AbortSignal): Promise<void> {
	await removeState(mirror.paths.state(taskId));
	await rm(mirror.paths.index(taskId), { force: true });
	if (!(await mirror.exists())) return;
	await mirror.locked(signal, async () => {
		const gone = taskRefs(String(taskId)).map((ref) => `delete ${ref}\n`);
		await mirror.git({ args: ['update-ref', '--stdin'], stdin: gone.join(''), doing: 'forgetting a worktree' }, signal);
		// The end of a task is when nobody waits for the mirror.
		await tidyMirror(mirror, signal);
	});
}
