import { basename } from 'node:path';
import { MaestroError } from '../errors';
import { adoptTree } from './adopt';
import { isBranchName } from './branch';
import { diskFailure } from './failure';
import type { OpenRepository, Repository, RepositoryAccess } from './git';
import { changedPaths, inspectRange, lastMeeting } from './inspect';
import { withLock } from './lock';
import { Mirror } from './mirror';
import { repositoryPaths } from './paths';
import { readTexts } from './read-texts';
import { removeTree } from './remove';
import { fastForward } from './update';
import { findWorktree, prepareWorktree } from './worktree';

/** Opens a repository; nothing is touched before the first call. Throws `bad_parameter` for a name or address that is none. */
export const openRepository: OpenRepository = (access): Repository => {
	checkAddress(access);
	const paths = repositoryPaths(access.dataDir, access.repository);
	const mirror = new Mirror(access, paths);
	const needMirror = async (): Promise<void> => {
		if (await mirror.exists()) return;
		throw new MaestroError('git_failed', `There is no mirror of ${access.repository} yet`, 'Fetch the repository first.');
	};
	const lockTree = async <T>(taskId: number, signal: AbortSignal, work: () => Promise<T>): Promise<T> => await withLock(paths.worktreeLock(taskId), signal, work);
	return {
		fetch: async (signal) => await mirror.fetch(signal),

		defaultBranch: async (signal) => {
			await needMirror();
			const head = 'refs/remotes/origin/HEAD';
			const symref = (await mirror.refs([head], signal)).get(head)?.symref;
			if (symref !== undefined && symref !== '') return symref.slice('refs/remotes/origin/'.length);
			throw new MaestroError('git_failed', `${access.repository} has no default branch`, 'An empty repository needs a first commit; then start the task again.');
		},

		worktree: async (request, signal) => {
			await needMirror();
			return await prepareWorktree(mirror, request, signal);
		},

		existingWorktree: async (taskId, signal) => {
			signal.throwIfAborted();
			const found = await findWorktree(mirror, taskId);
			if (found === undefined) return undefined;
			const { setup: _setup, ...worktree } = found;
			return worktree;
		},

		adopt: async (worktree, signal) => {
			const taskId = Number(basename(worktree.path));
			return await lockTree(taskId, signal, async () => await adoptTree(mirror, { ...worktree, taskId }, signal));
		},

		inspect: async (range, knownSecrets, signal) => {
			await needMirror();
			const headSha = checkSha(range.headSha);
			const recorded = checkSha(range.baseSha);
			const baseSha = range.baseBranch === undefined ? recorded : await lastMeeting(mirror, recorded, checkBranch(range.baseBranch), headSha, signal);
			return await inspectRange(mirror, { baseSha, headSha }, knownSecrets, signal);
		},

		changedPaths: async (range, signal) => {
			await needMirror();
			return await changedPaths(mirror, { baseSha: checkSha(range.baseSha), headSha: checkSha(range.headSha) }, signal);
		},

		readTexts: async (sha, path, signal) => {
			await needMirror();
			return await readTexts(mirror, checkSha(sha), path, signal);
		},

		remoteHead: async (branch, signal) => {
			await needMirror();
			return await mirror.remoteHead(checkBranch(branch), signal);
		},

		contains: async (descendant, ancestor, signal) => (await mirror.exists()) && (await mirror.contains(checkSha(descendant), checkSha(ancestor), signal)),

		push: async (branch, sha, signal) => {
			await needMirror();
			return await mirror.push(checkBranch(branch), checkSha(sha), signal);
		},

		updateWorktree: async (worktree, signal) => {
			const taskId = Number(basename(worktree.path));
			return await lockTree(taskId, signal, async () => await fastForward(mirror, worktree, taskId, signal));
		},

		removeWorktree: async (taskId, { force }, signal) => {
			try {
				return await lockTree(taskId, signal, async () => await removeTree(mirror, taskId, force, signal));
			} catch (error) {
				throw diskFailure(`Removing the worktree of task ${taskId}`, error);
			}
		},
	};
};

function checkAddress({ cloneUrl }: RepositoryAccess): void {
	const url = URL.parse(cloneUrl);
	if (url !== null && ['https:', 'http:', 'file:'].includes(url.protocol) && url.username === '' && url.password === '') return;
	throw new MaestroError('bad_parameter', 'The address to clone from is not an http(s) URL without a login', 'Check Web URL in the Maestro GitHub credential, for example https://github.com.');
}

function checkBranch(branch: string): string {
	if (isBranchName(branch)) return branch;
	throw new MaestroError('bad_parameter', `"${branch}" is not a branch name`, 'Use letters, digits, dashes, dots and slashes.');
}

function checkSha(sha: string): string {
	if (/^[0-9a-f]{40}$/.test(sha)) return sha;
	throw new MaestroError('bad_parameter', `"${sha}" is not a commit id`, 'Pass the full id of a commit, 40 digits.');
}
