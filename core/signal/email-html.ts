import { Parser } from 'htmlparser2';
import { StyleSheet } from './email-css';
import { Page, type PageText } from './email-page';
import type { Report } from './text-characters';

/** Comments by which mail programs talk to each other. */
const ORDINARY_COMMENT = /^\s*(?:\[if|<!|\[endif|StartFragment|EndFragment|$)/i;
const MOST_CLASSES = 30;

const PIECE = 16_384;
const DEEPEST_SHEET = 2_500;

/** Piece by piece: the parser takes the longer for a tag the more are open, so that it must not get to the end of a bottomless page. */
function feed(parser: Parser, html: string, isEnough: () => boolean): boolean {
	for (let at = 0; at < html.length; at += PIECE) {
		if (isEnough()) return false;
		parser.write(html.slice(at, at + PIECE));
	}
	parser.end();
	return true;
}

function readSheets(html: string): StyleSheet {
	const sheet = new StyleSheet();
	if (!/<style/i.test(html)) return sheet;
	let css: string | undefined;
	let depth = 0;
	const parser = new Parser({
		onopentagname: (name) => {
			depth += 1;
			if (name === 'style') css = '';
		},
		ontext: (text) => {
			if (css !== undefined) css += text;
		},
		onclosetag: (name) => {
			depth -= 1;
			if (name !== 'style' || css === undefined) return;
			sheet.add(css);
			css = undefined;
		},
	});
	feed(parser, html, () => depth > DEEPEST_SHEET);
	return sheet;
}

/** The text of a page as a mail program shows it. Takes no longer than the page is long: no tree is made of it. */
export function textOfPage(html: string, report: Report, options: { readonly keepSignature?: boolean } = {}): PageText {
	const sheet = readSheets(html);
	for (const rule of sheet.unread) report('may hide something', rule);
	const page = new Page(sheet, report, options.keepSignature ?? false);
	const parser = new Parser(
		{
			onopentag: (name, attributes) => page.open(name, { ...attributes, class: (attributes.class ?? '').split(/\s+/, MOST_CLASSES).join(' ') }),
			ontext: (text) => page.text(text),
			onclosetag: (name) => page.close(name),
			oncomment: (comment) => {
				if (!ORDINARY_COMMENT.test(comment)) report('HTML comment', comment);
			},
		},
		{ decodeEntities: true },
	);
	const isWhole = feed(parser, html, () => page.isBottomless || page.isLong);
	if (page.isBottomless) report('all after elements within elements without end');
	return page.finish(!isWhole && !page.isBottomless);
}
