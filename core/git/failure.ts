import { MaestroError, messageOf } from '../errors';
import type { GitEnd } from './git-process';

/** What git said, without progress lines and hints, for a message. */
export function complaint(stderr: string): string {
	const lines = stderr
		.split(/[\r\n]+/)
		.map((line) => line.trim())
		.filter((line) => /^(fatal|error|remote|ERROR|!)/.test(line));
	const said = lines.length > 0 ? lines : stderr.split(/[\r\n]+/).filter((line) => line.trim() !== '');
	return said.slice(-8).join('\n').slice(-2_000) || 'no reason given';
}

interface Rule {
	readonly pattern: RegExp;
	readonly error: (doing: string, said: string) => MaestroError;
}

const RULES: readonly Rule[] = [
	{
		pattern: /No space left on device|Disk quota exceeded|write error.*ENOSPC/i,
		error: (doing, said) =>
			new MaestroError('disk', `The disk is full: ${doing} failed\n${said}`, "Free space on the disk of Maestro's data directory (MAESTRO_DATA_DIR), then start the task again."),
	},
	{
		pattern: /invalid path '|refusing to check ?out|hasDotgit|hasDotdot|hasDot\b/i,
		error: (doing, said) =>
			new MaestroError('git_unsafe_tree', `The repository holds a path that git refuses: ${doing} failed\n${said}`, 'Remove the path (for example a file inside a folder named .git) from the branch, then start the task again.'),
	},
	{
		pattern: /gitmodules(Update|Url|Path|Name|Parse|Blob|Missing|Large|Symlink)|invalid value for 'submodule\..*update'|submodule.*update/i,
		error: (doing, said) =>
			new MaestroError('git_unsafe_tree', `.gitmodules holds a setting that git refuses: ${doing} failed\n${said}`, 'Remove the command from `update` (or the setting that is named) in .gitmodules, then start the task again.'),
	},
	{
		pattern: /fsck error|index-pack failed|unpack-objects failed|object [0-9a-f]{40}: \w+:/i,
		error: (doing, said) =>
			new MaestroError('git_unsafe_tree', `The commits hold an object that git refuses: ${doing} failed\n${said}`, 'Look at the commits in the worktree; remove the one that is named, then start the task again.'),
	},
	{
		pattern: /(returned error: 40[13]\b)|Authentication failed|could not read (Username|Password)|Invalid username or|Permission to .* denied|Write access to repository not granted/i,
		error: (doing, said) => new MaestroError('git_auth', `GitHub refused the token: ${doing} failed\n${said}`, AUTH_ADVICE),
	},
	{
		pattern: /repository '.*' not found|Repository not found|returned error: 404\b/i,
		error: (doing, said) =>
			new MaestroError('git_auth', `The repository was not found, or the token may not see it: ${doing} failed\n${said}`, `Check the repository's name in the project. ${AUTH_ADVICE}`),
	},
	{
		pattern: /returned error: 30[1278]\b|unable to update url base from redirection/i,
		error: (doing, said) =>
			new MaestroError('git_failed', `The repository has moved: ${doing} failed\n${said}`, "Enter the repository's new name in the project: the token is never sent to another address."),
	},
	{
		pattern: /does not appear to be a git repository|'.*' does not exist/i,
		error: (doing, said) => new MaestroError('git_failed', `There is no repository at the address: ${doing} failed\n${said}`, "Check the repository's name in the project and the Web URL in the credential."),
	},
	{
		pattern: /Could not resolve host|Failed to connect|Connection (timed out|refused|reset)|RPC failed|early EOF|Operation too slow|returned error: 5\d\d/i,
		error: (doing, said) => new MaestroError('git_failed', `GitHub could not be reached: ${doing} failed\n${said}`, 'Check the network of the n8n host, then start the task again: it goes on where it was.', { transient: true }),
	},
];

const AUTH_ADVICE =
	'Check Access Token in the Maestro GitHub credential: a classic token needs the scope `repo`, a fine-grained one needs this repository with "Contents: Read and write".';

/** The error for a git command that failed. `doing`: `fetching acme/shop`. */
export function gitFailure(doing: string, end: GitEnd): MaestroError {
	const said = complaint(end.stderr);
	const rule = RULES.find(({ pattern }) => pattern.test(end.stderr));
	return rule?.error(doing, said) ?? new MaestroError('git_failed', `${doing} failed (git exit code ${end.exitCode})\n${said}`, 'Read what git said; when it is unclear, remove the worktree and start the task again.', { exitCode: end.exitCode });
}

/** Not by `instanceof`: an error of the file system comes from outside the sandbox that tests, and some hosts, run us in. */
export function codeOf(error: unknown): string {
	return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

export const isMissing = (error: unknown): boolean => codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR';
export const isTaken = (error: unknown): boolean => codeOf(error) === 'EEXIST';

/** Turns an error of the file system into `disk`; others stay what they are. */
export function diskFailure(doing: string, error: unknown): unknown {
	const code = codeOf(error);
	if (!['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM', 'EIO', 'EMFILE'].includes(code)) return error;
	return new MaestroError('disk', `${doing} failed: ${messageOf(error)}`, "Check free space and permissions of Maestro's data directory (MAESTRO_DATA_DIR).", { code }, error);
}
