import { isSigned, sign } from '../../../core/github/signatures';

describe("GitHub's signature", () => {
	const body = Buffer.from('Hello, World!');
	// The example of GitHub's own documentation.
	const secret = "It's a Secret to Everybody";
	const header = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';

	it('is the one of its documentation', () => {
		expect(sign(secret, body)).toBe(header);
		expect(isSigned(secret, body, header)).toBe(true);
	});

	test.each([
		['another body', secret, Buffer.from('Hello, World'), header],
		['another secret', 'x', body, header],
		['no header', secret, body, undefined],
		['an empty header', secret, body, ''],
		['a header of another length', secret, body, header.slice(0, -1)],
		['the older algorithm', secret, body, header.replace('sha256', 'sha1')],
		['letters outside ASCII', secret, body, `${header.slice(0, -1)}é`],
		['no secret, and a body that is signed with none', '', body, sign('', body)],
	])('refuses %s', (_title, key, bytes, given) => {
		expect(isSigned(key, bytes, given)).toBe(false);
	});
});
