import type { Change, ChangedFile } from '../../../core/git/git';
import { parsePolicy, reviewChange, type PolicyFields } from '../../../core/git/policy';

const file = (path: string, more: Partial<ChangedFile> = {}): ChangedFile => ({ path, status: 'modified', type: 'file', additions: 1, deletions: 0, binary: false, ...more });
const change = (files: readonly ChangedFile[], more: Partial<Change> = {}): Change => ({
	baseSha: 'a'.repeat(40),
	headSha: 'b'.repeat(40),
	commits: [],
	files,
	additions: files.length,
	deletions: 0,
	secrets: [],
	...more,
});
const fields = (more: Partial<PolicyFields> = {}): PolicyFields => ({ allowedPaths: '', protectedPaths: '', maxChangedFiles: 0, maxChangedLines: 0, ...more });
const review = (paths: readonly (string | ChangedFile)[], more: Partial<PolicyFields> = {}): Array<[string, readonly string[]]> =>
	reviewChange(change(paths.map((path) => (typeof path === 'string' ? file(path) : path))), parsePolicy(fields(more))).map(({ rule, paths: found }) => [rule, found]);

it('lets an ordinary change pass', () => {
	expect(review(['src/a.ts', 'docs/b.md'])).toEqual([]);
});

it.each(['.github/workflows/ci.yml', '.GitHub/x', '.claude/settings.json', 'packages/a/.claude/x', 'CLAUDE.md', 'deep/down/CLAUDE.md', 'claude.md', '.mcp.json', 'a/.mcp.json', '.gitmodules'])('protects %s', (path) => {
	expect(review([path])).toEqual([['protected', [path]]]);
});

it('protects a path that a file is moved away from', () => {
	expect(review([file('x.md', { status: 'renamed', oldPath: 'CLAUDE.md' })])).toEqual([['protected', ['CLAUDE.md']]]);
});

it('lets a project widen and narrow what is protected', () => {
	expect(review(['CLAUDE.md', '.github/x', 'infra/main.tf', 'a/b.sql'], { protectedPaths: 'infra/\n!CLAUDE.md\n*.sql' })).toEqual([['protected', ['.github/x', 'infra/main.tf', 'a/b.sql']]]);
	expect(review(['package-lock.json'], { protectedPaths: '!package-lock.json' })).toEqual([]);
});

it('wants a manifest beside a lock file', () => {
	expect(review(['package-lock.json'])).toEqual([['lock_without_manifest', ['package-lock.json']]]);
	expect(review(['package-lock.json', 'packages/a/package.json'])).toEqual([]);
	expect(review(['a/Cargo.lock', 'Cargo.toml'])).toEqual([['lock_without_manifest', ['a/Cargo.lock']]]);
});

it('keeps a change within the allowed paths', () => {
	expect(review(['src/a.ts', 'src/.hidden/b.ts', 'docs/b.md'], { allowedPaths: 'src/' })).toEqual([['outside_allowed', ['docs/b.md']]]);
});

it.each([
	['../outside', true],
	['/etc/passwd', true],
	['../../a', true],
	['../.git/config', true],
	['../other/file', false],
	['file', false],
])('looks where a link to %s leads', (linkTarget, unsafe) => {
	expect(review([file('src/link', { type: 'symlink', linkTarget: linkTarget === '../outside' ? '../../outside' : linkTarget })])).toEqual(unsafe ? [['unsafe_link', ['src/link']]] : []);
});

it('refuses submodules, secrets and changes over the limits', () => {
	expect(review([file('vendor', { type: 'submodule' })])).toEqual([['submodule', ['vendor']]]);
	expect(review(Array.from({ length: 101 }, (_, number) => `src/${number}.ts`))).toEqual([['too_many_files', []]]);
	expect(review(['a', 'b', 'c'], { maxChangedLines: 2 })).toEqual([['too_many_lines', []]]);
	const found = reviewChange(change([file('a')], { secrets: [{ path: 'a', line: 3, rule: 'GitHub token' }] }), parsePolicy(fields()));
	expect(found).toEqual([{ rule: 'secret', paths: ['a'], message: 'The commits hold secrets: GitHub token in a:3' }]);
});
