import { access, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MaestroError } from '../errors';
import { redactor } from '../redact';
import { gitEnvironment, tokenConfig, type GitConfig } from './environment';
import { diskFailure, gitFailure, isMissing } from './failure';
import type { PushResult, RepositoryAccess } from './git';
import { runGit, type GitEnd } from './git-process';
import { withLock } from './lock';
import type { RepositoryPaths } from './paths';

export interface MirrorCall {
	readonly args: readonly string[];
	/** What it is for: `reading the change of acme/shop`. */
	readonly doing: string;
	readonly config?: GitConfig;
	readonly env?: Readonly<Record<string, string>>;
	readonly onStdout?: (chunk: Buffer) => void;
	readonly stdin?: string;
	/** Exit codes besides 0 that are an answer. */
	readonly answers?: readonly number[];
}

const ORIGIN_HEAD = 'refs/remotes/origin/HEAD';
const LOCAL_SILENCE_MS = 10 * 60_000;
const NETWORK_SILENCE_MS = 3 * 60_000;

/** The bare repository that is Maestro's alone: everything that needs a token, and everything that looks at commits, happens here. */
export class Mirror {
	readonly paths: RepositoryPaths;

	private readonly access: RepositoryAccess;

	private readonly redact: (text: string) => string;

	constructor(access: RepositoryAccess, paths: RepositoryPaths) {
		this.access = access;
		this.paths = paths;
		this.redact = redactor([access.token]);
	}

	/** Runs git in the mirror, without a token. */
	async git(call: MirrorCall, signal: AbortSignal): Promise<GitEnd> {
		return await this.run(call, LOCAL_SILENCE_MS, signal);
	}

