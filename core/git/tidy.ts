import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { diskFailure, isMissing } from './failure';
import type { Mirror } from './mirror';

/** Each fetch leaves one; every look-up of an object goes through all of them. */
const MOST_PACKS = 20;

/**
 * Rolls the small packs of a mirror up into one, when there are many. Nothing is dropped, reachable or not: worktrees borrow these
 * objects, and may stand on commits that no branch of the mirror has any more. Called with the mirror's lock held.
 */
export async function tidyMirror(mirror: Mirror, signal: AbortSignal): Promise<void> {
	if ((await packs(mirror)) <= MOST_PACKS) return;
	await mirror.git({ args: ['repack', '-d', '--geometric=2', '--quiet'], doing: 'tidying a mirror' }, signal);
}

async function packs(mirror: Mirror): Promise<number> {
	try {
		return (await readdir(join(mirror.paths.mirrorObjects, 'pack'))).filter((name) => name.endsWith('.pack')).length;
	} catch (error) {
		if (isMissing(error)) return 0;
		throw diskFailure('Looking at the packs of a mirror', error);
	}
}
