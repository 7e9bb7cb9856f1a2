import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { once } from 'node:events';
import { dirname } from 'node:path';
import type { Buffer } from 'node:buffer';
import { MaestroError, messageOf } from '../errors';
import type { Redact } from '../redact';

export const TRANSCRIPT_LIMIT = 20 * 1024 * 1024;

const FLUSH_CHARACTERS = 64 * 1024;

/** The redacted event stream on disk, bounded. A disk that fails later costs the transcript, not the run. */
export class Transcript {
	readonly warnings: string[] = [];

	private pending: string[] = [];

	private pendingLength = 0;

	private written = 0;

	private closed = false;

	private constructor(
		private readonly file: WriteStream,
		private readonly redact: Redact,
		private readonly limit: number,
	) {
		file.on('error', (error) => {
			this.closed = true;
			this.warnings.push(`The transcript could not be written any further: ${messageOf(error)}`);
		});
	}

	/** Throws `disk`. */
	static async open(path: string, redact: Redact, limit: number = TRANSCRIPT_LIMIT): Promise<Transcript> {
		try {
			await mkdir(dirname(path), { recursive: true });
			const file = createWriteStream(path, { mode: 0o600 });
			await once(file, 'open');
			return new Transcript(file, redact, limit);
		} catch (error) {
			throw new MaestroError('disk', `The transcript ${path} cannot be written: ${messageOf(error)}`, 'Check the space and the permissions of Maestro\'s data directory.', { path }, error);
		}
	}

	add(line: Buffer): void {
		if (this.closed) return;
		if (this.written + line.length > this.limit) {
			this.flush();
			this.file.write('{"type":"maestro","subtype":"transcript_cut"}\n');
			this.closed = true;
			this.warnings.push(`The transcript was cut after ${Math.round(this.limit / 1024 / 1024)} MB`);
			return;
		}
		this.written += line.length + 1;
		this.pending.push(line.toString('utf8'));
		this.pendingLength += line.length;
		if (this.pendingLength >= FLUSH_CHARACTERS) this.flush();
	}

	/** A promise while the disk is slower than the stream. */
	drained(): Promise<void> | undefined {
		if (!this.file.writableNeedDrain || this.file.errored !== null) return undefined;
		const settled = new AbortController();
		const { signal } = settled;
		// An error event is noted by the listener above; here it only ends the waiting, and so does a close.
		const ended = [once(this.file, 'drain', { signal }), once(this.file, 'close', { signal })].map(async (event) => await event.catch(() => undefined));
		return Promise.race(ended).then(() => settled.abort());
	}

	async close(): Promise<void> {
		if (!this.closed) this.flush();
		this.closed = true;
		if (this.file.closed) return;
		const closed = once(this.file, 'close').catch(() => undefined);
		this.file.end();
		await closed;
	}

	private flush(): void {
		if (this.pending.length === 0) return;
		this.file.write(this.redact(`${this.pending.join('\n')}\n`));
		this.pending = [];
		this.pendingLength = 0;
	}
}
