import { randomUUID } from 'node:crypto';
import { lstat, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unsafe } from './agent-tree';
import { isMissing } from './failure';

/**
 * Sets a ref in a worktree's git directory. Each folder on the way is looked at first, for the agent can put a link in its place
 * and so have something outside overwritten.
 */
export async function writeAgentRef(git: string, ref: string, sha: string): Promise<void> {
	const parts = ref.split('/');
	for (let depth = 1; depth < parts.length; depth++) {
		const folder = join(git, ...parts.slice(0, depth));
		if (!(await isFolder(folder))) await mkdir(folder);
	}
	const aside = join(git, `maestro-${randomUUID()}`);
	await writeFile(aside, `${sha}\n`, { flag: 'wx' });
	// A link at the end of the way is replaced, not followed.
	await rename(aside, join(git, ...parts));
}

async function isFolder(path: string): Promise<boolean> {
	try {
		if ((await lstat(path)).isDirectory()) return true;
	} catch (error) {
		if (isMissing(error)) return false;
		throw error;
	}
	throw unsafe("A folder of the worktree's branches is a link or a file");
}
