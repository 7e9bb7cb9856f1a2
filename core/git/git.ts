/** The contract of git's part. One mirror a repository, which is Maestro's alone; one working tree a task, which is the agent's. */

export interface RepositoryAccess {
	/** Maestro's data directory. */
	readonly dataDir: string;
	/** `owner/name`. */
	readonly repository: string;
	/** Without user info: `https://github.com/owner/name.git`. */
	readonly cloneUrl: string;
	/** Empty: none. Travels in the environment of the one git call that needs it. */
	readonly token: string;
}

export interface Worktree {
	/** `<dataDir>/worktrees/<owner>/<name>/<task id>` */
	readonly path: string;
	readonly branch: string;
	readonly baseBranch: string;
	/** The commit that the branch started from. */
	readonly baseSha: string;
	/** The agent's last commit, which is `baseSha` at first. */
	readonly headSha: string;
	/** False: it was there from an earlier try and is taken up again. */
	readonly created: boolean;
}

export interface WorktreeRequest {
	readonly taskId: number;
	readonly branch: string;
	/** Empty: the repository's default branch. */
	readonly baseBranch: string;
	/** A shell command, run once in a fresh worktree, without any secret. Empty: none. */
	readonly setupScript: string;
	readonly setupTimeoutMs: number;
}

export type FileStatus = 'added' | 'modified' | 'deleted' | 'renamed' | 'type_changed';

export interface ChangedFile {
	readonly path: string;
	/** For a renamed one. */
	readonly oldPath?: string;
	readonly status: FileStatus;
	/** 0 for a binary one. */
	readonly additions: number;
	readonly deletions: number;
	readonly binary: boolean;
	/** `symlink` and `submodule` deserve a look of their own. */
	readonly type: 'file' | 'executable' | 'symlink' | 'submodule';
	/** Where a symlink leads, as it is written in it. */
	readonly linkTarget?: string;
}

/** A secret that the change would publish. Never holds the secret itself. */
export interface SecretFinding {
	readonly path: string;
	readonly line: number;
	/** What it looks like, for example `GitHub token`. */
	readonly rule: string;
}

/** A text as it is in a commit. */
export interface TextFile {
	readonly path: string;
	readonly text: string;
}

/** What a range of commits changes, read in the mirror. */
export interface Change {
	readonly baseSha: string;
	readonly headSha: string;
	/** Oldest first, at most 100. */
	readonly commits: ReadonlyArray<{ readonly sha: string; readonly subject: string }>;
	readonly files: readonly ChangedFile[];
	readonly additions: number;
	readonly deletions: number;
	readonly secrets: readonly SecretFinding[];
}

/** Globs, one an entry; see policy.ts for the built-in ones. */
export interface ChangePolicy {
	readonly allowedPaths: readonly string[];
	readonly protectedPaths: readonly string[];
	readonly maxChangedFiles: number;
	readonly maxChangedLines: number;
}

export interface Violation {
	readonly rule: 'outside_allowed' | 'protected' | 'lock_without_manifest' | 'too_many_files' | 'too_many_lines' | 'secret' | 'unsafe_link' | 'submodule';
	readonly paths: readonly string[];
	readonly message: string;
}

export type PushResult =
	| { readonly kind: 'pushed' | 'up_to_date'; readonly sha: string }
	/** The remote branch has commits that ours has not. */
	| { readonly kind: 'diverged'; readonly remoteSha: string };

/** Every call throws a MaestroError (`git_failed`, `git_auth`, `git_unsafe_tree`, `setup_failed`, `disk`, `cancelled`). */
export interface Repository {
	/** Makes the mirror or brings it up to date. */
	fetch(signal: AbortSignal): Promise<void>;
	defaultBranch(signal: AbortSignal): Promise<string>;
	/** Makes the task's worktree, or takes up the one that is there. Does not fetch. */
	worktree(request: WorktreeRequest, signal: AbortSignal): Promise<Worktree>;
	/** The worktree that is there, or undefined. */
	existingWorktree(taskId: number, signal: AbortSignal): Promise<Worktree | undefined>;
	/**
	 * Takes the worktree's commits over into the mirror by object id.
	 * `uncommitted`: paths that the agent left uncommitted, found without running anything of the agent's (at most 50).
	 */
	adopt(worktree: Worktree, signal: AbortSignal): Promise<{ readonly headSha: string; readonly uncommitted: readonly string[] }>;
	/**
	 * Reads a range that has been adopted or fetched. With a `baseBranch` that was merged into the branch since, the range begins where
	 * the two last met, as a pull request does: what others did on the base branch is no part of the change. `knownSecrets` are
	 * looked for literally beside the general rules.
	 */
	inspect(range: { readonly baseSha: string; readonly headSha: string; readonly baseBranch?: string }, knownSecrets: readonly string[], signal: AbortSignal): Promise<Change>;
	/** The paths that a range changes; of a renamed file both. Less than `inspect`, and quicker. */
	changedPaths(range: { readonly baseSha: string; readonly headSha: string }, signal: AbortSignal): Promise<string[]>;
	/** A markdown file, or those directly in a folder, as they are in a commit; empty where there is none. Throws `bad_playbook` beyond its limits. */
	readTexts(sha: string, path: string, signal: AbortSignal): Promise<TextFile[]>;
	/** The remote's branch head as of now, or undefined. */
	remoteHead(branch: string, signal: AbortSignal): Promise<string | undefined>;
	/** Is `ancestor` reachable from `descendant`? False also where either is unknown here. */
	contains(descendant: string, ancestor: string, signal: AbortSignal): Promise<boolean>;
	/** Pushes a commit from the mirror, never by force. */
	push(branch: string, sha: string, signal: AbortSignal): Promise<PushResult>;
	/**
	 * Shows the worktree the base branch as it was fetched last, as `origin/<base>`, for the agent to merge.
	 * Brings commits that people pushed to the branch into the worktree by fast-forward, where its tree is clean and it has no
	 * commits of its own beyond them; otherwise leaves it.
	 */
	updateWorktree(worktree: Worktree, signal: AbortSignal): Promise<'updated' | 'unchanged' | 'diverged' | 'dirty'>;
	/** Removes a worktree. Keeps it, and says so, while it holds work that is not on the remote branch or its base : `force` leaves only uncommitted files out of that. */
	removeWorktree(taskId: number, options: { readonly force: boolean }, signal: AbortSignal): Promise<'removed' | 'kept_unpushed' | 'absent'>;
}

export type OpenRepository = (access: RepositoryAccess) => Repository;
