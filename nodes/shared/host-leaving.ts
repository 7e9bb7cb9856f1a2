const leaving = new AbortController();
let watching = false;

/**
 * Aborted when n8n is being shut down. n8n waits for a running node until its patience ends, and would then leave the agent
 * working behind it; and its Stop button ends an execution as its shutdown may: only the signal tells them apart.
 */
export const hostLeaving: AbortSignal = leaving.signal;

/** The listeners add to n8n's own and change nothing about them. */
export function watchHost(): void {
	if (watching) return;
	watching = true;
	for (const signal of ['SIGTERM', 'SIGINT'] as const) {
		process.once(signal, () => leaving.abort(new Error('n8n is being shut down')));
	}
}
