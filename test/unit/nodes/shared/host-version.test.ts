import { checkHostVersion } from '../../../../nodes/shared/host-version';

describe('the version of n8n', () => {
	it.each(['2.39.0', '2.40.7', '3.0.0', '2.39.0-rc.1'])('%s is new enough', (version) => {
		expect(() => checkHostVersion(version)).not.toThrow();
	});

	it.each(['2.38.9', '1.123.0', '0.9.0', ''])('%s is refused with the version that is needed', (version) => {
		expect(() => checkHostVersion(version)).toThrow(expect.objectContaining({ code: 'n8n_too_old', message: expect.stringContaining('2.39') }));
	});
});
