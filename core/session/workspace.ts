import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { MaestroError } from '../errors';
import { branchName } from '../git/branch';
import type { Repository, Worktree } from '../git/git';
import type { Project, Task } from '../task/records';

/** Where the agent works. */
export type WorkspaceRequest =
	| { readonly kind: 'worktree'; readonly repository: Repository; readonly task: Task; readonly project: Project; readonly takeUp: boolean }
	| { readonly kind: 'folder'; readonly path: string }
	| { readonly kind: 'empty'; readonly dataDir: string };

export interface Adopted {
	/** Empty where it is no worktree. */
	readonly headSha: string;
	/** Paths that the agent left uncommitted, bounded. */
	readonly uncommitted: readonly string[];
	readonly warnings: readonly string[];
}

export interface Workspace {
	readonly path: string;
	/** Empty where it is no worktree. */
	readonly branch: string;
	readonly worktree: Worktree | undefined;
	readonly warnings: readonly string[];
	/** Takes the agent's commits over, for a worktree. */
	adopt(signal: AbortSignal): Promise<Adopted>;
	remove(): Promise<void>;
}

const SETUP_LIMIT_MS = 15 * 60_000;
const nothing = async (): Promise<void> => await Promise.resolve();
const noCommits = async (): Promise<Adopted> => await Promise.resolve({ headSha: '', uncommitted: [], warnings: [] });

async function openWorktree(request: Extract<WorkspaceRequest, { kind: 'worktree' }>, signal: AbortSignal): Promise<Workspace> {
	const { repository, task, project, takeUp } = request;
	// A worktree that is there and is not brought up to date has no use for what is new on the remote.
	if (takeUp || (await repository.existingWorktree(task.id, signal)) === undefined) await repository.fetch(signal);
	const branch = task.branch === '' ? branchName({ issueNumber: task.issueNumber, taskId: task.id, title: task.title, regressionOf: task.regressionOf }) : task.branch;
	const worktree = await repository.worktree(
		{ taskId: task.id, branch, baseBranch: project.baseBranch, setupScript: project.setupScript, setupTimeoutMs: SETUP_LIMIT_MS },
		signal,
	);
	const warnings: string[] = [];
	if (takeUp) {
		const updated = await repository.updateWorktree(worktree, signal);
		if (updated === 'diverged') warnings.push(`People pushed to ${branch} while the worktree has commits of its own; it was not brought up to date`);
		if (updated === 'dirty') warnings.push('The worktree has uncommitted changes; it was not brought up to date');
	}
	return {
		path: worktree.path,
		branch: worktree.branch,
		worktree,
		warnings,
		adopt: async (abort) => {
			const { headSha, uncommitted } = await repository.adopt(worktree, abort);
			const left = uncommitted.length === 0 ? [] : [`Left uncommitted, so not part of the pull request: ${uncommitted.slice(0, 10).join(', ')}`];
			return { headSha, uncommitted, warnings: left };
		},
		remove: nothing,
	};
}

/** Throws `workspace_missing` for a folder that is none, and what git throws for a worktree. */
export async function openWorkspace(request: WorkspaceRequest, signal: AbortSignal): Promise<Workspace> {
	switch (request.kind) {
		case 'worktree':
			return await openWorktree(request, signal);
		case 'folder': {
			const found = isAbsolute(request.path) ? await stat(request.path).catch(() => undefined) : undefined;
			if (found?.isDirectory() !== true) {
				throw new MaestroError('workspace_missing', `There is no folder "${request.path}"`, 'Give the absolute path of a folder on the machine that runs n8n.');
			}
			return { path: request.path, branch: '', worktree: undefined, warnings: [], adopt: noCommits, remove: nothing };
		}
		case 'empty': {
			const parent = join(request.dataDir, 'empty');
			await mkdir(parent, { recursive: true });
			const path = await mkdtemp(join(parent, 'run-'));
			return { path, branch: '', worktree: undefined, warnings: [], adopt: noCommits, remove: async () => await rm(path, { recursive: true, force: true }) };
		}
	}
}
