import { AUTHOR_TRUST } from '../signal/signal';
import { count, flag, guarded, oneOf, text, type Row } from './columns';

/** One repository that Maestro may work on. */
export const projectColumns = {
	name: text,
	/** `owner/name`; compared without regard to case. */
	repository: text,
	/** Empty: the repository's default branch. */
	baseBranch: text,
	active: flag,
	/** Standing instructions of the project's owner, put before every task's prompt. */
	instructions: text,
	/** A shell command that runs in each fresh worktree. */
	setupScript: text,
	/** A shell command that says whether the work is right, such as `npm test`; playbooks check their steps with it. Empty: none. */
	verifyCommand: text,
	/** How many of its tasks may run at once; 0: no limit of its own. */
	maxRunning: count,
	/** The least trust an author needs for a signal to become a task. */
	minimumTrust: oneOf(AUTHOR_TRUST),
	model: text,
	/** One glob a line; empty: everything that is not protected. */
	allowedPaths: text,
	/** One glob a line, added to the built-in protected paths; a line that begins with `!` takes one away. */
	protectedPaths: text,
	/** 0: the built-in limit. */
	maxChangedFiles: count,
	maxChangedLines: count,
	/** How far signals may go by themselves, one rule a line (see ladder.ts). Empty: the built-in ones. */
	ladder: text,
	/** How many new tasks its signals may make in an hour; 0: no limit. */
	maxNewPerHour: count,
	...guarded,
} as const;
export type Project = Row<typeof projectColumns>;
