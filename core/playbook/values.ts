/** The values that front matter and steps may give. Each reader gives undefined for what it does not understand. */

/** Without the quotes around the whole of it; a command may begin and end with quotes of its own. */
export function unquote(value: string): string {
	const quote = value.charAt(0);
	if ((quote !== '"' && quote !== "'") || value.length < 2 || !value.endsWith(quote)) return value;
	const inner = value.slice(1, -1);
	return inner.includes(quote) ? value : inner;
}

const BOOLEANS: Readonly<Record<string, boolean>> = { yes: true, true: true, no: false, false: false };

export function readBoolean(value: string): boolean | undefined {
	const word = value.toLowerCase();
	return Object.hasOwn(BOOLEANS, word) ? BOOLEANS[word] : undefined;
}

export function readCount(value: string, most: number): number | undefined {
	if (!/^\d{1,9}$/.test(value)) return undefined;
	const count = Number(value);
	return count >= 1 && count <= most ? count : undefined;
}

export function readAmount(value: string): number | undefined {
	if (!/^\d{1,9}(?:\.\d{1,6})?$/.test(value)) return undefined;
	const amount = Number(value);
	return amount > 0 ? amount : undefined;
}

export const readText = (value: string): string | undefined => (value === '' ? undefined : value);

export function readWord<const T extends string>(value: string, words: readonly T[]): T | undefined {
	return words.find((word) => word === value);
}

/** `a, b`, `[a, b]`, or `none` for a list of nothing. */
export function readList(value: string): readonly string[] | undefined {
	if (value === 'none' || value === '[]') return [];
	const inner = value.startsWith('[') && value.endsWith(']') ? value.slice(1, -1) : value;
	const items = inner.split(',').map((item) => unquote(item.trim()));
	return items.includes('') ? undefined : items;
}
