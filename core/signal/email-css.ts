import { hiddenBy, readStyle, type Declarations } from './text-style';

const MOST_RULES = 5_000;
const MOST_CLASSES = 30;
const MOST_UNREAD = 10;
/** Blocks within blocks. */
const DEEPEST = 3;
const COMMENT = /\/\*[\s\S]*?(?:\*\/|$)/g;

/** What a selector is kept under: the last class or ID of what it selects, else its element. Undefined for states such as `:hover`. */
function keyOf(selector: string): string | undefined {
	if (selector.includes(':')) return undefined;
	if (selector.trim() === '*') return '*';
	const [last = ''] = selector.trim().split(/[\s>+~]+/).slice(-1);
	return last.match(/[.#][\w-]+/g)?.at(-1) ?? /^[a-z][a-z0-9]*$/i.exec(last)?.[0];
}

/** The style sheets of a mail, as far as a class, an ID or an element by itself decides whether something shows. */
export class StyleSheet {
	readonly #rules = new Map<string, Declarations>();
	/** Rules that hide, for elements that are not worked out. */
	readonly unread: string[] = [];

	add(css: string): void {
		this.#read(css.replace(COMMENT, ''), 0);
	}

	/** What applies to an element, its own `style` last. */
	of(name: string, attributes: Readonly<Record<string, string>>): Declarations {
		const inline = attributes.style === undefined ? undefined : readStyle(attributes.style);
		if (this.#rules.size === 0) return inline ?? new Map<string, string>();
		const classes = (attributes.class ?? '').trim().split(/\s+/, MOST_CLASSES);
		const keys = ['*', name, ...classes.map((each) => `.${each.toLowerCase()}`), `#${(attributes.id ?? '').toLowerCase()}`];
		return new Map([...keys.flatMap((key) => [...(this.#rules.get(key) ?? [])]), ...(inline ?? [])]);
	}

	#read(css: string, depth: number): void {
		let at = 0;
		while (at < css.length && this.#rules.size < MOST_RULES) {
			const open = css.indexOf('{', at);
			if (open === -1) return;
			const selector = css.slice(at, open).replace(/@(?:import|charset|namespace)[^;]*;/g, '').trim();
			const isBlock = selector.startsWith('@');
			const close = isBlock ? endOfBlock(css, open) : css.indexOf('}', open);
			const body = css.slice(open + 1, close === -1 ? undefined : close);
			// A rule for some screens only hides from some readers only.
			if (isBlock && depth === 0 && /^@media(?![^{]*[(])/.test(selector)) this.#read(body, 1);
			else if (isBlock && depth < DEEPEST && /^@(?:supports|layer|container|scope|starting-style)\b/.test(selector)) this.#read(body, depth + 1);
			else if (!isBlock) this.#keep(selector, body);
			if (close === -1) return;
			at = close + 1;
		}
	}

	#keep(selectors: string, body: string): void {
		const declarations = readStyle(body);
		for (const selector of selectors.slice(0, 2_000).split(',')) {
			const key = keyOf(selector)?.toLowerCase();
			if (key === undefined && hiddenBy(declarations) !== undefined && this.unread.length < MOST_UNREAD) this.unread.push(`${selector.trim()} {${body.trim()}}`);
			if (key !== undefined) this.#rules.set(key, new Map([...(this.#rules.get(key) ?? []), ...declarations]));
		}
	}
}

function endOfBlock(css: string, open: number): number {
	const braces = /[{}]/g;
	braces.lastIndex = open;
	let depth = 0;
	for (let match = braces.exec(css); match !== null; match = braces.exec(css)) {
		depth += match[0] === '{' ? 1 : -1;
		if (depth === 0) return match.index;
	}
	return -1;
}
