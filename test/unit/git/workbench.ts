import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Repository, RepositoryAccess, Worktree, WorktreeRequest } from '../../../core/git/git';
import { openRepository } from '../../../core/git/repository';
import { git, makeRemote, type ImportedFile } from '../../fixtures/git-repositories';

export const never = new AbortController().signal;

export const FILES: readonly ImportedFile[] = [
	{ path: 'README.md', content: '# Shop\n' },
	{ path: 'src/cart.ts', content: 'export const cart = [];\n' },
];

/** A data directory, a remote and a repository on it, all in a folder of their own. */
export interface Workbench {
	readonly root: string;
	readonly dataDir: string;
	readonly remote: string;
	readonly baseSha: string;
	open(access?: Partial<RepositoryAccess>): Repository;
	request(request?: Partial<WorktreeRequest>): WorktreeRequest;
	/** Fetches and makes the worktree of task 7. */
	worktree(request?: Partial<WorktreeRequest>): Promise<{ repository: Repository; worktree: Worktree }>;
	remove(): Promise<void>;
}

export async function makeWorkbench(files: Iterable<ImportedFile> = FILES): Promise<Workbench> {
	const root = await mkdtemp(join(tmpdir(), 'maestro-git-'));
	const dataDir = join(root, 'data');
	const remote = join(root, 'remotes/acme/shop.git');
	const baseSha = await makeRemote(remote, { files });
	await mkdir(dataDir);
	const open = (access: Partial<RepositoryAccess> = {}): Repository =>
		openRepository({ dataDir, repository: 'acme/shop', cloneUrl: pathToFileURL(remote).href, token: '', ...access });
	const request = (more: Partial<WorktreeRequest> = {}): WorktreeRequest => ({
		taskId: 7,
		branch: 'maestro/7-fix',
		baseBranch: '',
		setupScript: '',
		setupTimeoutMs: 10_000,
		...more,
	});
	return {
		root,
		dataDir,
		remote,
		baseSha,
		open,
		request,
		worktree: async (more) => {
			const repository = open();
			await repository.fetch(never);
			return { repository, worktree: await repository.worktree(request(more), never) };
		},
		remove: async () => await rm(root, { recursive: true, force: true }),
	};
}

/** Writes files and commits them as the agent would. Gives the commit. */
export async function commit(worktree: string, files: Readonly<Record<string, string>>, message = 'Change'): Promise<string> {
	for (const [name, content] of Object.entries(files)) {
		await mkdir(dirname(join(worktree, name)), { recursive: true });
		await writeFile(join(worktree, name), content);
	}
	await git(worktree, 'add', '--all');
	await git(worktree, 'commit', '--quiet', '--message', message);
	return await git(worktree, 'rev-parse', 'HEAD');
}
