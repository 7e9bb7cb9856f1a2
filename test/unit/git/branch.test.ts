import { branchName, isBranchName } from '../../../core/git/branch';

it.each([
	[{ issueNumber: 12, taskId: 7, title: 'Fix the crash' }, 'maestro/12-fix-the-crash'],
	[{ issueNumber: 0, taskId: 7, title: 'Fix the crash!' }, 'maestro/task-7-fix-the-crash'],
	[{ issueNumber: 3, taskId: 7, title: '' }, 'maestro/3'],
	[{ issueNumber: 3, taskId: 7, title: '修复崩溃' }, 'maestro/3'],
	[{ issueNumber: 3, taskId: 7, title: 'Größe ändern — schön' }, 'maestro/3-gro-e-andern-schon'],
	[{ issueNumber: 3, taskId: 7, title: '--force; rm -rf / ..lock' }, 'maestro/3-force-rm-rf-lock'],
	[{ issueNumber: 12, taskId: 7, title: 'It is back', regressionOf: 3 }, 'maestro/task-7-it-is-back'],
])('names a branch after %j', (subject, name) => {
	expect(branchName({ regressionOf: 0, ...subject })).toBe(name);
});

it('stays within 60 characters and cuts between words', () => {
	const name = branchName({ issueNumber: 12345, taskId: 1, title: 'word '.repeat(40), regressionOf: 0 });
	expect(name.length).toBeLessThanOrEqual(60);
	expect(name).toMatch(/-word$/);
	expect(branchName({ issueNumber: 1, taskId: 1, title: 'x'.repeat(200), regressionOf: 0 })).toHaveLength(60);
	expect(isBranchName(name)).toBe(true);
});

it.each(['', '-x', 'a..b', 'a b', 'a/.b', 'a.lock', 'a/', 'a@{1}', 'a~1', '@', 'a\nb'])('refuses %j as a branch', (name) => {
	expect(isBranchName(name)).toBe(false);
});
