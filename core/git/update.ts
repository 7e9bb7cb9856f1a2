import { randomUUID } from 'node:crypto';
import { copyFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readAgentTree } from './agent-tree';
import { diskFailure } from './failure';
import type { Worktree } from './git';
import { uncommittedPaths } from './leftovers';
import type { Mirror } from './mirror';

export type UpdateResult = 'updated' | 'unchanged' | 'diverged' | 'dirty';

/** Moves a clean worktree forward to its remote branch. Files are written by git on the mirror's configuration, refs by hand. */
export async function fastForward(mirror: Mirror, worktree: Worktree, taskId: number, signal: AbortSignal): Promise<UpdateResult> {
	const { path, branch } = worktree;
	const ref = `refs/remotes/origin/${branch}`;
	const remote = (await mirror.refs([ref], signal)).get(ref)?.sha;
	const agent = await readAgentTree(path, branch, mirror.paths.mirrorObjects);
	if (remote === undefined || agent.branch === remote) return 'unchanged';
	if (agent.branch === undefined || agent.headRef !== `refs/heads/${branch}`) return 'diverged';
	if (await mirror.contains(agent.branch, remote, signal)) return 'unchanged';
	if (!(await mirror.contains(remote, agent.branch, signal))) return 'diverged';
	if ((await uncommittedPaths(mirror, { path, taskId }, agent.branch, signal)).length > 0) return 'dirty';
	const index = mirror.paths.index(taskId);
	await mirror.git(
		{ args: ['read-tree', '-m', '-u', agent.branch, remote], env: { GIT_WORK_TREE: path, GIT_INDEX_FILE: index }, doing: `bringing ${branch} up to date` },
		signal,
	);
	const git = join(path, '.git');
	const aside = join(git, `maestro-${randomUUID()}`);
	try {
		await copyFile(index, aside);
		await rename(aside, join(git, 'index'));
		await writeFile(aside, `${remote}\n`);
		await rename(aside, join(git, 'refs/heads', branch));
	} catch (error) {
		throw diskFailure(`Bringing ${branch} up to date`, error);
	}
	return 'updated';
}
