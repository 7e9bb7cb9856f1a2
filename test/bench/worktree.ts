/** A task's worktree in a large repository, next to what git itself takes for one. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { openRepository } from '../../core/git/repository';
import { git, makeRemote, manyFiles } from '../fixtures/git-repositories';
import { medianRatio, pairs, seconds, median, timed, times, type Figure } from './figure';

const FILES = 50_000;
const PAIRS = 7;
const run = promisify(execFile);
const signal = new AbortController().signal;

/** Before each side, so that none pays for the writes of the one before. */
async function settle(): Promise<void> {
	await run('sync');
}

export const figure: Figure = {
	name: 'worktree',
	about: `a worktree with ${FILES} files, next to a bare \`git worktree add\` from the same mirror; written back before each, nothing removed in between`,
	measure: async (say) => {
		const root = await mkdtemp(join(tmpdir(), 'maestro-bench-worktree-'));
		try {
			const remote = join(root, 'remote.git');
			await makeRemote(remote, { files: manyFiles(FILES) });
			const repository = openRepository({ dataDir: join(root, 'data'), repository: 'acme/large', cloneUrl: pathToFileURL(remote).href, token: '' });
			await repository.fetch(signal);
			const mirror = join(root, 'data/mirrors/acme/large.git');

			// Nothing is removed in between: ext4 does not give out an inode again within minutes of its removal, and looks each of
			// them over for every new file, so that after a removal one and the same command took from 3 to 45 seconds.
			const ours = async (pair: number): Promise<number> => {
				await settle();
				const request = { taskId: pair + 1, branch: `maestro/${pair + 1}-task`, baseBranch: '', setupScript: '', setupTimeoutMs: 60_000 };
				const { ms, result } = await timed(async () => await repository.worktree(request, signal));
				if ((await git(result.path, 'status', '--porcelain')) !== '') throw new Error('The worktree is not clean.');
				return ms;
			};
			const bare = async (pair: number): Promise<number> => {
				await settle();
				const path = join(root, `bare-${pair}`);
				const { ms } = await timed(async () => await git(mirror, 'worktree', 'add', '--quiet', '-b', `bare-${pair}`, path, 'refs/remotes/origin/main'));
				if ((await git(path, 'status', '--porcelain')) !== '') throw new Error('The worktree is not clean.');
				return ms;
			};
			// Unpaired, so that neither side is the one that brings the packs into the cache.
			say(`first: Maestro ${seconds(await ours(100))}, bare ${seconds(await bare(100))}`);
			const found = await pairs(PAIRS, ours, bare, say);
			const ratio = medianRatio(found);
			return [
				{ what: `worktree of ${FILES} files over bare git worktree add`, target: '≤ 1.15 ×', value: times(ratio), met: ratio <= 1.15 },
				{ what: 'the worktree itself (bare)', target: '', value: `${seconds(median(found.map((pair) => pair.ours)))} (${seconds(median(found.map((pair) => pair.bare)))})` },
			];
		} finally {
			await rm(root, { recursive: true, force: true });
		}
	},
};
