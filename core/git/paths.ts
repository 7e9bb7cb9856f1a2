import { join } from 'node:path';
import { MaestroError } from '../errors';

export interface RepositoryPaths {
	readonly mirror: string;
	/** What the mirror's worktrees borrow. */
	readonly mirrorObjects: string;
	readonly mirrorLock: string;
	readonly worktrees: string;
	worktree(taskId: number): string;
	/** What Maestro knows of a worktree; outside of it, because what is inside belongs to the agent. */
	state(taskId: number): string;
	/** Maestro's own index of the worktree: it knows which files are unchanged without asking the agent's. */
	index(taskId: number): string;
	worktreeLock(taskId: number): string;
}

const PART = /^[A-Za-z0-9._-]{1,100}$/;

/** Where a repository's things lie. Lower case, because GitHub's names have none. Throws `bad_parameter`. */
export function repositoryPaths(dataDir: string, repository: string): RepositoryPaths {
	const [owner, name, ...rest] = repository.toLowerCase().split('/');
	const good = (part: string | undefined): part is string => part !== undefined && PART.test(part) && part !== '.' && part !== '..';
	if (!good(owner) || !good(name) || rest.length > 0) {
		throw new MaestroError('bad_parameter', `"${repository}" is not a repository`, 'Write it as owner/name, for example acme/shop.');
	}
	const mirror = join(dataDir, 'mirrors', owner, `${name}.git`);
	const worktrees = join(dataDir, 'worktrees', owner, name);
	const states = join(dataDir, 'worktrees-state', owner, name);
	const id = (taskId: number): string => {
		if (!Number.isSafeInteger(taskId) || taskId < 1) throw new MaestroError('bad_parameter', `${taskId} is not a task id`, 'Pass the id of a task.');
		return String(taskId);
	};
	return {
		mirror,
		mirrorObjects: join(mirror, 'objects'),
		mirrorLock: join(dataDir, 'mirrors', owner, `${name}.lock`),
		worktrees,
		worktree: (taskId) => join(worktrees, id(taskId)),
		state: (taskId) => join(states, `${id(taskId)}.json`),
		index: (taskId) => join(states, `${id(taskId)}.index`),
		worktreeLock: (taskId) => join(states, `${id(taskId)}.lock`),
	};
}
