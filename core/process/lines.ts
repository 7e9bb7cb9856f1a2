import { Buffer } from 'node:buffer';

const NEWLINE = 0x0a;

/**
 * Cuts a byte stream into lines. A line longer than the limit is dropped while it streams in, so that memory stays bounded
 * whatever the other side writes.
 *
 * Lines are views into the chunk that they came in: whoever keeps one must copy it.
 */
export class LineSplitter {
	/** How many lines were longer than the limit. */
	tooLong = 0;

	private readonly onLine: (line: Buffer) => void;

	private readonly maxBytes: number;

	private carried: Buffer[] = [];

	private carriedBytes = 0;

	private skipping = false;

	constructor(onLine: (line: Buffer) => void, maxBytes: number) {
		this.onLine = onLine;
		this.maxBytes = maxBytes;
	}

	push(chunk: Buffer): void {
		let start = 0;
		for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
			this.finish(chunk.subarray(start, end));
			start = end + 1;
		}
		if (start < chunk.length) this.carry(chunk.subarray(start));
	}

	/** The last line needs no newline. */
	end(): void {
		if (this.carriedBytes > 0 || this.skipping) this.finish(Buffer.alloc(0));
	}

	private carry(part: Buffer): void {
		if (this.skipping) return;
		if (this.carriedBytes + part.length > this.maxBytes) {
			this.drop();
			this.skipping = true;
			return;
		}
		// A copy: the chunk that it is a view of may be large and would stay alive.
		this.carried.push(Buffer.from(part));
		this.carriedBytes += part.length;
	}

	private finish(rest: Buffer): void {
		if (this.skipping) {
			this.skipping = false;
			return;
		}
		if (this.carriedBytes + rest.length > this.maxBytes) {
			this.drop();
			return;
		}
		const line = this.carriedBytes === 0 ? rest : Buffer.concat([...this.carried, rest], this.carriedBytes + rest.length);
		this.carried = [];
		this.carriedBytes = 0;
		if (line.length > 0) this.onLine(line);
	}

	private drop(): void {
		this.tooLong++;
		this.carried = [];
		this.carriedBytes = 0;
	}
}
