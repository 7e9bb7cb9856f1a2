/** The declarations of a `style` attribute or of a rule, names and values in lower case. */
export type Declarations = ReadonlyMap<string, string>;

const LONGEST_STYLE = 5_000;
const TINY_PX = 2;
const FAR_AWAY_PX = -500;
const FAINT = 0.05;

/** Comments and escapes of CSS can stand in the middle of a word. */
function plainCss(css: string): string {
	return css
		.slice(0, LONGEST_STYLE)
		.replace(/\/\*[^*]*(?:\*(?!\/)[^*]*)*(?:\*\/|$)/g, '')
		.replace(/\\([0-9a-f]{1,6})\s?/gi, (_, code: string) => {
			const point = parseInt(code, 16);
			return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : '';
		})
		.toLowerCase();
}

/** What a value of a property that can hide may look like: a browser passes by any other, so that it undoes nothing. */
const LENGTH = /^(?:[+-]?(?:\d+(?:\.\d*)?|\.\d+)\s*[a-z%]*|auto|none|normal|inherit|initial|unset|revert|calc\(.*\))$/;
const VALID: Readonly<Record<string, RegExp>> = {
	display: /^(?:none|block|inline(?:-[a-z]+)?|flex|grid|table(?:-[a-z]+)*|list-item|contents|flow-root|inherit|initial|unset|revert)$/,
	visibility: /^(?:visible|hidden|collapse|inherit|initial|unset|revert)$/,
	opacity: /^(?:[\d.]+%?|inherit|initial|unset|revert)$/,
	'font-size': /^(?:[\d.]+[a-z%]*|(?:x{1,3}-)?(?:small|large)|medium|smaller|larger|inherit|initial|unset|revert|calc\(.*\))$/,
	'max-height': LENGTH,
	'max-width': LENGTH,
	height: LENGTH,
	width: LENGTH,
	'text-indent': LENGTH,
};

export function readStyle(css: string): Declarations {
	const found = new Map<string, string>();
	const important = new Set<string>();
	for (const part of plainCss(css).split(';')) {
		const colon = part.indexOf(':');
		if (colon === -1) continue;
		const name = part.slice(0, colon).trim();
		const [value = '', ...marks] = part.slice(colon + 1).split('!');
		const isImportant = marks.some((mark) => mark.trim() === 'important');
		if ((important.has(name) && !isImportant) || VALID[name]?.test(value.trim()) === false) continue;
		found.set(name, value.trim());
		if (isImportant) important.add(name);
	}
	return found;
}

const UNITS: Readonly<Record<string, number>> = { px: 1, '': 1, pt: 4 / 3, em: 16, rem: 16, ex: 8, '%': 0.16, in: 96, cm: 38, mm: 3.8, vw: 10, vh: 10 };

/** A length in pixels, roughly; undefined where it is none. */
function pixels(value: string | undefined): number | undefined {
	const [, count, unit = ''] = /^([+-]?(?:\d+(?:\.\d*)?|\.\d+))\s*([a-z%]*)$/.exec(value ?? '') ?? [];
	const factor = UNITS[unit];
	return count === undefined || factor === undefined ? undefined : Number(count) * factor;
}

const isZero = (value: string | undefined): boolean => {
	const size = pixels(value);
	return size !== undefined && size <= 1;
};

/** Why a reader does not see an element of this style; colours are compared elsewhere (see text-colour.ts). */
export function hiddenBy(style: Declarations): string | undefined {
	const is = (name: string, ...values: readonly string[]): boolean => values.includes(style.get(name) ?? '');
	if (is('display', 'none')) return 'display:none';
	if (is('visibility', 'hidden', 'collapse')) return 'visibility:hidden';
	if (is('mso-hide', 'all')) return 'mso-hide:all';
	const opacity = style.get('opacity') ?? '';
	if (/^[\d.]+%?$/.test(opacity) && parseFloat(opacity) / (opacity.endsWith('%') ? 100 : 1) <= FAINT) return 'opacity:0';
	const size = pixels(style.get('font-size'));
	if (size !== undefined && size <= TINY_PX) return 'font-size:0';
	const cut = is('overflow', 'hidden', 'clip') || is('overflow-y', 'hidden', 'clip') || is('overflow-x', 'hidden', 'clip');
	if (isZero(style.get('max-height')) || isZero(style.get('max-width')) || (cut && (isZero(style.get('height')) || isZero(style.get('width'))))) return 'no height';
	const away = ['text-indent', 'left', 'top', 'margin-left', 'margin-top', 'right', 'bottom'].some((name) => (pixels(style.get(name)) ?? 0) <= FAR_AWAY_PX);
	if (away) return 'placed off the page';
	if (/^rect\(\s*(?:0(?:px)?[\s,]*|1px[\s,]*){4}\)$/.test(style.get('clip') ?? '') || /^(?:inset\(\s*(?:50|100)%|circle\(\s*0)/.test(style.get('clip-path') ?? '')) return 'clipped away';
	if (/^(?:scale[xy]?\(\s*0(?:\.0+)?\s*[,)])/.test(style.get('transform') ?? '')) return 'scaled to nothing';
	return undefined;
}
