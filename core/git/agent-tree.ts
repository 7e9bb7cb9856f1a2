import { constants, type Stats } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { join } from 'node:path';
import { MaestroError } from '../errors';
import { isMissing } from './failure';

/** What a worktree's git directory says, read without git: its configuration is the agent's and could name programs to run. */
export interface AgentTree {
	/** The commit that is checked out, or undefined on a branch without commits. */
	readonly head: string | undefined;
	/** `refs/heads/…`, or undefined for a detached head. */
	readonly headRef: string | undefined;
	/** The commit of the task's own branch. */
	readonly branch: string | undefined;
}

const SHA = /^[0-9a-f]{40}$/;
const MAX_REF = 4_096;
const MAX_PACKED_REFS = 32 * 1024 * 1024;
const REF_NAME = /^refs\/[^\0-\x20~^:?*[\\\x7f]+$/;

/**
 * Reads where a worktree stands. Throws `git_unsafe_tree` where its git directory is no longer what Maestro made: then it may
 * lead to another repository.
 */
export async function readAgentTree(worktree: string, branch: string, mirrorObjects: string): Promise<AgentTree> {
	const git = join(worktree, '.git');
	await mustBeFolder(worktree, 'The worktree');
	await mustBeFolder(git, 'The worktree\'s .git');
	for (const part of ['objects', 'objects/info', 'refs', 'refs/heads']) await mustBeFolder(join(git, part), `The worktree's .git/${part}`);
	const pack = await look(join(git, 'objects/pack'));
	if (pack !== undefined && !pack.isDirectory()) throw unsafe("The worktree's .git/objects/pack is a link");
	for (const part of ['commondir', 'gitdir', 'reftable']) {
		if ((await look(join(git, part))) !== undefined) throw unsafe(`The worktree's .git holds "${part}", which leads away from it`);
	}
	const alternates = await readPlain(join(git, 'objects/info/alternates'), MAX_REF);
	if (alternates !== `${mirrorObjects}\n`) throw unsafe("The worktree's .git/objects/info/alternates no longer names the mirror alone");

	const packed = parsePackedRefs((await readPlain(join(git, 'packed-refs'), MAX_PACKED_REFS)) ?? '');
	const resolve = async (name: string, depth = 0): Promise<string | undefined> => {
		const text = ((await readRef(git, name)) ?? '').trim();
		if (SHA.test(text)) return text;
		if (!text.startsWith('ref: ')) return packed.get(name);
		if (depth >= 5) throw unsafe("The worktree's branches lead in a circle");
		return await resolve(text.slice(5).trim(), depth + 1);
	};
	const head = ((await readPlain(join(git, 'HEAD'), MAX_REF)) ?? '').trim();
	const headRef = head.startsWith('ref: ') ? head.slice(5).trim() : undefined;
	if (headRef === undefined && !SHA.test(head)) throw unsafe("The worktree's HEAD is not readable");
	return {
		head: headRef === undefined ? head : await resolve(headRef),
		headRef,
		branch: await resolve(`refs/heads/${branch}`),
	};
}

async function readRef(git: string, name: string): Promise<string | undefined> {
	const parts = name.split('/');
	if (!REF_NAME.test(name) || parts.some((part) => part === '' || part.startsWith('.') || part.endsWith('.lock'))) {
		throw unsafe('The worktree\'s HEAD points to something that is not a branch');
	}
	// Each folder on the way, so that a link cannot lead the read elsewhere.
	for (let depth = 1; depth < parts.length; depth++) {
		const folder = await look(join(git, ...parts.slice(0, depth)));
		if (folder === undefined) return undefined;
		if (!folder.isDirectory()) throw unsafe("A folder of the worktree's branches is a link");
	}
	const entry = await look(join(git, ...parts));
	// A folder: there are branches below that name, but none of it.
	if (entry === undefined || entry.isDirectory()) return undefined;
	return await readPlain(join(git, ...parts), MAX_REF);
}

function parsePackedRefs(text: string): Map<string, string> {
	const refs = new Map<string, string>();
	for (const line of text.split('\n')) {
		const [sha, name] = line.split(' ');
		if (sha !== undefined && name !== undefined && SHA.test(sha)) refs.set(name, sha);
	}
	return refs;
}

async function look(path: string): Promise<Stats | undefined> {
	try {
		return await lstat(path);
	} catch (error) {
		if (isMissing(error)) return undefined;
		throw error;
	}
}

async function mustBeFolder(path: string, what: string): Promise<void> {
	const entry = await look(path);
	if (entry === undefined) throw new MaestroError('workspace_missing', `${what} is not there (${path})`, 'Remove the worktree with Maestro and start the task again.');
	if (!entry.isDirectory()) throw unsafe(`${what} is a link or a file and leads away from it`);
}

/** Reads a small plain file: no link is followed, no pipe waited for. */
async function readPlain(path: string, maxBytes: number): Promise<string | undefined> {
	let handle;
	try {
		handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
	} catch (error) {
		if (isMissing(error)) return undefined;
		throw unsafe(`${path} is not a plain file`);
	}
	try {
		const entry = await handle.stat();
		if (!entry.isFile() || entry.size > maxBytes) throw unsafe(`${path} is not a plain file`);
		return await handle.readFile('utf8');
	} finally {
		await handle.close();
	}
}

export function unsafe(message: string): MaestroError {
	return new MaestroError(
		'git_unsafe_tree',
		message,
		'Nothing was taken over or pushed. Look at the worktree before you trust anything in it; then remove it and start the task again.',
	);
}
