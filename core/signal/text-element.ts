import { backgroundOf, looksLike, textColourOf, WHITE } from './text-colour';
import type { Report } from './text-characters';
import { hiddenBy, readStyle } from './text-style';
import { isInlineTag, readTag, type Tag } from './text-tag';

/** What stands in them is never shown, or only where something else fails. */
const UNSEEN = new Set(['script', 'style', 'template', 'title', 'head', 'noscript', 'noembed', 'noframes', 'iframe', 'object', 'audio', 'video', 'canvas', 'datalist']);
const VOID = new Set(['area', 'base', 'br', 'col', 'embed', 'hr', 'img', 'input', 'link', 'meta', 'param', 'source', 'track', 'wbr']);
const TEXT_TAGS =
	'a abbr address article aside b base basefont bdi bdo big blockquote body br button caption center cite code col colgroup dd del details dfn dialog dir div dl dt em embed fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 header hr html i img input ins kbd label legend li link main mark menu menuitem meta meter nav ol optgroup option output p param picture pre progress q rp rt ruby s samp search section select small source span strike strong sub summary sup svg table tbody td textarea tfoot th thead time tr track tt u ul var wbr xmp listing plaintext';
const KNOWN = new Set(TEXT_TAGS.split(' '));

/** Whether a tag of this name can begin a block of markup, however it goes on. */
export function isElement(name: string): boolean {
	return KNOWN.has(name) || UNSEEN.has(name);
}

/** What a tag may keep: where it leads, and what is short and shows. */
const ADDRESSES = new Set(['href', 'src']);
const SHORT = new Set(['align', 'checked', 'colspan', 'disabled', 'height', 'open', 'rowspan', 'start', 'type', 'valign', 'width']);
const LONGEST_ADDRESS = 2_000;
const LONGEST_ALT = 300;
const LONGEST_NAME = 30;
const LONGEST_PREFIX = 200;

