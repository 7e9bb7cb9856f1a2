import { Buffer } from 'node:buffer';

/** Keeps the last bytes of a stream. */
export class Tail {
	private readonly maxBytes: number;

	private chunks: Buffer[] = [];

	private bytes = 0;

	private cut = false;

	constructor(maxBytes: number) {
		this.maxBytes = maxBytes;
	}

	push(chunk: Buffer): void {
		const kept = chunk.length > this.maxBytes ? chunk.subarray(chunk.length - this.maxBytes) : chunk;
		this.cut ||= kept !== chunk;
		this.chunks.push(Buffer.from(kept));
		this.bytes += kept.length;
		let first = this.chunks[0];
		while (first !== undefined && this.bytes - first.length >= this.maxBytes) {
			this.chunks.shift();
			this.bytes -= first.length;
			this.cut = true;
			first = this.chunks[0];
		}
	}

	/** Begins with `…` where something went before. */
	text(): string {
		const whole = Buffer.concat(this.chunks);
		const over = whole.length - this.maxBytes;
		const text = whole.subarray(Math.max(0, over)).toString('utf8');
		return this.cut || over > 0 ? `…${text}` : text;
	}
}
