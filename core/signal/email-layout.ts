const MOST_QUOTES = 8;

/** Lays pieces of a page out as plain text: blocks on lines of their own, quotes behind `>`. */
export class Layout {
	readonly #lines: string[] = [];
	#line = '';
	#space = false;
	#emptyLine = false;
	#mark = '';
	/** Whether the line has more than its mark. */
	#hasText = false;
	quotes = 0;
	/** How many characters there are, line by line. */
	length = 0;

	/** Text that flows: any space in it is one space. */
	flow(text: string): void {
		const words = text.replace(/[ \t\n\r\f]+/g, ' ');
		if (words.trim() === '' && !words.includes('\u00A0')) {
			this.#space ||= words !== '';
			return;
		}
		const space = this.inLine && (this.#space || words.startsWith(' '));
		this.#line += `${space ? ' ' : ''}${words.replace(/^ | $/g, '')}`;
		this.#space = words.endsWith(' ');
		this.#hasText ||= words.trim() !== '';
	}

	/** Text whose line ends count. */
	keep(text: string): void {
		for (const [index, line] of text.split('\n').entries()) {
			if (index > 0) this.newLine(true);
			this.#line += line;
			this.#hasText ||= line.trim() !== '';
		}
	}

	/** `forced`: also where the line is empty, as a `<br>` does. */
	newLine(forced = false): void {
		this.#space = false;
		if (!this.#hasText && !forced) {
			this.#line = this.#mark;
			return;
		}
		const prefix = '> '.repeat(Math.min(this.quotes, MOST_QUOTES));
		if (this.#emptyLine && this.#lines.length > 0) this.#lines.push(prefix.trimEnd());
		this.#emptyLine = false;
		this.#lines.push(`${prefix}${this.#line}`.trimEnd());
		this.length += prefix.length + this.#line.length + 1;
		this.#line = '';
		this.#mark = '';
		this.#hasText = false;
	}

	/** A block with air around it. */
	paragraph(): void {
		this.newLine();
		this.#emptyLine = true;
	}

	/** Begins a line with a mark, such as that of a list. */
	begin(mark: string): void {
		this.newLine();
		this.#mark = mark;
		this.#line = mark;
	}

	/** Whether the line at hand has text. */
	get inLine(): boolean {
		return this.#hasText;
	}

	finish(): string {
		this.newLine();
		return this.#lines.join('\n').replace(/\n(?:[ \t]*\n){2,}/g, '\n\n').trim();
	}
}
