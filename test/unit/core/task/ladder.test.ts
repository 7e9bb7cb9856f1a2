import fc from 'fast-check';
import { AUTHOR_TRUST, SEVERITIES, SIGNAL_SOURCES } from '../../../../core/signal/signal';
import { trustedAtLeast } from '../../../../core/signal/trust';
import { allowedFor, lowerReach, reachesAtLeast, readLadder, reachOf, REACHES, type Claimant } from '../../../../core/task/ladder';

const claimant = (fields: Partial<Claimant> = {}): Claimant => ({ source: 'github', authorTrust: 'member', severity: 'medium', ...fields });
const reach = (text: string, fields: Partial<Claimant> = {}) => reachOf(claimant(fields), readLadder(text), 'collaborator');

describe('a ladder', () => {
	it.each([
		['', {}, 'pull_request'],
		['', { source: 'sentry' }, 'pull_request'],
		['', { source: 'manual', authorTrust: 'owner' }, 'pull_request'],
		['', { source: 'email' }, 'triage'],
		['email: branch', { source: 'email' }, 'branch'],
		['email: branch', {}, 'pull_request'],
		['github: root_cause', {}, 'root_cause'],
		['GitHub : Branch', {}, 'branch'],
		['# as agreed\n\n  github: branch  ', {}, 'branch'],
		['github owner: pull_request', {}, 'triage'],
		['github owner: pull_request\ngithub: branch', {}, 'branch'],
		['github owner: pull_request\ngithub: branch', { authorTrust: 'owner' }, 'pull_request'],
		['github anyone: root_cause\ngithub: pull_request', {}, 'pull_request'],
		['github anyone: root_cause\ngithub: pull_request', { authorTrust: 'none' }, 'root_cause'],
		['sentry high: pull_request\nsentry: root_cause', { source: 'sentry', severity: 'urgent' }, 'pull_request'],
		['sentry high: pull_request\nsentry: root_cause', { source: 'sentry', severity: 'medium' }, 'root_cause'],
		['sentry urgent owner: branch', { source: 'sentry', severity: 'urgent', authorTrust: 'owner' }, 'branch'],
	] as const)('%j lets %j go as far as %s', (text, fields, wanted) => {
		expect(reach(text, fields)).toBe(wanted);
	});

	it('lets nobody in whom the project does not trust, unless a rule names them', () => {
		expect(reach('github: pull_request', { authorTrust: 'contributor' })).toBeUndefined();
		expect(reach('github contributor: triage', { authorTrust: 'contributor' })).toBe('triage');
		expect(reach('github contributor: branch', { authorTrust: 'none' })).toBeUndefined();
	});

	it.each(['github: triag', 'gitub: triage', 'github', 'github: branch: triage', 'github member owner: branch', 'github high low: branch', 'github nobody: branch'])(
		'with the line %j holds everything back until it is mended',
		(line) => {
			expect(readLadder(line).problems).toHaveLength(1);
			expect(reach(`github: pull_request\n${line}`)).toBe('triage');
			expect(allowedFor({ ...claimant(), author: 'ada' }, { ladder: line, minimumTrust: 'collaborator' })).toMatchObject({ reach: 'triage', blockedBecause: expect.stringContaining(line) });
		},
	);

	it('says to a person what to do where it blocks', () => {
		const project = { ladder: 'email anyone: triage', minimumTrust: 'collaborator' } as const;
		expect(allowedFor({ ...claimant({ source: 'email', authorTrust: 'none' }), author: 'eve' }, project)).toEqual({ reach: 'triage', blockedBecause: expect.stringMatching(/form\/maestro-tasks.*how far it may go/) });
		// To let in an author is not enough where even those who are let in may go no farther.
		expect(allowedFor({ ...claimant({ source: 'email', authorTrust: 'none' }), author: 'eve' }, { ...project, ladder: '' })).toEqual({ reach: 'triage', blockedBecause: expect.stringMatching(/The author eve .*how far it may go/) });
		// Who lets it run vouches for the author and for no more.
		expect(allowedFor({ ...claimant({ authorTrust: 'none' }), author: 'eve' }, { ...project, ladder: 'github: branch' })).toEqual({ reach: 'branch', blockedBecause: expect.stringContaining('The author eve is "none"') });
		expect(allowedFor({ ...claimant(), author: 'ada' }, project)).toEqual({ reach: 'pull_request', blockedBecause: '' });
	});

	const anyRung = fc.record({ source: fc.constantFrom(...SIGNAL_SOURCES), trust: fc.constantFrom('', 'anyone', ...AUTHOR_TRUST), severity: fc.constantFrom('', ...SEVERITIES), reach: fc.constantFrom(...REACHES) });
	const anyLadder = fc.array(anyRung, { maxLength: 6 }).map((rungs) => rungs.map((rung) => `${[rung.source, rung.trust, rung.severity].filter((word) => word !== '').join(' ')}: ${rung.reach}`).join('\n'));
	const anyClaimant = fc.record({ source: fc.constantFrom(...SIGNAL_SOURCES), authorTrust: fc.constantFrom(...AUTHOR_TRUST), severity: fc.constantFrom(...SEVERITIES) });

	it('never lets less trust or less severity go farther', () => {
		fc.assert(
			fc.property(anyLadder, anyClaimant, anyClaimant, fc.constantFrom(...AUTHOR_TRUST), (text, one, other, minimum) => {
				const ladder = readLadder(text);
				expect(ladder.problems).toEqual([]);
				const above = trustedAtLeast(one.authorTrust, other.authorTrust) && SEVERITIES.indexOf(one.severity) >= SEVERITIES.indexOf(other.severity);
				const upper = reachOf({ ...one, source: other.source }, ladder, minimum);
				const lower = reachOf(other, ladder, minimum);
				if (above && lower !== undefined) expect(upper !== undefined && reachesAtLeast(upper, lower)).toBe(true);
			}),
			{ numRuns: 2_000 },
		);
	});

	it('knows the lower of two', () => {
		for (const left of REACHES) {
			for (const right of REACHES) {
				const lower = lowerReach(left, right);
				expect([left, right]).toContain(lower);
				expect(reachesAtLeast(left, lower) && reachesAtLeast(right, lower)).toBe(true);
			}
		}
	});
});
