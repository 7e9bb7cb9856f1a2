import { randomUUID } from 'node:crypto';
import { lstat, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readAgentTree, unsafe, type AgentTree } from './agent-tree';
import { diskFailure } from './failure';
import { uncommittedPaths } from './leftovers';
import type { Mirror } from './mirror';

/** Where the mirror keeps what it took over of a task. */
export const adoptedRef = (taskId: string): string => `refs/maestro/tasks/${taskId}`;

/** The base that it was looked at against: a worktree that is made anew may have another. */
const baseRef = (taskId: string): string => `refs/maestro/bases/${taskId}`;

/** All that the mirror keeps of a task. */
export const taskRefs = (taskId: string): readonly string[] => [adoptedRef(taskId), baseRef(taskId)];

const takenRef = (sha: string): string => `refs/maestro/taken/${sha}`;

export interface AdoptedTree {
	readonly path: string;
	readonly taskId: string;
	readonly branch: string;
	readonly baseSha: string;
}

/**
 * Takes a worktree's commits over into the mirror. Git never reads the agent's configuration on the way: the mirror fetches
 * from a throw-away repository of Maestro's own that borrows the worktree's objects. What is fetched is checked object by object.
 *
 * `onHead` hears of the commit as soon as the mirror has it, before it is looked at any further.
 */
export async function adoptHead(mirror: Mirror, tree: AdoptedTree, signal: AbortSignal, onHead?: (headSha: string) => void): Promise<string> {
	return await mirror.locked(signal, async () => {
		const agent = await readAgentTree(tree.path, tree.branch, mirror.paths.mirrorObjects);
		const wanted = new Set([agent.head, agent.branch].filter((sha) => sha !== undefined));
		if (wanted.size === 0) throw unsafe(`The worktree has no commit on ${tree.branch}`);
		const [only, ...others] = wanted;
		if (only !== undefined && others.length === 0 && (await isNoted(mirror, tree, only))) {
			onHead?.(only);
			return only;
		}
		const missing: string[] = [];
		for (const sha of wanted) if ((await isOwnOf(tree.path, sha)) || !(await mirror.has(sha, signal))) missing.push(sha);
		if (missing.length > 0) await takeOver(mirror, tree.path, missing, signal);
		const headSha = await choose(mirror, agent, signal);
		onHead?.(headSha);
		if (headSha !== tree.baseSha && !(await mirror.contains(headSha, tree.baseSha, signal))) {
			throw unsafe(`The commits in the worktree no longer build on ${tree.baseSha.slice(0, 12)}, which ${tree.branch} started from`);
		}
		const notes = [`update ${adoptedRef(tree.taskId)} ${headSha}`, `update ${baseRef(tree.taskId)} ${tree.baseSha}`, ...missing.map((sha) => `delete ${takenRef(sha)}`)];
		await mirror.git({ args: ['update-ref', '--stdin'], stdin: `${notes.join('\n')}\n`, doing: `noting the commits of ${tree.branch}` }, signal);
		return headSha;
	});
}

/** Takes the commits over, and finds what the agent left uncommitted: the two need nothing of each other once the commit is there. */
export async function adoptTree(mirror: Mirror, tree: Omit<AdoptedTree, 'taskId'> & { readonly taskId: number }, signal: AbortSignal): Promise<{ readonly headSha: string; readonly uncommitted: readonly string[] }> {
	const looking: Promise<string[]>[] = [];
	try {
		const headSha = await adoptHead(mirror, { ...tree, taskId: String(tree.taskId) }, signal, (sha) => looking.push(uncommittedPaths(mirror, tree, sha, signal)));
		return { headSha, uncommitted: (await Promise.all(looking)).flat() };
	} finally {
		// Every git must have ended before the worktree is given up, and a failure of the first must not leave one of these unheard.
		await Promise.allSettled(looking);
	}
}

/** Taken over before on the same base, and nothing has come since: what was looked at then needs no second look. A packed ref is not seen here, and costs only time. */
async function isNoted(mirror: Mirror, { taskId, baseSha }: AdoptedTree, sha: string): Promise<boolean> {
	const says = async (ref: string, noted: string): Promise<boolean> => (await readFile(join(mirror.paths.mirror, ref), 'utf8').catch(() => '')) === `${noted}\n`;
	return (await says(adoptedRef(taskId), sha)) && (await says(baseRef(taskId), baseSha));
}

/**
 * A commit that lies in the worktree itself was made there, so that it is fetched without asking whether the mirror has it. That is only a
 * guess, which costs a needless fetch where it is wrong.
 */
async function isOwnOf(worktree: string, sha: string): Promise<boolean> {
	const found = await lstat(join(worktree, '.git', 'objects', sha.slice(0, 2), sha.slice(2))).catch(() => undefined);
	return found?.isFile() === true;
}

async function takeOver(mirror: Mirror, worktree: string, shas: readonly string[], signal: AbortSignal): Promise<void> {
	const lender = join(dirname(mirror.paths.mirror), `.lender-${randomUUID()}`);
	const put = async (name: string, text: string): Promise<void> => {
		await mkdir(dirname(join(lender, name)), { recursive: true });
		await writeFile(join(lender, name), text);
	};
	try {
		await put('HEAD', 'ref: refs/heads/none\n');
		await put('config', '[core]\n\trepositoryformatversion = 0\n\tbare = true\n');
		await put('objects/info/alternates', `${join(worktree, '.git', 'objects')}\n`);
		for (const sha of shas) await put(`refs/heads/${sha}`, `${sha}\n`);
		await mirror.git(
			{
				args: ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance', lender, ...shas.map((sha) => `+refs/heads/${sha}:${takenRef(sha)}`)],
				config: [['fetch.fsckObjects', 'true']],
				doing: "taking over the agent's commits",
			},
			signal,
		);
	} catch (error) {
		throw diskFailure("Taking over the agent's commits", error);
	} finally {
		await rm(lender, { recursive: true, force: true });
	}
}

/** The further one of what is checked out and the task's branch; the branch, which the agent was told to use, where they part. */
async function choose(mirror: Mirror, agent: AgentTree, signal: AbortSignal): Promise<string> {
	const { head, branch } = agent;
	if (branch === undefined || head === undefined || head === branch) {
		const only = branch ?? head;
		if (only === undefined) throw unsafe('The worktree has no commit');
		return only;
	}
	return (await mirror.contains(head, branch, signal)) ? head : branch;
}
