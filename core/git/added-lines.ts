import { Buffer } from 'node:buffer';

const NEWLINE = 0x0a;
/** A longer line is handed on in pieces that overlap, so that nothing which fits into the overlap is cut in two. */
const PIECE = 64 * 1024;
const OVERLAP = 4 * 1024;

export type OnAdded = (path: string, line: number, text: string) => void;

/** Reads git's patch format as it streams in, and hands on each added line. Understands combined diffs (of merges) too. */
export class AddedLines {
	private readonly onAdded: OnAdded;

	private path = '';

	private inHunk = false;

	/** One for an ordinary diff, one a parent for a merge. */
	private columns = 1;

	private line = 0;

	private rest = Buffer.alloc(0);

	/** The first piece of a long line decides what the line is. */
	private long: 'no' | 'added' | 'other' = 'no';

	constructor(onAdded: OnAdded) {
		this.onAdded = onAdded;
	}

	push(chunk: Buffer): void {
		let data = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
		for (let end = data.indexOf(NEWLINE); end !== -1; end = data.indexOf(NEWLINE)) {
			this.take(data.subarray(0, end), true);
			data = data.subarray(end + 1);
		}
		while (data.length > PIECE) {
			this.take(data.subarray(0, PIECE), false);
			data = data.subarray(PIECE - OVERLAP);
		}
		this.rest = Buffer.from(data);
	}

	end(): void {
		if (this.rest.length > 0) this.take(this.rest, true);
		this.rest = Buffer.alloc(0);
	}

	private take(bytes: Buffer, whole: boolean): void {
		for (let at = 0; at === 0 || at + OVERLAP < bytes.length; at += PIECE - OVERLAP) {
			const last = at + PIECE >= bytes.length;
			this.piece(bytes.subarray(at, at + PIECE).toString('utf8'), whole && last);
			if (last) break;
		}
	}

	private piece(text: string, ends: boolean): void {
		if (this.long !== 'no') {
			if (this.long === 'added') this.onAdded(this.path, this.line, text);
			if (ends) this.finish(this.long === 'added');
			return;
		}
		const added = this.read(text);
		if (ends) this.finish(added);
		else this.long = added ? 'added' : 'other';
	}

	private finish(added: boolean): void {
		if (added || this.wasContext) this.line++;
		this.long = 'no';
	}

	private wasContext = false;

	/** True: it is an added line. */
	private read(text: string): boolean {
		this.wasContext = false;
		const hunk = /^(@@+) .*?\+(\d+)(?:,\d+)? @@/.exec(text);
		if (hunk?.[1] !== undefined && hunk[2] !== undefined) {
			this.columns = hunk[1].length - 1;
			this.line = Number(hunk[2]);
			this.inHunk = true;
			return false;
		}
		if (text.startsWith('diff --')) {
			this.inHunk = false;
			return false;
		}
		if (!this.inHunk) {
			if (text.startsWith('+++ ')) this.path = pathOf(text.slice(4));
			return false;
		}
		const marks = text.slice(0, this.columns);
		if (marks.includes('-') || marks.startsWith('\\')) return false;
		if (!marks.includes('+')) {
			this.wasContext = true;
			return false;
		}
		this.onAdded(this.path, this.line, text.slice(this.columns));
		return true;
	}
}

/** Out of `b/some/path`, or of git's quoted form of it. */
function pathOf(name: string): string {
	const plain = name.startsWith('"') ? unquote(name) : name.replace(/\t$/, '');
	return plain.startsWith('b/') ? plain.slice(2) : plain;
}

const ESCAPES: Readonly<Record<string, number>> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13, '"': 34, '\\': 92 };

function unquote(quoted: string): string {
	const bytes: number[] = [];
	const inner = quoted.slice(1, quoted.lastIndexOf('"'));
	for (const match of inner.matchAll(/\\([0-7]{3}|.)|([^\\]+)/gs)) {
		const [, escape, text] = match;
		if (text !== undefined) bytes.push(...Buffer.from(text));
		else if (escape !== undefined) bytes.push(ESCAPES[escape] ?? Number.parseInt(escape, 8));
	}
	return Buffer.from(bytes).toString('utf8');
}
