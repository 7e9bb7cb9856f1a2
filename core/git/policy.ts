import { posix } from 'node:path';
import type { Change, ChangedFile, ChangePolicy, Violation } from './git';

const DEFAULT_MAX_FILES = 100;
const DEFAULT_MAX_LINES = 5_000;

/** What runs with more rights than the change itself, or steers the agents of those who come after. */
export const PROTECTED_PATHS: readonly string[] = ['.github/**', '**/.claude/**', '**/CLAUDE.md', '**/.mcp.json', '.gitmodules'];

/** Lock file → the manifests of which one must change with it. */
const LOCK_FILES: Readonly<Record<string, readonly string[]>> = {
	'package-lock.json': ['package.json'],
	'npm-shrinkwrap.json': ['package.json'],
	'yarn.lock': ['package.json'],
	'pnpm-lock.yaml': ['package.json', 'pnpm-workspace.yaml'],
	'bun.lock': ['package.json'],
	'bun.lockb': ['package.json'],
	'Cargo.lock': ['Cargo.toml'],
	'poetry.lock': ['pyproject.toml'],
	'uv.lock': ['pyproject.toml'],
	'pdm.lock': ['pyproject.toml'],
	'Pipfile.lock': ['Pipfile'],
	'Gemfile.lock': ['Gemfile'],
	'composer.lock': ['composer.json'],
	'go.sum': ['go.mod'],
	'mix.lock': ['mix.exs'],
	'pubspec.lock': ['pubspec.yaml'],
};

export interface PolicyFields {
	/** One glob a line; empty: everything. */
	readonly allowedPaths: string;
	/** One glob a line, added to the built-in ones; a line that begins with `!` takes paths away from them. */
	readonly protectedPaths: string;
	/** 0: the built-in limit. */
	readonly maxChangedFiles: number;
	readonly maxChangedLines: number;
}

const lines = (text: string): string[] => text.split('\n').map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));

/** A project's fields → a policy. */
export function parsePolicy(fields: PolicyFields): ChangePolicy {
	return {
		allowedPaths: lines(fields.allowedPaths),
		protectedPaths: [...PROTECTED_PATHS, ...lines(fields.protectedPaths)],
		maxChangedFiles: fields.maxChangedFiles > 0 ? fields.maxChangedFiles : DEFAULT_MAX_FILES,
		maxChangedLines: fields.maxChangedLines > 0 ? fields.maxChangedLines : DEFAULT_MAX_LINES,
	};
}

/** `docs/` and `docs/**` mean what is below; a pattern without a slash means that name in any folder. */
function matches(path: string, pattern: string): boolean {
	const rooted = pattern.replace(/^\.?\//, '');
	const below = rooted.endsWith('/') ? `${rooted}**` : rooted;
	const glob = below.includes('/') || pattern.startsWith('/') ? below : `**/${below}`;
	// Case does not tell paths apart on every file system: .GitHub and claude.md would do their work all the same.
	return posix.matchesGlob(undotted(path.toLowerCase()), undotted(glob.toLowerCase()));
}

/** A star does not match a leading dot in a glob; here it must, or a hidden file would be outside of every rule. */
const undotted = (path: string): string => path.replace(/(^|\/)\./g, '$1\u0001.');

/** The last line that matches decides, as in .gitignore. */
function isProtected(path: string, patterns: readonly string[]): boolean {
	return patterns.reduce((found, pattern) => {
		const takesAway = pattern.startsWith('!');
		return matches(path, takesAway ? pattern.slice(1) : pattern) ? !takesAway : found;
	}, false);
}

/** An exception counts for lock files too: `!package-lock.json`. */
function isFreed(path: string, patterns: readonly string[]): boolean {
	return patterns.some((pattern) => pattern.startsWith('!') && matches(path, pattern.slice(1)));
}

const touched = (file: ChangedFile): string[] => (file.oldPath === undefined ? [file.path] : [file.oldPath, file.path]);

/** The paths that no pattern allows. */
export function pathsOutside(paths: readonly string[], allowed: readonly string[]): string[] {
	return paths.filter((path) => !allowed.some((pattern) => matches(path, pattern)));
}

/** Everything about a change that the policy does not let pass; empty: it may go out. */
export function reviewChange(change: Change, policy: ChangePolicy): Violation[] {
	const { files } = change;
	const paths = [...new Set(files.flatMap(touched))];
	const changedLines = change.additions + change.deletions;
	const violations: Violation[] = [];
	const add = (rule: Violation['rule'], found: readonly string[], message: string): void => {
		if (found.length > 0) violations.push({ rule, paths: [...new Set(found)], message });
	};
	if (policy.allowedPaths.length > 0) {
		add('outside_allowed', pathsOutside(paths, policy.allowedPaths), "The change leaves the project's allowed paths");
	}
	add('protected', paths.filter((path) => isProtected(path, policy.protectedPaths)), 'The change touches protected paths');
	add('lock_without_manifest', paths.filter((path) => isLonelyLock(path, paths) && !isFreed(path, policy.protectedPaths)), 'A lock file changes without its manifest');
	add('unsafe_link', files.filter(isUnsafeLink).map(({ path }) => path), 'A symbolic link leads out of the repository');
	add('submodule', files.filter(({ type }) => type === 'submodule').map(({ path }) => path), 'The change adds, moves or removes a submodule');
	add('secret', change.secrets.map(({ path }) => path), `The commits hold secrets: ${change.secrets.slice(0, 5).map(({ path, line, rule }) => `${rule} in ${path}:${line}`).join(', ')}`);
	if (files.length > policy.maxChangedFiles) {
		violations.push({ rule: 'too_many_files', paths: [], message: `The change touches ${files.length} files; the limit is ${policy.maxChangedFiles}` });
	}
	if (changedLines > policy.maxChangedLines) {
		violations.push({ rule: 'too_many_lines', paths: [], message: `The change has ${changedLines} lines; the limit is ${policy.maxChangedLines}` });
	}
	return violations;
}

function isLonelyLock(path: string, paths: readonly string[]): boolean {
	const name = posix.basename(path);
	const manifests = Object.hasOwn(LOCK_FILES, name) ? LOCK_FILES[name] : undefined;
	if (manifests === undefined) return false;
	// In a workspace one lock file at the top serves the manifests of all packages below.
	const folder = posix.dirname(path);
	return !paths.some((other) => manifests.includes(posix.basename(other)) && (folder === '.' || other.startsWith(`${folder}/`)));
}

function isUnsafeLink({ path, type, status, linkTarget }: ChangedFile): boolean {
	if (type !== 'symlink' || status === 'deleted') return false;
	if (linkTarget === undefined || linkTarget === '' || posix.isAbsolute(linkTarget)) return true;
	const end = posix.normalize(posix.join(posix.dirname(path), linkTarget));
	return end === '..' || end.startsWith('../') || end === '.git' || end.startsWith('.git/');
}
