import { cut, type Report } from './text-characters';

const MOST = 20;
const LONGEST = 160;

/** Content on one line, short enough for a list that a person reads. */
function excerpt(content: string): string {
	const line = content.replace(/\s+/g, ' ').trim();
	return line.length > LONGEST ? `${cut(line, LONGEST)}… (${line.length} characters)` : line;
}

/** Keeps the first findings, counts the others. */
export class HiddenList {
	readonly #found: string[] = [];
	#more = 0;

	readonly report: Report = (what, content = '') => {
		const shown = excerpt(content);
		const entry = shown === '' ? what : `${what}: ${shown}`;
		if (this.#found.includes(entry)) return;
		if (this.#found.length < MOST) this.#found.push(entry);
		else this.#more += 1;
	};

	list(): string[] {
		return this.#more === 0 ? [...this.#found] : [...this.#found, `and ${this.#more} more`];
	}
}
