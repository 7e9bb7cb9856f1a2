import { Buffer } from 'node:buffer';

const MASK = '[redacted]';

/** Shorter strings would mask ordinary words, and no real token is this short. */
const SHORTEST_SECRET = 6;

export type Redact = (text: string) => string;

/**
 * Makes a function that masks every given secret, also where it was base64- or percent-encoded on its way
 * (git puts a basic-auth header together, a URL encodes its user info).
 */
export function redactor(secrets: readonly string[]): Redact {
	const needles = new Set<string>();
	for (const secret of secrets) {
		if (secret.length < SHORTEST_SECRET) continue;
		needles.add(secret);
		needles.add(encodeURIComponent(secret));
		needles.add(Buffer.from(secret).toString('base64'));
		needles.add(Buffer.from(`x-access-token:${secret}`).toString('base64'));
	}
	// Longest first, so that a secret that contains another one is masked whole.
	const ordered = [...needles].sort((a, b) => b.length - a.length);
	return (text) => ordered.reduce((masked, needle) => masked.replaceAll(needle, MASK), text);
}

/** Masks the strings anywhere inside a JSON-like value; keys and other types stay as they are. */
export function redactDeep<T>(value: T, redact: Redact): T;
export function redactDeep(value: unknown, redact: Redact): unknown {
	if (typeof value === 'string') return redact(value);
	if (Array.isArray(value)) return value.map((entry: unknown) => redactDeep(entry, redact));
	if (typeof value === 'object' && value !== null) {
		return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, redactDeep(entry, redact)]));
	}
	return value;
}
