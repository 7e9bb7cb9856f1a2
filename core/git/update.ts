import { randomUUID } from 'node:crypto';
import { copyFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAgentRef } from './agent-ref';
import { readAgentTree } from './agent-tree';
import { diskFailure } from './failure';
import type { Worktree } from './git';
import { uncommittedPaths } from './leftovers';
import type { Mirror } from './mirror';

export type UpdateResult = 'updated' | 'unchanged' | 'diverged' | 'dirty';

/**
 * Moves a clean worktree forward to its remote branch, and shows it the base branch as it is now, so that an agent can merge that
 * when there is a conflict. Files are written by git on the mirror's configuration, refs by hand.
 */
export async function fastForward(mirror: Mirror, worktree: Worktree, taskId: number, signal: AbortSignal): Promise<UpdateResult> {
	const { path, branch } = worktree;
	const git = join(path, '.git');
	const ref = `refs/remotes/origin/${branch}`;
	const baseRef = `refs/remotes/origin/${worktree.baseBranch}`;
	const refs = await mirror.refs([ref, baseRef], signal);
	const remote = refs.get(ref)?.sha;
	const base = refs.get(baseRef)?.sha;
	const agent = await readAgentTree(path, branch, mirror.paths.mirrorObjects);
	if (base !== undefined) await noteBase(git, baseRef, base);
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
	const aside = join(git, `maestro-${randomUUID()}`);
	try {
		await copyFile(index, aside);
		await rename(aside, join(git, 'index'));
		await writeAgentRef(git, `refs/heads/${branch}`, remote);
	} catch (error) {
		throw diskFailure(`Bringing ${branch} up to date`, error);
	}
	return 'updated';
}

async function noteBase(git: string, ref: string, sha: string): Promise<void> {
	try {
		await writeAgentRef(git, ref, sha);
	} catch (error) {
		throw diskFailure('Showing the base branch to the worktree', error);
	}
}
