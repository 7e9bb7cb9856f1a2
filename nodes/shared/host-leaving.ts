let leaving = false;
let watching = false;

/**
 * Is n8n being shut down? Its Stop button and its shutdown cancel an execution alike; only the signal tells them apart. The
 * listeners add to n8n's own and change nothing about them.
 */
export function isHostLeaving(): boolean {
	return leaving;
}

export function watchHost(): void {
	if (watching) return;
	watching = true;
	for (const signal of ['SIGTERM', 'SIGINT'] as const) {
		process.once(signal, () => {
			leaving = true;
		});
	}
}
