import { setTimeout as sleep } from 'node:timers/promises';

/** Asks until the answer is not undefined; after `limitMs` fails with what was waited for and the last thing seen. */
export async function waitFor<T>(
	what: string,
	ask: () => Promise<T | undefined> | T | undefined,
	{ limitMs = 30_000, everyMs = 100, seen }: { limitMs?: number; everyMs?: number; seen?: () => unknown } = {},
): Promise<T> {
	const deadline = Date.now() + limitMs;
	for (;;) {
		const answer = await ask();
		if (answer !== undefined) return answer;
		if (Date.now() > deadline) {
			const last = seen === undefined ? '' : ` Last seen: ${JSON.stringify(await seen())}`;
			throw new Error(`Waited ${limitMs / 1000} s for ${what}.${last}`);
		}
		await sleep(everyMs);
	}
}
