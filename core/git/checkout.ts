import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { endProcesses } from '../process/find';
import { diskFailure, isMissing } from './failure';
import { noteIndex } from './leftovers';
import type { Mirror } from './mirror';
import { writeState, type WorktreeState } from './state';

/** Everything that the agent's git needs, and no remote: there is nowhere it could push to. */
const CONFIG = `[core]
	repositoryformatversion = 0
	filemode = true
	bare = false
	logallrefupdates = true
[gc]
	auto = 0
[maintenance]
	auto = false
[user]
	name = Maestro
	email = maestro@localhost
`;

/**
 * Makes a working tree that is a repository of its own and borrows the mirror's objects. The git directory is written by hand
 * and the files come from a single git command, which runs on the mirror's configuration. It appears under its name only when
 * it is whole.
 */
export async function makeTree(
	mirror: Mirror,
	taskId: number,
	state: WorktreeState,
	start: { readonly headSha: string; readonly baseTip: string },
	signal: AbortSignal,
): Promise<void> {
	const { paths } = mirror;
	const target = paths.worktree(taskId);
	await endOrphan(paths.index(taskId), target);
	await removeHalfMade(target);
	const draft = `${target}.${randomUUID()}.draft`;
	const git = join(draft, '.git');
	const index = paths.index(taskId);
	const put = async (name: string, text: string): Promise<void> => {
		await mkdir(dirname(join(git, name)), { recursive: true });
		await writeFile(join(git, name), text);
	};
	try {
		await mkdir(dirname(index), { recursive: true });
		await rm(index, { force: true });
		await rm(`${index}.lock`, { force: true });
		await mkdir(draft, { recursive: true });
		// Before there is a .git, so that a tree which holds one is refused as what it is.
		await mirror.git(
			{
				args: ['read-tree', '-m', '-u', start.headSha],
				env: { GIT_WORK_TREE: draft, GIT_INDEX_FILE: index },
				config: [['checkout.workers', '0']],
				doing: `checking out ${state.branch}`,
			},
			signal,
		);
		await put('HEAD', `ref: refs/heads/${state.branch}\n`);
		await put('config', CONFIG);
		await put('objects/info/alternates', `${paths.mirrorObjects}\n`);
		await mkdir(join(git, 'objects/pack'), { recursive: true });
		await mkdir(join(git, 'info'), { recursive: true });
		await put(`refs/heads/${state.branch}`, `${start.headSha}\n`);
		await put(`refs/remotes/origin/${state.baseBranch}`, `${start.baseTip}\n`);
		await noteIndex(index, start.headSha);
		await copyFile(index, join(git, 'index'));
		await writeState(paths.state(taskId), state);
		await rename(draft, target);
	} catch (error) {
		await rm(draft, { recursive: true, force: true });
		throw diskFailure(`Making the worktree of task ${taskId}`, error);
	}
}

/** What an earlier try left when it was cut off. */
async function halfMade(target: string): Promise<string[]> {
	try {
		const names = await readdir(dirname(target));
		return names.filter((name) => name.startsWith(`${basename(target)}.`) && (name.endsWith('.draft') || name.endsWith('.trash'))).map((name) => join(dirname(target), name));
	} catch (error) {
		if (isMissing(error)) return [];
		throw error;
	}
}

async function removeHalfMade(target: string): Promise<void> {
	for (const path of await halfMade(target)) await rm(path, { recursive: true, force: true, maxRetries: 3 });
}

/** A git that outlived its n8n still writes there. Whoever works on this task's index and is not us is one: we hold the lock. */
async function endOrphan(index: string, target: string): Promise<void> {
	if ((await halfMade(target)).length > 0) await endProcesses([`GIT_INDEX_FILE=${index}`], 'SIGKILL', 0);
}
