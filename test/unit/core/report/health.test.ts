import { healthPage, judgeDisk, judgeExpiry, judgeScopes, judgeSessions, judgeTables } from '../../../../core/report/health';
import { renderText } from '../../../../core/report/render';

const NOW = new Date('2026-03-01T12:00:00Z');
const GB = 1024 ** 3;

describe('an expiry date', () => {
	const judged = (date: string | null, days = 14) => judgeExpiry('the token', date === null ? null : new Date(date), days, NOW, 'Make a new one.');

	it.each([
		['2026-12-01T00:00:00Z', true, 'expires in 274 days, on 2026-12-01'],
		['2026-03-15T12:00:00Z', true, 'expires in 14 days, on 2026-03-15'],
		['2026-03-15T11:59:00Z', false, 'expires in 13 days, on 2026-03-15'],
		['2026-03-02T13:00:00Z', false, 'expires in a day, on 2026-03-02'],
		['2026-03-01T13:00:00Z', false, 'expires in less than a day, on 2026-03-01'],
		['2026-03-01T12:00:00Z', false, 'expired on 2026-03-01'],
		['2025-01-01T00:00:00Z', false, 'expired on 2025-01-01'],
	])('of %s is well: %s', (date, ok, words) => {
		expect(judged(date)).toEqual({ ok, message: `the token ${words}`, advice: ok ? '' : 'Make a new one.' });
	});

	it('that nobody knows is well, and says so', () => {
		expect(judged(null)).toMatchObject({ ok: true, message: expect.stringContaining('No date is known') });
	});

	it('counts only once it has passed where no warning is wanted', () => {
		expect(judged('2026-03-01T12:30:00Z', 0).ok).toBe(true);
		expect(judged('2026-03-01T11:30:00Z', 0).ok).toBe(false);
	});
});

test.each([
	[['repo', 'admin:repo_hook'], true],
	[['public_repo'], true],
	[['repo:status', 'read:org'], false],
	[[], false],
])('the scopes %j are enough: %s', (scopes, ok) => {
	expect(judgeScopes('octo', scopes)).toMatchObject({ ok, message: expect.stringContaining('octo') });
});

test.each([
	[2 * GB, 2, true],
	[2 * GB - 1, 2, false],
	[0, 0, true],
])('%d bytes free where %d GB are asked for are enough: %s', (free, minimum, ok) => {
	expect(judgeDisk(free, minimum).ok).toBe(ok);
});

test.each([
	[79, 100, 80, true],
	[80, 100, 80, false],
	[150, 100, 80, false],
	[undefined, 100, 80, true],
])('tables of %s bytes of %d, with a warning at %d percent, are well: %s', (bytes, limit, percent, ok) => {
	expect(judgeTables(bytes, limit, percent).ok).toBe(ok);
});

test.each([
	[5_000, '5 KB of 200 MB'],
	[1_572_864, '1.5 MB of 200 MB'],
])('tables of %d bytes are told as %s', (bytes, words) => {
	expect(judgeTables(bytes, 200 * 1024 ** 2, 80).message).toContain(words);
});

describe('sessions', () => {
	const ago = (minutes: number) => new Date(NOW.getTime() - minutes * 60_000).toISOString();

	it('that gave a sign of life, or lost it a moment ago, are left to Reconcile', () => {
		expect(judgeSessions([{ taskId: 1, heartbeatAt: ago(0) }, { taskId: 2, heartbeatAt: ago(9) }], NOW)).toEqual({ ok: true, message: '2 at work, none of them stale', advice: '' });
	});

	it('that nobody has mended for long are named by their tasks', () => {
		const runs = [{ taskId: 1, heartbeatAt: ago(1) }, { taskId: 7, heartbeatAt: ago(60) }, { taskId: 0, heartbeatAt: null }, { taskId: 7, heartbeatAt: ago(30) }];
		expect(judgeSessions(runs, NOW)).toMatchObject({ ok: false, message: expect.stringMatching(/^3 of 4 .*tasks: 7, none\)$/), advice: expect.stringContaining('reconcile') });
	});
});

test('the message has what failed first, with what to do', () => {
	const page = healthPage([
		{ name: 'Disk', ok: true, message: 'enough', advice: '' },
		{ name: 'GitHub token', ok: false, message: 'it expired', advice: 'Make a new one' },
	]);
	expect(renderText(page, 'end')).toBe('Maestro: 1 of 2 checks failed\n\nFailed\n- ✘ GitHub token: it expired. Make a new one\n\nPassed\n- ✔ Disk: enough\n\nend');
	expect(healthPage([{ name: 'Disk', ok: true, message: 'enough', advice: '' }]).title).toBe('Maestro is healthy');
	const nobodyKnows = judgeExpiry('the token', null, 14, NOW, 'Make a new one.');
	expect(renderText(healthPage([{ name: 'Token', ...nobodyKnows }]), 'end')).toBe('Maestro is healthy\n\nNot watched\n- – Token: No date is known on which the token expires\n\nend');
});
