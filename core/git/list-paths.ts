import { Buffer } from 'node:buffer';
import { MaestroError } from '../errors';
import { isBranchName } from './branch';
import { Mirror } from './mirror';
import { repositoryPaths } from './paths';

export type PathList =
	| { readonly kind: 'paths'; readonly paths: readonly string[] }
	/** Nothing was asked of git to find that out. */
	| { readonly kind: 'no_mirror' }
	| { readonly kind: 'no_branch' }
	| { readonly kind: 'too_large' };

export interface PathsAsked {
	readonly dataDir: string;
	/** `owner/name`. */
	readonly repository: string;
	/** Empty: the repository's default branch. */
	readonly branch: string;
}

export interface PathLimits {
	readonly count: number;
	readonly bytes: number;
}

const REMOTE = 'refs/remotes/origin';

/** Collects what git says until it is more than was asked for, and then stops git. */
class Collected {
	readonly stop = new AbortController();

	private readonly chunks: Buffer[] = [];

	private bytes = 0;

	constructor(private readonly most: number) {}

	take(chunk: Buffer): void {
		this.bytes += chunk.length;
		if (this.bytes > this.most) this.stop.abort();
		else this.chunks.push(chunk);
	}

	isTooLarge(): boolean {
		return this.bytes > this.most;
	}

	paths(): string[] {
		return Buffer.concat(this.chunks).toString('utf8').split('\0').filter((path) => path !== '');
	}
}

/** All paths of a branch, as the mirror knows it from its last fetch: nothing is fetched, and no mirror is made. */
export async function listPaths({ dataDir, repository, branch }: PathsAsked, limits: PathLimits, signal: AbortSignal): Promise<PathList> {
	if (branch !== '' && !isBranchName(branch)) throw new MaestroError('bad_parameter', `"${branch}" is not a branch name`, 'Correct the base branch of the project.');
	// Without an address and a token: nothing here goes over the network.
	const mirror = new Mirror({ dataDir, repository, cloneUrl: '', token: '' }, repositoryPaths(dataDir, repository));
	if (!(await mirror.exists())) return { kind: 'no_mirror' };
	const ref = branch === '' ? `${REMOTE}/HEAD` : `${REMOTE}/${branch}`;
	const head = (await mirror.refs([ref], signal)).get(ref);
	if (head === undefined) return { kind: 'no_branch' };
	const collected = new Collected(limits.bytes);
	try {
		await mirror.git(
			{ args: ['ls-tree', '-r', '-z', '--name-only', '--full-tree', head.sha], doing: `listing the files of ${repository}`, onStdout: (chunk) => collected.take(chunk) },
			AbortSignal.any([signal, collected.stop.signal]),
		);
	} catch (error) {
		if (!collected.isTooLarge()) throw error;
	}
	if (collected.isTooLarge()) return { kind: 'too_large' };
	const paths = collected.paths();
	return paths.length > limits.count ? { kind: 'too_large' } : { kind: 'paths', paths };
}
