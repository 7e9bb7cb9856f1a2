import type { StyleSheet } from './email-css';
import { isSignature, startsHistory } from './email-containers';
import { frameOf, isPale, outermost, whyUnseen, type Frame } from './email-frame';
import { Layout } from './email-layout';
import type { Report } from './text-characters';

export interface PageText {
	readonly text: string;
	/** A signature was marked as such by the mail program, and left out. */
	readonly signature: boolean;
	/** It is so long that its end was not read. */
	readonly cut: boolean;
}

/** A line of its own where the mail program marked the beginning of what was written before. */
export const HISTORY_MARK = '\u0001history';

const BLOCKS = new Set(['address', 'article', 'aside', 'center', 'dd', 'details', 'div', 'dl', 'dt', 'fieldset', 'figcaption', 'figure', 'footer', 'form', 'header', 'li', 'main', 'nav', 'section', 'summary', 'tr']);
const PARAGRAPHS = new Set(['blockquote', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'hr', 'ol', 'p', 'pre', 'table', 'ul']);
const LONGEST_ALT = 300;
/** A mail nested deeper than that is made to hide something. */
const DEEPEST = 500;
const BOTTOMLESS = 2_000;
const LONGEST = 500_000;

/** The pictures that count readers have a width or a height of nothing. */
function isCounter({ width, height }: Readonly<Record<string, string>>): boolean {
	return [width, height].some((size) => size !== undefined && /^[01](?:px)?$/.test(size.trim()));
}

/** A page on its way to plain text: hears tags and text in order, and knows of each whether it shows. */
export class Page {
	readonly layout = new Layout();
	signature = false;
	#deeper = 0;
	readonly #frames: Frame[] = [outermost()];

	constructor(
		private readonly sheet: StyleSheet,
		private readonly report: Report,
		private readonly keepSignature: boolean,
	) {}

	/** Deeper than any mail program nests: what follows is not worth the time. */
	get isBottomless(): boolean {
		return this.#deeper > BOTTOMLESS;
	}

	get isLong(): boolean {
		return this.layout.length > LONGEST;
	}

	get #top(): Frame {
		const top = this.#frames.at(-1);
		if (top === undefined) throw new Error('The outermost frame is never closed');
		return top;
	}

	/** A signature that the mail program marked, unless all of it is wanted. */
	#signatureUnseen(attributes: Readonly<Record<string, string>>): string | undefined {
		if (this.keepSignature || !isSignature(attributes)) return undefined;
		this.signature = true;
		return '';
	}

	open(name: string, attributes: Readonly<Record<string, string>>): void {
		if (this.#frames.length > DEEPEST) {
			this.#deeper += 1;
			return;
		}
		const above = this.#top;
		const element = { name, attributes, style: this.sheet.of(name, attributes) };
		const unseen = above.unseen ?? whyUnseen(element) ?? this.#signatureUnseen(attributes);
		this.#frames.push(frameOf(element, above, unseen));
		if (unseen === undefined) this.#begin(name, attributes, above);
	}

	#begin(name: string, attributes: Readonly<Record<string, string>>, above: Frame): void {
		const { layout } = this;
		if (startsHistory(attributes)) {
			layout.paragraph();
			layout.begin(HISTORY_MARK);
			layout.newLine(true);
		}
		if (PARAGRAPHS.has(name)) layout.paragraph();
		else if (BLOCKS.has(name)) layout.newLine();
		switch (name) {
			case 'br':
				layout.newLine(true);
				break;
			case 'blockquote':
				layout.quotes += 1;
				break;
			case 'li':
				above.item += 1;
				layout.begin(above.numbered ? `${above.item}. ` : '- ');
				break;
			case 'td':
			case 'th':
				if (layout.inLine) layout.flow(' | ');
				break;
			case 'img':
				this.#image(attributes);
				break;
			default:
		}
	}

	#image(attributes: Readonly<Record<string, string>>): void {
		const alt = (attributes.alt ?? '').replace(/[[\]\s]+/g, ' ').trim().slice(0, LONGEST_ALT);
		if (alt !== '' && !isCounter(attributes)) this.text(`[Image: ${alt}]`);
	}

	text(text: string): void {
		const frame = this.#top;
		if (this.#deeper > 0) {
			if (text.trim() !== '') this.report('text in more elements than a page has', text);
			return;
		}
		if (text.trim() !== '' && frame.unseen === undefined && isPale(frame)) {
			frame.hidden += text;
			return;
		}
		if (frame.unseen !== undefined) {
			if (frame.unseen !== '') frame.hidden += text;
			return;
		}
		if (frame.doubt !== undefined && text.trim() !== '') this.report(`may be hidden (${frame.doubt.slice(0, 80)})`, text);
		if (frame.href !== '') for (const each of this.#frames) if (each.name === 'a') each.words += text;
		if (frame.kept) this.layout.keep(text);
		else this.layout.flow(text);
	}

	close(name: string): void {
		if (this.#deeper > 0) {
			this.#deeper -= 1;
			return;
		}
		const frame = this.#top;
		if (this.#frames.length === 1 || frame.name !== name) return;
		this.#frames.pop();
		const above = this.#top;
		if (frame.hidden !== '') this.#tell(frame, above);
		if (frame.unseen !== undefined) return;
		if (name === 'a' && frame.href !== '' && frame.words.trim() !== '') this.#address(frame);
		if (PARAGRAPHS.has(name)) this.layout.paragraph();
		else if (BLOCKS.has(name)) this.layout.newLine();
		if (name === 'blockquote') this.layout.quotes -= 1;
	}

	/** What is hidden in an element is told once, by the outermost that hides it. */
	#tell(frame: Frame, above: Frame): void {
		if (frame.unseen !== undefined && above.unseen === frame.unseen) {
			above.hidden += ` ${frame.hidden}`;
			return;
		}
		if (frame.hidden.trim() !== '') this.report(frame.unseen ?? 'text in the colour of its background', frame.hidden);
	}

	#address({ href, words }: Frame): void {
		const said = words.trim().replace(/\/$/, '');
		if (said === href.replace(/\/$/, '') || `mailto:${said}` === href || said === '') return;
		this.layout.flow(` <${href}>`);
	}

	finish(cut: boolean): PageText {
		for (let frame = this.#top; this.#frames.length > 1; frame = this.#top) this.close(frame.name);
		return { text: this.layout.finish(), signature: this.signature, cut };
	}
}
