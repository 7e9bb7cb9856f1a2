import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { isEventSigned, localPath, signEvent } from '../../../../nodes/shared/n8n-api';

const KEY = 'n8n_api_0123456789';

describe('the signature of Maestro\'s own events', () => {
	it('is taken for the body and the key that it was made with, and for no other', () => {
		fc.assert(
			fc.property(fc.string(), fc.string(), fc.string(), fc.string(), (key, body, otherKey, otherBody) => {
				const signature = signEvent(key, body);
				expect(isEventSigned(key, body, signature)).toBe(true);
				expect(isEventSigned(otherKey, body, signature)).toBe(otherKey === key);
				expect(isEventSigned(key, otherBody, signature)).toBe(otherBody === body);
			}),
		);
	});

	it('is refused where anything of it is changed, cut off, added or missing', () => {
		const signature = signEvent(KEY, '{"event":1}');
		for (let at = 0; at < signature.length; at++) {
			const changed = signature[at] === '0' ? '1' : '0';
			expect(isEventSigned(KEY, '{"event":1}', `${signature.slice(0, at)}${changed}${signature.slice(at + 1)}`)).toBe(false);
		}
		for (const other of ['', 'undefined', signature.slice(0, -1), `${signature}0`, ` ${signature}`, signature.replace('sha256=', ''), signature.toUpperCase(), 'é'.repeat(71)]) {
			expect(isEventSigned(KEY, '{"event":1}', other)).toBe(false);
		}
	});

	it('stays the same from one version to the next: workers of two versions must understand each other', () => {
		expect(signEvent(KEY, '{"a":"ü"}')).toBe(`sha256=${createHmac('sha256', createHmac('sha256', KEY).update('maestro event signature').digest()).update('{"a":"ü"}').digest('hex')}`);
	});

	it('is not made with the API key itself, so that a body and its signature are no oracle for it', () => {
		expect(signEvent(KEY, 'body')).not.toContain(createHmac('sha256', KEY).update('body').digest('hex'));
	});
});

describe('the path of a URL of this n8n', () => {
	it.each([
		['https://n8n.example.com/webhook-waiting/12?signature=a%2Bb', '/webhook-waiting/12?signature=a%2Bb'],
		['http://localhost:5678/n8n/webhook/x', '/n8n/webhook/x'],
	])('of %s is %s', (address, path) => expect(localPath(address)).toBe(path));
});
