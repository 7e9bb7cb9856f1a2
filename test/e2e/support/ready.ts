import { readFile } from 'node:fs/promises';

import type { HostProcess } from './host-process';
import { waitFor } from './poll';

const READY_LIMIT_MS = 90_000;

/** Waits until all of these addresses answer; ends the process when they do not, with the end of its log in the error. */
export async function untilReady(what: string, addresses: readonly string[], host: HostProcess, logPath: string): Promise<void> {
	try {
		await waitFor(
			`${what} to be ready`,
			async () => {
				if (!host.isRunning()) throw new Error(`${what} ended while starting.`);
				for (const address of addresses) if (!(await isOk(address))) return undefined;
				return true;
			},
			{ limitMs: READY_LIMIT_MS, everyMs: 150 },
		);
	} catch (error) {
		await host.stop();
		const end = (await readFile(logPath, 'utf8')).trimEnd().split('\n').slice(-30).join('\n');
		throw new Error(`${what} did not start. The end of its log:\n${end}`, { cause: error });
	}
}

async function isOk(url: string): Promise<boolean> {
	try {
		const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
		const body = await response.text();
		// While it starts, n8n answers every path with a page that says so.
		return response.ok && body.startsWith('{');
	} catch {
		return false; // Not listening yet.
	}
}
