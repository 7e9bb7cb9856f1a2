import { Buffer } from 'node:buffer';
import { createHmac, timingSafeEqual } from 'node:crypto';

/** The value of `X-Hub-Signature-256` for this body. */
export function sign(secret: string, body: Buffer | string): string {
	return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

/**
 * Whether GitHub signed these very bytes with this secret. Without a secret nothing is accepted: a webhook that anyone may
 * call would start agents for anyone.
 */
export function isSigned(secret: string, body: Buffer | string, header: string | undefined): boolean {
	if (secret === '' || header === undefined) return false;
	const expected = Buffer.from(sign(secret, body));
	const given = Buffer.from(header);
	return given.length === expected.length && timingSafeEqual(given, expected);
}
