import { lstat } from 'node:fs/promises';
import { isMissing } from './failure';
import type { Mirror } from './mirror';

const MAX_PATHS = 50;

/**
 * Paths that stand in a worktree otherwise than in the given commit. Works on the mirror's configuration and an index of
 * Maestro's own, so that no filter, hook or monitor of the agent's runs.
 */
export async function uncommittedPaths(mirror: Mirror, worktree: { readonly path: string; readonly taskId: number }, headSha: string, signal: AbortSignal): Promise<string[]> {
	const index = mirror.paths.index(worktree.taskId);
	const env = { GIT_WORK_TREE: worktree.path, GIT_INDEX_FILE: index };
	const doing = 'looking for uncommitted work';
	const known = await exists(index);
	// Keeps what it knows of files that are the same in both commits, so that only changed ones are read.
	await mirror.git({ args: ['read-tree', ...(known ? ['--reset'] : []), headSha], env, doing }, signal);
	const { stdout } = await mirror.git({ args: ['ls-files', '-z', '--modified', '--others', '--exclude-standard', '--directory', '--no-empty-directory'], env, doing }, signal);
	const paths = stdout.split('\0').filter((path) => path !== '');
	return [...new Set(paths)].slice(0, MAX_PATHS);
}

async function exists(path: string): Promise<boolean> {
	try {
		await lstat(path);
		return true;
	} catch (error) {
		if (isMissing(error)) return false;
		throw error;
	}
}
