import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MaestroError } from '../errors';
import { adoptedRef } from './adopt';
import { readAgentTree } from './agent-tree';
import { isBranchName } from './branch';
import { makeTree } from './checkout';
import { isMissing } from './failure';
import type { Worktree, WorktreeRequest } from './git';
import { withLock } from './lock';
import type { Mirror } from './mirror';
import { runSetup } from './setup';
import { readState, writeState, type WorktreeState } from './state';

const remoteRef = (branch: string): string => `refs/remotes/origin/${branch}`;

/** The worktree that is there, or undefined. Throws `git_unsafe_tree` where it is no longer what Maestro made. */
export async function findWorktree(mirror: Mirror, taskId: number): Promise<(Worktree & { readonly setup: 'pending' | 'done' }) | undefined> {
	const path = mirror.paths.worktree(taskId);
	const state = await readState(mirror.paths.state(taskId));
	if (state === undefined || !(await isThere(path))) return undefined;
	const agent = await readAgentTree(path, state.branch, mirror.paths.mirrorObjects);
	return {
		path,
		branch: state.branch,
		baseBranch: state.baseBranch,
		baseSha: state.baseSha,
		headSha: agent.head ?? agent.branch ?? state.baseSha,
		created: false,
		setup: state.setup,
	};
}

/** Makes the task's worktree or takes up the one that is there, and runs the setup script where it has not run through yet. */
export async function prepareWorktree(mirror: Mirror, request: WorktreeRequest, signal: AbortSignal): Promise<Worktree> {
	const { paths } = mirror;
	if (!isBranchName(request.branch)) throw badBranch(request.branch);
	if (request.baseBranch !== '' && !isBranchName(request.baseBranch)) throw badBranch(request.baseBranch);
	return await withLock(paths.worktreeLock(request.taskId), signal, async () => {
		const found = await findWorktree(mirror, request.taskId);
		const { setup, ...worktree } = found ?? { ...(await make(mirror, request, signal)), setup: 'pending' as const };
		if (!worktree.created) await removeStaleLocks(worktree.path);
		const { branch, baseBranch, baseSha } = worktree;
		if (setup === 'pending') {
			if (request.setupScript.trim() !== '') {
				await runSetup(worktree, { taskId: request.taskId, mirror: paths.mirror, script: request.setupScript, timeoutMs: request.setupTimeoutMs }, signal);
			}
			await writeState(paths.state(request.taskId), { branch, baseBranch, baseSha, setup: 'done' });
		}
		return worktree;
	});
}

async function make(mirror: Mirror, request: WorktreeRequest, signal: AbortSignal): Promise<Worktree> {
	const { paths } = mirror;
	const path = paths.worktree(request.taskId);
	if (await isThere(path)) {
		throw new MaestroError('git_unsafe_tree', `There is a folder at ${path} that Maestro did not make`, 'Move it away, then start the task again.');
	}
	const origin = await mirror.locked(signal, async () => await findStart(mirror, request, signal));
	const { branch } = request;
	const state: WorktreeState = { branch, baseBranch: origin.baseBranch, baseSha: origin.baseSha, setup: 'pending' };
	await makeTree(mirror, request.taskId, state, origin, signal);
	return { path, branch, baseBranch: origin.baseBranch, baseSha: origin.baseSha, headSha: origin.headSha, created: true };
}

interface Start {
	readonly baseBranch: string;
	readonly baseTip: string;
	readonly baseSha: string;
	readonly headSha: string;
}

/**
 * Where the branch starts. Work that is already there is taken up again: what was taken over of an earlier worktree of this
 * task, and what stands on the remote branch of that name; otherwise it starts at the base branch.
 */
async function findStart(mirror: Mirror, request: WorktreeRequest, signal: AbortSignal): Promise<Start> {
	const head = remoteRef('HEAD');
	const adopted = adoptedRef(String(request.taskId));
	const refs = await mirror.refs([head, remoteRef(request.branch), adopted, ...(request.baseBranch === '' ? [] : [remoteRef(request.baseBranch)])], signal);
	const baseBranch = request.baseBranch === '' ? refs.get(head)?.symref.slice(remoteRef('').length) : request.baseBranch;
	const baseTip = refs.get(request.baseBranch === '' ? head : remoteRef(request.baseBranch))?.sha;
	if (baseBranch === undefined || baseBranch === '' || baseTip === undefined) {
		throw new MaestroError('git_failed', `The repository has no branch "${request.baseBranch || '(default)'}" to start from`, 'Check Base Branch in the project; an empty repository needs a first commit.');
	}
	const remote = refs.get(remoteRef(request.branch))?.sha;
	const earlier = refs.get(adopted)?.sha;
	const headSha = await furthest(mirror, remote, earlier, signal);
	if (headSha === undefined) return { baseBranch, baseTip, baseSha: baseTip, headSha: baseTip };
	const baseSha = await mirror.mergeBase(baseTip, headSha, signal);
	if (baseSha === undefined) {
		throw new MaestroError('git_failed', `The remote branch "${request.branch}" has nothing in common with "${baseBranch}"`, 'Delete or rename that branch on GitHub, then start the task again.');
	}
	return { baseBranch, baseTip, baseSha, headSha };
}

/** Where the two part, what is on the remote counts: people may have built on it. */
async function furthest(mirror: Mirror, remote: string | undefined, earlier: string | undefined, signal: AbortSignal): Promise<string | undefined> {
	if (remote === undefined || earlier === undefined) return remote ?? earlier;
	return (await mirror.contains(earlier, remote, signal)) ? earlier : remote;
}

async function isThere(path: string): Promise<boolean> {
	try {
		await lstat(path);
		return true;
	} catch (error) {
		if (isMissing(error)) return false;
		throw error;
	}
}

/** An agent that was killed in the middle of a commit leaves locks that would fail every later commit. Nobody works there now. */
async function removeStaleLocks(worktree: string): Promise<void> {
	const git = join(worktree, '.git');
	const here = (await readdir(git)).filter((name) => name.endsWith('.lock'));
	for (const name of here) await rm(join(git, name), { force: true });
	const branches = await readdir(join(git, 'refs/heads'), { recursive: true });
	for (const name of branches) if (name.endsWith('.lock')) await rm(join(git, 'refs/heads', name), { force: true });
}

const badBranch = (branch: string): MaestroError =>
	new MaestroError('bad_parameter', `"${branch}" is not a branch name`, 'Use letters, digits, dashes, dots and slashes.');

