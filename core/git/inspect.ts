import { AddedLines } from './added-lines';
import { parseChangedFiles, type RawChange } from './changed-files';
import type { Change, ChangedFile, SecretFinding } from './git';
import type { GitConfig } from './environment';
import type { Mirror } from './mirror';
import { secretFinder } from './secrets';

const MAX_COMMITS = 100;
const MAX_FINDINGS = 100;
const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';
/** Otherwise a .gitattributes in the change could declare files binary, and their lines would neither be counted nor looked at. */
const NO_ATTRIBUTES: GitConfig = [['attr.tree', EMPTY_TREE], ['core.attributesFile', '/dev/null']];
const NO_PROGRAMS = ['--no-ext-diff', '--no-textconv', '--no-color', '--ignore-submodules=none'];

export interface Range {
	readonly baseSha: string;
	readonly headSha: string;
}

/**
 * Where the branch and its base branch last met: later than where it started, when the base was merged into it or it was rebased.
 * A base branch that was rewritten since, and no longer holds that start, moves nothing.
 */
export async function lastMeeting(mirror: Mirror, baseSha: string, baseBranch: string, headSha: string, signal: AbortSignal): Promise<string> {
	const ref = `refs/remotes/origin/${baseBranch}`;
	const tip = (await mirror.refs([ref], signal)).get(ref)?.sha;
	const met = tip === undefined ? undefined : await mirror.mergeBase(tip, headSha, signal);
	return met !== undefined && (await mirror.contains(met, baseSha, signal)) ? met : baseSha;
}

const doingOf = ({ baseSha, headSha }: Range): string => `reading the change ${baseSha.slice(0, 12)}..${headSha.slice(0, 12)}`;

async function readChanges(mirror: Mirror, range: Range, signal: AbortSignal): Promise<RawChange[]> {
	const diff = await mirror.git(
		{
			args: ['diff-tree', '-r', '-z', '--raw', '--numstat', '--no-abbrev', '-M', '-l1000', ...NO_PROGRAMS, range.baseSha, range.headSha],
			config: NO_ATTRIBUTES,
			env: { GIT_ATTR_SOURCE: EMPTY_TREE },
			doing: doingOf(range),
		},
		signal,
	);
	return parseChangedFiles(diff.stdout);
}

/** Of a renamed file both paths. */
export async function changedPaths(mirror: Mirror, range: Range, signal: AbortSignal): Promise<string[]> {
	if (range.baseSha === range.headSha) return [];
	const changes = await readChanges(mirror, range, signal);
	return [...new Set(changes.flatMap(({ path, oldPath }) => (oldPath === undefined ? [path] : [oldPath, path])))];
}

/** Reads what a range changes. Every commit in it is looked through for secrets: what a later one takes out would be published all the same. */
export async function inspectRange(mirror: Mirror, { baseSha, headSha }: Range, knownSecrets: readonly string[], signal: AbortSignal): Promise<Change> {
	const doing = doingOf({ baseSha, headSha });
	const raw = await readChanges(mirror, { baseSha, headSha }, signal);
	const files: ChangedFile[] = [];
	for (const { object, ...file } of raw) {
		const isLink = file.type === 'symlink' && file.status !== 'deleted';
		files.push(isLink ? { ...file, linkTarget: await readLink(mirror, object, doing, signal) } : file);
	}
	return {
		baseSha,
		headSha,
		commits: await readCommits(mirror, { baseSha, headSha }, doing, signal),
		files,
		additions: files.reduce((sum, file) => sum + file.additions, 0),
		deletions: files.reduce((sum, file) => sum + file.deletions, 0),
		secrets: await findSecrets(mirror, { baseSha, headSha }, knownSecrets, doing, signal),
	};
}

async function readLink(mirror: Mirror, object: string, doing: string, signal: AbortSignal): Promise<string> {
	const { stdout } = await mirror.git({ args: ['cat-file', 'blob', object], doing }, signal);
	return stdout.slice(0, 4_096);
}

async function readCommits(mirror: Mirror, { baseSha, headSha }: Range, doing: string, signal: AbortSignal): Promise<Change['commits']> {
	const { stdout } = await mirror.git(
		{ args: ['log', '-z', '--topo-order', `--max-count=${MAX_COMMITS}`, '--format=%H %s', `${baseSha}..${headSha}`], doing },
		signal,
	);
	return stdout
		.split('\0')
		.filter((entry) => entry.trim() !== '')
		.map((entry) => ({ sha: entry.slice(0, 40), subject: entry.slice(41).trim().slice(0, 500) }))
		.reverse();
}

async function findSecrets(mirror: Mirror, { baseSha, headSha }: Range, knownSecrets: readonly string[], doing: string, signal: AbortSignal): Promise<SecretFinding[]> {
	const find = secretFinder(knownSecrets);
	const findings = new Map<string, SecretFinding>();
	const note = (path: string, line: number, text: string): void => {
		const rule = findings.size < MAX_FINDINGS ? find(text) : undefined;
		if (rule !== undefined) findings.set(`${path}\0${line}\0${rule}`, { path, line, rule });
	};
	// Commits that the remote already has are published already, for example those of a merged base branch.
	const range = [`${baseSha}..${headSha}`, '--not', '--remotes=origin'];
	const lines = new AddedLines(note);
	await mirror.git(
		{
			args: ['log', '-p', '--unified=0', '--text', '--no-renames', '--cc', '--format=', ...NO_PROGRAMS, ...range],
			config: NO_ATTRIBUTES,
			env: { GIT_ATTR_SOURCE: EMPTY_TREE },
			onStdout: (chunk) => lines.push(chunk),
			doing,
		},
		signal,
	);
	lines.end();
	const { stdout } = await mirror.git({ args: ['log', '-z', '--format=%an <%ae>%n%B', ...range], doing }, signal);
	stdout.split(/[\0\n]/).forEach((text) => note('(commit message)', 0, text));
	return [...findings.values()];
}