	/** Runs `work` while nobody else changes the mirror. */
	async locked<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
		return await withLock(this.paths.mirrorLock, signal, work);
	}

	async exists(): Promise<boolean> {
		try {
			await access(join(this.paths.mirror, 'HEAD'));
			return true;
		} catch (error) {
			if (isMissing(error)) return false;
			throw diskFailure(`Reading the mirror of ${this.access.repository}`, error);
		}
	}

	async fetch(signal: AbortSignal): Promise<void> {
		const { repository, cloneUrl } = this.access;
		await this.locked(signal, async () => {
			// Making it anew where it already is changes nothing, so an interrupted first time needs no cure.
			await mkdir(this.paths.mirror, { recursive: true }).catch((error: unknown) => {
				throw diskFailure(`Making the mirror of ${repository}`, error);
			});
			const known = await this.notedDefaultBranch();
			if (known === undefined) await this.git({ args: ['init', '--quiet', '--bare', '--template='], doing: `making the mirror of ${repository}` }, signal);
			const fetch: MirrorCall = {
				args: ['fetch', '--progress', '--prune', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance', cloneUrl, '+refs/heads/*:refs/remotes/origin/*'],
				doing: `fetching ${repository}`,
			};
			// Both wait for the network most of the time. All must have ended before the lock is given up.
			const [fetched, branch] = await Promise.allSettled([this.network(fetch, signal), this.remoteDefaultBranch(signal)]);
			if (fetched.status === 'rejected') throw fetched.reason;
			if (branch.status === 'rejected') throw branch.reason;
			if (branch.value === undefined || branch.value === known) return;
			await this.git({ args: ['symbolic-ref', ORIGIN_HEAD, `refs/remotes/origin/${branch.value}`], doing: `noting the default branch of ${repository}` }, signal);
		});
	}

	private async remoteDefaultBranch(signal: AbortSignal): Promise<string | undefined> {
		const { repository, cloneUrl } = this.access;
		const { stdout } = await this.network({ args: ['ls-remote', '--symref', cloneUrl, 'HEAD'], doing: `reading the default branch of ${repository}` }, signal);
		return /^ref: refs\/heads\/(\S+)\tHEAD$/m.exec(stdout)?.[1];
	}

	/** As the last fetch noted it. It is the last thing that a first fetch writes, so a mirror that has it is whole. */
	private async notedDefaultBranch(): Promise<string | undefined> {
		try {
			const text = await readFile(join(this.paths.mirror, ORIGIN_HEAD), 'utf8');
			return /^ref: refs\/remotes\/origin\/(\S+)\n$/.exec(text)?.[1];
		} catch (error) {
			if (isMissing(error)) return undefined;
			throw diskFailure(`Reading the mirror of ${this.access.repository}`, error);
		}
	}

	/** Commit by full ref name; `symref` where it points to another ref. Absent ones are left out. */
	async refs(names: readonly string[], signal: AbortSignal): Promise<Map<string, { readonly sha: string; readonly symref: string }>> {
		const { stdout } = await this.git(
			{ args: ['for-each-ref', '--format=%(objectname) %(symref) %(refname)', ...names], doing: `reading the branches of ${this.access.repository}` },
			signal,
		);
		const found = new Map<string, { sha: string; symref: string }>();
		for (const line of stdout.split('\n')) {
			const [sha, symref, name] = line.split(' ');
			if (sha !== undefined && symref !== undefined && name !== undefined && names.includes(name)) found.set(name, { sha, symref });
		}
		return found;
	}

	async remoteHead(branch: string, signal: AbortSignal): Promise<string | undefined> {
		const ref = `refs/heads/${branch}`;
		const { stdout } = await this.network({ args: ['ls-remote', this.access.cloneUrl, ref], doing: `reading ${branch} of ${this.access.repository}` }, signal);
		return stdout
			.split('\n')
			.map((line) => line.split('\t'))
			.find(([, name]) => name === ref)?.[0];
	}

	async contains(descendant: string, ancestor: string, signal: AbortSignal): Promise<boolean> {
		if (descendant === ancestor) return await this.has(descendant, signal);
		const { exitCode } = await this.git(
			{ args: ['merge-base', '--is-ancestor', ancestor, descendant], doing: 'comparing commits', answers: [1, 128] },
			signal,
		);
		return exitCode === 0;
	}

	async has(sha: string, signal: AbortSignal): Promise<boolean> {
		const { exitCode } = await this.git({ args: ['cat-file', '-e', `${sha}^{commit}`], doing: 'looking for a commit', answers: [1, 128] }, signal);
		return exitCode === 0;
	}

	async mergeBase(one: string, other: string, signal: AbortSignal): Promise<string | undefined> {
		const { exitCode, stdout } = await this.git({ args: ['merge-base', one, other], doing: 'comparing commits', answers: [1] }, signal);
		return exitCode === 0 ? stdout.trim() : undefined;
	}

	async push(branch: string, sha: string, signal: AbortSignal): Promise<PushResult> {
		const { repository, cloneUrl } = this.access;
		return await this.locked(signal, async () => {
			const doing = `pushing ${branch} to ${repository}`;
			const end = await this.network({ args: ['push', '--porcelain', '--progress', '--no-verify', cloneUrl, `${sha}:refs/heads/${branch}`], doing, answers: [1] }, signal);
			if (end.exitCode === 0) {
				await this.git({ args: ['update-ref', '--stdin'], stdin: `update refs/remotes/origin/${branch} ${sha}\nupdate refs/maestro/pushed/${branch} ${sha}\n`, doing: `noting the push of ${branch}` }, signal);
				return { kind: /^=\t/m.test(end.stdout) ? 'up_to_date' : 'pushed', sha };
			}
			if (/\[rejected\].*\((fetch first|non-fast-forward|stale info)\)/.test(end.stdout)) {
				const remoteSha = await this.remoteHead(branch, signal);
				// It was deleted between the two calls: the next push makes it again.
				if (remoteSha !== undefined) return { kind: 'diverged', remoteSha };
			}
			throw rejected(doing, end);
		});
	}

	private async network(call: MirrorCall, signal: AbortSignal): Promise<GitEnd> {
		const { cloneUrl, token } = this.access;
		return await this.run({ ...call, config: [...(call.config ?? []), ...tokenConfig(cloneUrl, token)] }, NETWORK_SILENCE_MS, signal);
	}

	private async run(call: MirrorCall, silenceMs: number, signal: AbortSignal): Promise<GitEnd> {
		const end = await runGit(
			{
				cwd: this.paths.mirror,
				args: call.args,
				env: gitEnvironment(this.paths.mirror, call.config, call.env),
				stdin: call.stdin,
				onStdout: call.onStdout,
				silenceMs,
			},
			signal,
		);
		const safe = { ...end, stderr: this.redact(end.stderr) };
		if (safe.exitCode !== 0 && !(call.answers ?? []).includes(safe.exitCode)) throw gitFailure(call.doing, safe);
		return safe;
	}
}

function rejected(doing: string, end: GitEnd): MaestroError {
	const failure = gitFailure(doing, end);
	if (failure.code !== 'git_failed') return failure;
	const said = `${end.stdout.split('\n').filter((line) => line.startsWith('!')).join('\n')}\n${failure.message}`;
	const advice = /workflow. scope/.test(said)
		? 'The commits change .github/workflows: take that change out, or give the token the scope `workflow`.'
		: /secret|GH013|push protection/i.test(said)
			? 'GitHub found something that it does not let in: read what it said and take it out of the commits.'
			: "Read what GitHub said: a rule of the repository refuses this push; exempt branches that begin with maestro/, or change the commits.";
	return new MaestroError('git_rejected', said.trim(), advice);
}
