import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { diskFailure, isMissing } from './failure';

/** What Maestro knows of a worktree. Kept where the agent has no business, because what is in the worktree is the agent's word. */
export interface WorktreeState {
	readonly branch: string;
	readonly baseBranch: string;
	readonly baseSha: string;
	/** `pending`: the setup script has not run through yet. */
	readonly setup: 'pending' | 'done';
}

/** Undefined where there is none, and where it is not readable as one: the worktree is then looked at afresh. */
export async function readState(file: string): Promise<WorktreeState | undefined> {
	let text: string;
	try {
		text = await readFile(file, 'utf8');
	} catch (error) {
		if (isMissing(error)) return undefined;
		throw diskFailure('Reading the state of a worktree', error);
	}
	return parse(text);
}

function parse(text: string): WorktreeState | undefined {
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		return undefined;
	}
	if (typeof value !== 'object' || value === null) return undefined;
	if (!('branch' in value && 'baseBranch' in value && 'baseSha' in value && 'setup' in value)) return undefined;
	const { branch, baseBranch, baseSha, setup } = value;
	if (typeof branch !== 'string' || typeof baseBranch !== 'string' || typeof baseSha !== 'string') return undefined;
	return { branch, baseBranch, baseSha, setup: setup === 'done' ? 'done' : 'pending' };
}

/** Whole or not at all. */
export async function writeState(file: string, state: WorktreeState): Promise<void> {
	try {
		await mkdir(dirname(file), { recursive: true });
		await writeFile(`${file}.new`, JSON.stringify(state), { mode: 0o600 });
		await rename(`${file}.new`, file);
	} catch (error) {
		throw diskFailure('Noting the state of a worktree', error);
	}
}

export async function removeState(file: string): Promise<void> {
	await rm(file, { force: true });
}
