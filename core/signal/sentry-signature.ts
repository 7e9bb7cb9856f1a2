import { Buffer } from 'node:buffer';
import { createHmac, timingSafeEqual } from 'node:crypto';

const OLDEST_SECONDS = 5 * 60;
/** Two clocks are never quite the same. */
const AHEAD_SECONDS = 60;

/** The value of `Sentry-Hook-Signature` for this body. */
export function signAsSentry(clientSecret: string, body: Buffer | string): string {
	return createHmac('sha256', clientSecret).update(body).digest('hex');
}

/** Whether Sentry signed these very bytes with this secret. Without a secret nothing is accepted. */
export function isSignedBySentry(clientSecret: string, body: Buffer | string, header: string): boolean {
	if (clientSecret === '') return false;
	const expected = Buffer.from(signAsSentry(clientSecret, body));
	const given = Buffer.from(header);
	return given.length === expected.length && timingSafeEqual(given, expected);
}

/**
 * What is wrong with `Sentry-Hook-Timestamp`, which is in seconds; undefined when nothing is. Sentry always sends it, so that a
 * webhook without it is refused.
 *
 * It is not part of what Sentry signs: it keeps an old request out that is sent again as it was, and nothing else. Against one with a
 * fresh time on it helps only that a body is taken once.
 */
export function timestampProblem(header: string, now: Date): string | undefined {
	if (!/^\d{1,12}$/.test(header)) return 'Sentry-Hook-Timestamp is missing or no number of seconds';
	const age = Math.floor(now.getTime() / 1000) - Number(header);
	if (age > OLDEST_SECONDS) return `Sentry-Hook-Timestamp is ${age} seconds old, and at most ${OLDEST_SECONDS} are taken; if this is no old request, the clock of this machine is wrong`;
	if (age < -AHEAD_SECONDS) return `Sentry-Hook-Timestamp is ${-age} seconds ahead; the clock of this machine is slow`;
	return undefined;
}