function isHarmless(name: string, value: string): boolean {
	if (ADDRESSES.has(name)) return value.length <= LONGEST_ADDRESS && !/[\s"<>]/.test(value);
	return SHORT.has(name) && /^[\w.%-]{0,20}$/.test(value);
}

/** Why a reader does not see what stands in an element, as far as it says so itself. */
function reasonUnseen({ name, attributes }: Tag): string | undefined {
	if (UNSEEN.has(name)) return `<${name}>`;
	if (name === 'dialog' && !attributes.has('open')) return '<dialog>';
	if (attributes.has('hidden') || (name === 'input' && attributes.get('type') === 'hidden')) return `hidden <${name}>`;
	const style = readStyle(attributes.get('style') ?? '');
	const colour = textColourOf(style, attributes.get('color'));
	const behind = backgroundOf(style, attributes.get('bgcolor')) ?? WHITE;
	const pale = colour === 'transparent' || (colour !== undefined && behind !== 'picture' && looksLike(colour, behind));
	return hiddenBy(style) ?? (pale ? 'text in the colour of its background' : undefined);
}

const CODE_WITHIN = /`|\\<|<[!?]|^[ \t>]*~{3}|^[ \t>]*(?: {4}|\t)/m;

/** Where a hidden element ends; elements of its name may stand in it, and its name in their attributes. Never closed, it hides all that follows. */
function endOfElement(text: string, { name, end }: Tag): number {
	const tags = new RegExp(`<(/?)${name.replace(/[^\w]/g, '\\$&')}(?=[\\s/>])`, 'gi');
	const endFrom = (skipsTags: boolean): number => {
		let depth = 1;
		for (let at = end; at < text.length; ) {
			if (skipsTags) {
				const next = text.indexOf('<', at);
				const other = next === -1 ? undefined : readTag(text, next);
				if (next === -1 || other === 'open') return text.length;
				at = other?.end ?? next + 1;
				if (other?.name !== name) continue;
				depth += other.closing ? -1 : 1;
			} else {
				tags.lastIndex = at;
				const match = tags.exec(text);
				if (match === null) return text.length;
				depth += match[1] === '/' ? -1 : 1;
				const bracket = text.indexOf('>', match.index);
				at = bracket === -1 ? text.length : depth > 0 ? tags.lastIndex : bracket + 1;
			}
			if (depth === 0) return at;
		}
		return text.length;
	};
	const close = Math.max(endFrom(true), endFrom(false));
	// What stands in code, or in a comment, closes nothing.
	return CODE_WITHIN.test(text.slice(end, close)) ? text.length : close;
}

/** An image as a link that says so: its alternative text shows to nobody while the image does. */
function shownImage({ attributes }: Tag): string {
	const source = attributes.get('src') ?? '';
	const alt = (attributes.get('alt') ?? '').replace(/[[\]\s]+/g, ' ').trim().slice(0, LONGEST_ALT).trim();
	const label = alt === '' ? 'Image' : `Image: ${alt}`;
	return isHarmless('src', source) && !/[()]/.test(source) ? `[${label}](${source})` : `[${label}]`;
}

/** A tag without the attributes that do not show and can carry text. */
function shownTag(raw: string, tag: Tag, report: Report): string {
	const { name, attributes, closing } = tag;
	if (name === 'img' && !closing) return shownImage(tag);
	if (!KNOWN.has(name) && (name.length > LONGEST_NAME || !/^[\w:.-]+$/.test(name))) {
		report('a tag', raw);
		return '';
	}
	const stays = ([key, value]: readonly [string, string]): boolean => !closing && isHarmless(key, value);
	const lost = [...attributes].filter((entry) => !stays(entry));
	if (lost.length === 0) return raw;
	report(`attributes of <${name}>`, lost.map(([key, value]) => (value === '' ? key : `${key}=${value}`)).join(' '));
	const kept = [...attributes].filter(stays).map(([key, value]) => (value === '' ? ` ${key}` : ` ${key}="${value}"`));
	return `<${closing ? '/' : ''}${name}${kept.join('')}>`;
}

export interface Found {
	readonly shown: string;
	readonly end: number;
	/** It holds what others may read as the beginning of something else. */
	readonly ambiguous: boolean;
	/** It never ends, so that it hides also what a page puts at its end. */
	readonly open: boolean;
}

/** A line that may begin a block; the marks of quotes and lists may stand before it. */
export const LINE_WITHIN = /\n[ \t]*(?:(?:>|[-+*]|\d{1,9}[.)])[ \t]*)*<[A-Za-z/!?]/;

/**
 * Whether the end of a comment is text to a browser, so that it does not end there: the comment goes on outside of the list or the quote that it
 * begins in, or over an empty line without beginning one.
 */
function endsAsText(text: string, start: number, end: number, inBlock: boolean): boolean {
	const prefix = text.slice(Math.max(text.lastIndexOf('\n', start - 1) + 1, start - LONGEST_PREFIX), start);
	const taken = text.slice(start, end);
	if (!/^[ \t]*(?:(?:>|[-+*]|\d{1,9}[.)])[ \t]*)*$/.test(prefix)) return inBlock ? taken.includes('\n') : /\n[ \t]*\n/.test(taken);
	if (prefix === '') return false;
	const [, ...lines] = taken.split('\n');
	return lines.some((line) => line.trim() !== '' && !(prefix.includes('>') ? /^ {0,3}>/ : /^[ \t]/).test(line));
}

/** A comment, a processing instruction or a declaration; undefined where none begins. */
export function readUnseen(text: string, start: number, inBlock: boolean, report: Report): Found | undefined {
	const take = (what: string, from: number, closing: string): Found | undefined => {
		const found = text.indexOf(closing, from);
		const at = found !== -1 && endsAsText(text, start, found + closing.length, inBlock) ? -1 : found;
		if (at === -1 && what !== 'HTML comment' && !inBlock) return undefined;
		report(what, text.slice(from, at === -1 ? undefined : at));
		const end = at === -1 ? text.length : at + closing.length;
		return { shown: '', end, ambiguous: what === 'HTML comment' ? LINE_WITHIN.test(text.slice(start, end)) : text.slice(start + 1, end).includes('<'), open: at === -1 };
	};
	if (text.startsWith('<!--', start)) return take('HTML comment', start + 4, '-->');
	if (text.startsWith('<![CDATA[', start)) return take('CDATA', start + 9, ']]>');
	if (text.startsWith('<?', start)) return take('processing instruction', start + 2, '?>');
	// To a browser all that begins so is a comment; within a paragraph of markdown some of it is text.
	const [, mark = '', next = ''] = /^<([!/])([\s\S])/.exec(text.slice(start, start + 3)) ?? [];
	const isDeclaration = mark === '!' && (inBlock || /[A-Za-z]/.test(next));
	return isDeclaration || (mark === '/' && inBlock && !/[A-Za-z]/.test(next)) ? take('declaration', start + 2, '>') : undefined;
}

export function readElement(text: string, start: number, inBlock: boolean, report: Report): Found | undefined {
	if (!inBlock && !isInlineTag(text, start)) return undefined;
	const tag = readTag(text, start);
	if (tag === undefined) return undefined;
	if (tag === 'open') {
		report('a tag without an end', text.slice(start));
		return { shown: '', end: text.length, ambiguous: false, open: true };
	}
	const unseen = tag.closing ? undefined : reasonUnseen(tag);
	if (unseen !== undefined) {
		const end = VOID.has(tag.name) ? tag.end : endOfElement(text, tag);
		report(unseen, text.slice(tag.end, end));
		return { shown: '', end, ambiguous: true, open: !VOID.has(tag.name) && end === text.length && !/<\/[^<>]*>$/.test(text.slice(-LONGEST_NAME)) };
	}
	const raw = text.slice(start, tag.end);
	// An address in angle brackets is a link.
	const isLink = /^[a-z][a-z0-9+.-]*:|@/.test(tag.name);
	return { shown: isLink ? raw : shownTag(raw, tag, report), end: tag.end, ambiguous: raw.includes('<', 1), open: false };
}
