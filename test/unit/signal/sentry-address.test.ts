import { readSentryAddress, sentryFingerprint, webAddress } from '../../../core/signal/sentry-address';

test.each([
	['https://sentry.io/organizations/acme/issues/12/', 'acme', '', '12'],
	['https://sentry.io/organizations/acme/issues/12/events/ab/?project=1', 'acme', '', '12'],
	['https://acme.sentry.io/issues/12/', 'acme', '', '12'],
	['https://ACME.sentry.io/issues/12/?referrer=x', 'acme', '', '12'],
	['https://sentry.example.com/organizations/acme/issues/12/', 'acme', '', '12'],
	['https://sentry.io/api/0/organizations/acme/issues/12/', 'acme', '', '12'],
	['https://us.sentry.io/api/0/organizations/acme/issues/12/', 'acme', '', '12'],
	['https://us.sentry.io/api/0/issues/12/', '', '', '12'],
	['https://sentry.io/api/0/projects/acme/shop-front/events/ab/', 'acme', 'shop-front', ''],
	['https://sentry.io/organizations/acme/projects/shop-front/', 'acme', 'shop-front', ''],
	['https://sentry.io/organizations/acme/issues/SHOP-12/', 'acme', '', ''],
	['https://sentry.io/', '', '', ''],
	['https://github.com/acme/shop/issues/12', '', '', '12'],
	['/organizations/acme/issues/12/', 'acme', '', '12'],
	['/api/0/projects/acme/shop-front/events/ab/', 'acme', 'shop-front', ''],
	['//sentry.io/organizations/acme/issues/12/', '', '', ''],
	['javascript:alert(1)', '', '', ''],
	['not an address', '', '', ''],
	['', '', '', ''],
])('the address %s', (address, organization, project, issueId) => {
	expect(readSentryAddress(address)).toEqual({ organization, project, issueId });
});

test('one issue has one fingerprint, however its organization is written', () => {
	expect(sentryFingerprint('Acme', '12')).toBe(sentryFingerprint('acme', '12'));
	expect(sentryFingerprint('acme', '12')).not.toBe(sentryFingerprint('acme', '13'));
});

test('only addresses of the web are handed on', () => {
	expect(webAddress('https://sentry.io/issues/1/')).toBe('https://sentry.io/issues/1/');
	expect(webAddress('javascript:alert(1)')).toBe('');
	expect(webAddress('/organizations/acme/issues/12/')).toBe('');
	expect(webAddress('https://a.example/<b> `c`')).toBe('https://a.example/%3Cb%3E%20%60c%60');
	expect(webAddress(`https://a.example/${'a'.repeat(3_000)}`)).toBe('');
});
