/** A program in the place of the CLI that writes down when it was started and then becomes the CLI. */
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from '../e2e/support/poll';

export interface Stamp {
	/** What is to be started. */
	readonly path: string;
	/** Waits for the next start after `since` (ms of the epoch) and gives its moment. */
	after(since: number): Promise<number>;
}

export async function makeStamp(folder: string, name: string, then: string): Promise<Stamp> {
	const path = join(folder, name);
	const file = `${path}.times`;
	await writeFile(file, '');
	// Not for `--version`, which is asked once for each process.
	await writeFile(path, `#!/bin/sh\n[ "$1" = --version ] || date +%s%N >> '${file}'\n${then}\n`);
	await chmod(path, 0o755);
	return {
		path,
		after: async (since) =>
			await waitFor(
				`a start of ${name}`,
				async () => {
					const times = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '').map((line) => Number(line) / 1e6);
					return times.find((time) => time >= since);
				},
				{ limitMs: 60_000, everyMs: 25 },
			),
	};
}
