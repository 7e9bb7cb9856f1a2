import type { Declarations } from './text-style';

export type Colour = readonly [red: number, green: number, blue: number];

export const WHITE: Colour = [255, 255, 255];
export const BLACK: Colour = [0, 0, 0];

const NAMED: Readonly<Record<string, Colour>> = {
	white: WHITE,
	black: BLACK,
	snow: [255, 250, 250],
	ivory: [255, 255, 240],
	azure: [240, 255, 255],
	mintcream: [245, 255, 250],
	ghostwhite: [248, 248, 255],
	whitesmoke: [245, 245, 245],
	floralwhite: [255, 250, 240],
	seashell: [255, 245, 238],
	aliceblue: [240, 248, 255],
	honeydew: [240, 255, 240],
	lightyellow: [255, 255, 224],
	lightcyan: [224, 255, 255],
	silver: [192, 192, 192],
	gray: [128, 128, 128],
	red: [255, 0, 0],
	yellow: [255, 255, 0],
	lime: [0, 255, 0],
	green: [0, 128, 0],
	blue: [0, 0, 255],
	navy: [0, 0, 128],
	orange: [255, 165, 0],
};

/** Colours this near to each other cannot be told apart on a page. */
const NEAR = 24;
const FAINT = 0.05;

/** `transparent`: nothing of it shows. Undefined: not a colour that is understood. */
export function readColour(value: string): Colour | 'transparent' | undefined {
	const text = value.trim().toLowerCase();
	if (text === 'transparent') return 'transparent';
	const named = Object.hasOwn(NAMED, text) ? NAMED[text] : undefined;
	if (named !== undefined) return named;
	const short = /^#?([\da-f])([\da-f])([\da-f])([\da-f])?$/.exec(text);
	if (short !== null) return short[4] === '0' ? 'transparent' : [parseInt(`${short[1]}${short[1]}`, 16), parseInt(`${short[2]}${short[2]}`, 16), parseInt(`${short[3]}${short[3]}`, 16)];
	const long = /^#?([\da-f]{2})([\da-f]{2})([\da-f]{2})([\da-f]{2})?$/.exec(text);
	if (long !== null) return long[4] === '00' ? 'transparent' : [parseInt(long[1] ?? '', 16), parseInt(long[2] ?? '', 16), parseInt(long[3] ?? '', 16)];
	const [, alpha = '1', percent = ''] = /^(?:hsla?|hwb|lab|lch|oklab|oklch|color)\([^()]*[,/]\s*([\d.]+)(%?)\s*\)$/.exec(text) ?? [];
	// Three numbers with commas between have none.
	if ((text.includes('/') || text.split(',').length === 4) && Number(alpha) / (percent === '' ? 1 : 100) <= FAINT) return 'transparent';
	const [, light] = /^hsla?\(\s*[\d.]+(?:deg)?[\s,]+[\d.]+%[\s,]+([\d.]+)%/.exec(text) ?? [];
	if (light !== undefined) return Number(light) >= 97 ? WHITE : Number(light) <= 3 ? BLACK : undefined;
	const [, list] = /^rgba?\(([\d\s.,/%]{1,60})\)$/.exec(text) ?? [];
	if (list === undefined) return undefined;
	const [red, green, blue, opacity] = list.split(/[\s,/]+/).map((part) => (part.endsWith('%') ? parseFloat(part) * 2.55 : parseFloat(part)));
	if (red === undefined || green === undefined || blue === undefined || Number.isNaN(red + green + blue)) return undefined;
	return opacity !== undefined && opacity <= FAINT ? 'transparent' : [red, green, blue];
}

export function looksLike(one: Colour, other: Colour): boolean {
	return one.every((part, index) => Math.abs(part - (other[index] ?? 0)) <= NEAR);
}

/** What a style puts behind the text: `picture` is one that is not known. Undefined: nothing. */
export function backgroundOf(style: Declarations, attribute: string | undefined): Colour | 'picture' | undefined {
	const all = `${style.get('background') ?? ''} ${style.get('background-image') ?? ''}`;
	if (/url\(|gradient\(/.test(all)) return 'picture';
	const given = style.get('background-color') ?? (style.get('background') ?? '').split(/\s(?![^(]*\))/)[0] ?? '';
	const colour = readColour(given) ?? readColour(attribute ?? '');
	return colour === 'transparent' ? undefined : colour;
}

/** The colour of the text itself. */
export function textColourOf(style: Declarations, attribute: string | undefined): Colour | 'transparent' | undefined {
	return readColour(style.get('color') ?? attribute ?? '');
}
