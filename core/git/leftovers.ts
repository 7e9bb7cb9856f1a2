import { lstat } from 'node:fs/promises';
import { isMissing } from './failure';
import type { Mirror } from './mirror';

const MAX_PATHS = 50;
const MAX_INDEXES = 1_000;

/** Which commit an index was last read from, and by which signs it is known to be still that file. */
const lastRead = new Map<string, { readonly headSha: string; readonly signs: string }>();

/**
 * Paths that stand in a worktree otherwise than in the given commit. Works on the mirror's configuration and an index of
 * Maestro's own, so that no filter, hook or monitor of the agent's runs.
 */
export async function uncommittedPaths(mirror: Mirror, worktree: { readonly path: string; readonly taskId: number }, headSha: string, signal: AbortSignal): Promise<string[]> {
	const index = mirror.paths.index(worktree.taskId);
	const env = { GIT_WORK_TREE: worktree.path, GIT_INDEX_FILE: index };
	const doing = 'looking for uncommitted work';
	const signs = await signsOf(index);
	const read = lastRead.get(index);
	if (signs === undefined || read?.headSha !== headSha || read.signs !== signs) {
		// Keeps what it knows of files that are the same in both commits, so that only changed ones are read.
		await mirror.git({ args: ['read-tree', ...(signs === undefined ? [] : ['--reset']), headSha], env, doing }, signal);
		await noteIndex(index, headSha);
	}
	const { stdout } = await mirror.git({ args: ['ls-files', '-z', '--modified', '--others', '--exclude-standard', '--directory', '--no-empty-directory'], env, doing }, signal);
	const paths = stdout.split('\0').filter((path) => path !== '');
	return [...new Set(paths)].slice(0, MAX_PATHS);
}

/** An index has just been read from this commit: it need not be again while nobody has written to it. */
export async function noteIndex(index: string, headSha: string): Promise<void> {
	const signs = await signsOf(index);
	if (lastRead.size >= MAX_INDEXES) lastRead.clear();
	if (signs !== undefined) lastRead.set(index, { headSha, signs });
}

/** Git writes an index anew beside the old one, so that another process's shows in these. Undefined: there is none. */
async function signsOf(path: string): Promise<string | undefined> {
	try {
		const { ino, size, mtimeNs, ctimeNs } = await lstat(path, { bigint: true });
		return [ino, size, mtimeNs, ctimeNs].join(' ');
	} catch (error) {
		if (isMissing(error)) return undefined;
		throw error;
	}
}
