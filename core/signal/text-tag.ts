export interface Tag {
	/** In lower case. */
	readonly name: string;
	readonly closing: boolean;
	/** Names in lower case; of two of one name the first counts, as in a browser. */
	readonly attributes: ReadonlyMap<string, string>;
	/** Where the text goes on. */
	readonly end: number;
}

/** `open`: the text ends within the tag. */
export type TagReading = Tag | 'open' | undefined;

const NAME = /<(\/?)([A-Za-z][^\s/>]*)/y;
const BETWEEN = /[\s/]+/y;
const ATTRIBUTE = /([^\s/>][^\s/>=]*)(?:\s*=\s*("[^"]*"|'[^']*'|["'][\s\S]*|[^\s>]*))?/y;

/** A tag in markdown outside of an HTML block: anything else that begins with `<` is shown as text, such as `Map<String, List<Item>>`. */
const INLINE = /<(?:\/[A-Za-z][\w-]*\s*|[A-Za-z][\w-]*(?:\s+[A-Za-z_:][\w.:-]*(?:\s*=\s*(?:[^\s"'=<>`]+|'[^']*'|"[^"]*"))?)*\s*\/?)>/y;

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
	pattern.lastIndex = at;
	return pattern.exec(text);
}

function unquoted(value: string): string {
	return /^["']/.test(value) ? value.slice(1, -1) : value;
}

/** Reads a tag as a browser does, from its `<` on; undefined where none begins. */
export function readTag(text: string, start: number): TagReading {
	const named = match(NAME, text, start);
	if (named === null) return undefined;
	const [whole, slash = '', name = ''] = named;
	const attributes = new Map<string, string>();
	let at = start + whole.length;
	for (;;) {
		at += match(BETWEEN, text, at)?.[0].length ?? 0;
		if (at >= text.length) return 'open';
		if (text[at] === '>') return { name: name.toLowerCase(), closing: slash === '/', attributes, end: at + 1 };
		const found = match(ATTRIBUTE, text, at);
		if (found === null) return 'open';
		const [all, key = '', value = ''] = found;
		at += all.length;
		const closed = value.length > 1 && value.endsWith(value.charAt(0));
		if (/^["']/.test(value) && !closed) return 'open';
		if (!attributes.has(key.toLowerCase())) attributes.set(key.toLowerCase(), unquoted(value));
	}
}

/** Whether what begins at `start` is a tag also within a paragraph of markdown. */
export function isInlineTag(text: string, start: number): boolean {
	return match(INLINE, text, start) !== null;
}
