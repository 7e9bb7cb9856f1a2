import fc from 'fast-check';
import { redactDeep, redactor } from '../../../core/redact';

const TOKEN = 'ghp_0123456789abcdefghij';
const redact = redactor([TOKEN, 'p@ss/word+1']);

describe('masking secrets', () => {
	it('leaves none of a secret in any text around it', () => {
		fc.assert(
			fc.property(fc.string(), fc.string(), (before, after) => {
				const masked = redact(`${before}${TOKEN}${after}${TOKEN}`);
				expect(masked).not.toContain(TOKEN);
				expect(masked.split('[redacted]').length).toBeGreaterThan(2);
			}),
		);
	});

	it.each([
		['as it is', 'p@ss/word+1'],
		['in the user info of a URL', `https://x:${encodeURIComponent('p@ss/word+1')}@github.com`],
		['in base64', Buffer.from('p@ss/word+1').toString('base64')],
		['in the header that git makes of a token', `Authorization: basic ${Buffer.from(`x-access-token:${TOKEN}`).toString('base64')}`],
	])('finds it %s', (_, text) => {
		expect(redact(text)).toContain('[redacted]');
		for (const shape of [TOKEN, 'p@ss', 'p%40ss', Buffer.from('p@ss/word+1').toString('base64'), Buffer.from(TOKEN).toString('base64').slice(4, 20)]) expect(redact(text)).not.toContain(shape);
	});

	it('masks a secret that holds another one whole', () => {
		expect(redactor(['secret', 'secret-and-more'])('my secret-and-more!')).toBe('my [redacted]!');
		expect(redactor(['secret-and-more', 'secret'])('my secret-and-more!')).toBe('my [redacted]!');
	});

	it('masks no ordinary words because a field holds a short one', () => {
		expect(redactor(['', 'the', 'short'])('the short way')).toBe('the short way');
	});

	it('takes a secret for a text, not for a pattern', () => {
		expect(redactor(['a.c*e+(f'])('abcdef a.c*e+(f')).toBe('abcdef [redacted]');
	});
});

describe('masking secrets inside a value', () => {
	it('reaches every string, and leaves keys and other types as they are', () => {
		const given = { list: [TOKEN, 1, null, { deep: `x ${TOKEN}` }], [TOKEN]: true, none: undefined };
		expect(redactDeep(given, redact)).toEqual({ list: ['[redacted]', 1, null, { deep: 'x [redacted]' }], [TOKEN]: true, none: undefined });
	});

	it('leaves what was given as it was', () => {
		const given = { text: TOKEN };
		redactDeep(given, redact);
		expect(given).toEqual({ text: TOKEN });
	});
});
