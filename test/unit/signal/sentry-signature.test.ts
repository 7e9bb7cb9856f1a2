import { isSignedBySentry, signAsSentry, timestampProblem } from '../../../core/signal/sentry-signature';

describe("Sentry's signature", () => {
	// RFC 4231, test case 2.
	const secret = 'Jefe';
	const body = Buffer.from('what do ya want for nothing?');
	const header = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843';

	it('is the HMAC-SHA256 of the body in hex', () => {
		expect(signAsSentry(secret, body)).toBe(header);
		expect(isSignedBySentry(secret, body, header)).toBe(true);
	});

	test.each([
		['another body', secret, Buffer.from('what do ya want for nothing'), header],
		['another secret', 'jefe', body, header],
		['an empty header', secret, body, ''],
		['a header of another length', secret, body, header.slice(0, -1)],
		['the form that GitHub has', secret, body, `sha256=${header}`],
		['letters outside ASCII', secret, body, `${header.slice(0, -1)}é`],
		['no secret, and a body that is signed with none', '', body, signAsSentry('', body)],
	])('refuses %s', (_title, key, bytes, given) => {
		expect(isSignedBySentry(key, bytes, given)).toBe(false);
	});
});

describe("Sentry's timestamp", () => {
	const now = new Date('2026-03-01T12:00:00.900Z');
	const seconds = (ago: number): string => String(Date.parse('2026-03-01T12:00:00Z') / 1000 - ago);

	test.each([0, 299, 300, -60])('of %d seconds ago is taken', (ago) => {
		expect(timestampProblem(seconds(ago), now)).toBeUndefined();
	});

	test.each([
		['too old', seconds(301), /301 seconds old/],
		['from the future', seconds(-61), /61 seconds ahead/],
		['missing', '', /missing/],
		['in milliseconds', String(now.getTime()), /ahead|missing/],
		['no number', '2026-03-01T12:00:00Z', /no number/],
		['negative', '-5', /no number/],
		['a number with an exponent', '1e9', /no number/],
	])('that is %s is refused', (_title, header, reason) => {
		expect(timestampProblem(header, now)).toMatch(reason);
	});
});
