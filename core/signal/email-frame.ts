import { backgroundOf, BLACK, type Colour, looksLike, textColourOf, WHITE } from './text-colour';
import { doubtOf } from './text-doubt';
import { hiddenBy } from './text-style';

export interface PageElement {
	readonly name: string;
	readonly attributes: Readonly<Record<string, string>>;
	readonly style: ReadonlyMap<string, string>;
}

/** What is known of an element that is open: whether and how what stands in it shows. */
export interface Frame {
	readonly name: string;
	/** Why nothing in it shows; `''`: it is left out without a word. */
	readonly unseen: string | undefined;
	/** A declaration that may hide it, and is not understood. */
	readonly doubt: string | undefined;
	readonly colour: Colour | 'transparent';
	readonly background: Colour | 'picture';
	readonly kept: boolean;
	readonly numbered: boolean;
	readonly href: string;
	item: number;
	/** What stood in the link. */
	words: string;
	hidden: string;
}

const UNSEEN = new Set(['script', 'template', 'noscript', 'noembed', 'noframes', 'iframe', 'object', 'audio', 'video', 'canvas', 'datalist', 'svg', 'math']);
const SILENT = new Set(['style', 'title', 'head', 'script']);
const LONGEST_ADDRESS = 300;

/** What is around all of a page. */
export function outermost(): Frame {
	return { name: '', unseen: undefined, doubt: undefined, colour: BLACK, background: WHITE, kept: false, numbered: false, href: '', item: 0, words: '', hidden: '' };
}

/** An address without what only counts who follows it. */
function shownAddress(href: string): string {
	const address = href.trim();
	if (!/^(?:https?|mailto):[^\s<>]+$/i.test(address)) return '';
	const short = address.length > LONGEST_ADDRESS ? (address.split(/[?#]/, 1)[0] ?? '') : address;
	return short.length > LONGEST_ADDRESS ? '' : short;
}

/** Why an element itself does not show. */
export function whyUnseen({ name, attributes, style }: PageElement): string | undefined {
	if (SILENT.has(name)) return '';
	if (UNSEEN.has(name) || (name === 'dialog' && attributes.open === undefined)) return `<${name}>`;
	if (attributes.hidden !== undefined || (name === 'input' && attributes.type === 'hidden')) return `hidden <${name}>`;
	return hiddenBy(style);
}

/** Of an element in another one; `unseen`: why it does not show, by itself or with what it is in. */
export function frameOf({ name, attributes, style }: PageElement, above: Frame, unseen: string | undefined): Frame {
	return {
		name,
		unseen,
		doubt: doubtOf(style) ?? above.doubt,
		colour: textColourOf(style, attributes.color ?? attributes.text) ?? (name === 'a' && above.colour !== 'transparent' ? BLACK : above.colour),
		background: attributes.background === undefined ? (backgroundOf(style, attributes.bgcolor) ?? above.background) : 'picture',
		kept: above.kept || name === 'pre' || /^pre/.test(style.get('white-space') ?? ''),
		numbered: name === 'ol',
		href: name === 'a' ? shownAddress(attributes.href ?? '') : above.href,
		item: 0,
		words: '',
		hidden: '',
	};
}

/** Whether its text has the colour of what is behind it. */
export function isPale({ colour, background }: Frame): boolean {
	return colour === 'transparent' || (background !== 'picture' && looksLike(colour, background));
}
