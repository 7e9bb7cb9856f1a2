import { defuse } from './defuse';
import type { Line, Page, Part } from './page';

const LONGEST_PART = 300;
/** Slack takes 40,000 characters in one message and cuts off what is beyond. */
const LONGEST_SLACK = 38_000;

function joined(line: Line, render: (part: Part) => string): string {
	return line.map(render).join('');
}

const outside = (text: string): string => defuse(text, LONGEST_PART);

function escaped(text: string): string {
	return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;');
}

function textPart(part: Part): string {
	if (typeof part === 'string') return part;
	return 'url' in part ? `${outside(part.label)} (${part.url})` : outside(part.outside);
}

/** For a mail's plain text. `footer` is its last line. */
export function renderText({ title, sections }: Page, footer: string): string {
	const blocks = sections.map(({ heading, lines }) => [heading, ...lines.map((line) => `- ${joined(line, textPart)}`)].join('\n'));
	return [title, ...blocks, footer].join('\n\n');
}

function htmlPart(part: Part): string {
	if (typeof part === 'string') return escaped(part);
	return 'url' in part ? `<a href="${escaped(part.url)}">${escaped(outside(part.label))}</a>` : escaped(outside(part.outside));
}

/** For a mail's HTML: elements without scripts, styles from elsewhere, or pictures. */
export function renderHtml({ title, sections }: Page, footer: string): string {
	const blocks = sections.map(({ heading, lines }) => [`<h3>${escaped(heading)}</h3>`, ...(lines.length === 0 ? [] : ['<ul>', ...lines.map((line) => `<li>${joined(line, htmlPart)}</li>`), '</ul>'])].join('\n'));
	return `<div style="font-family: sans-serif">\n<h2>${escaped(title)}</h2>\n${blocks.join('\n')}\n<p>${escaped(footer)}</p>\n</div>`;
}

/** These three are all that Slack reads as its own markup; everything else in it begins with one of them. */
function slackEscaped(text: string): string {
	return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Slack has no escape for its marks of bold, italic, struck and code: others that look alike stand in for them. */
function slackOutside(text: string): string {
	return slackEscaped(outside(text)).replaceAll('*', '∗').replaceAll('~', '∼').replaceAll('`', 'ˋ').replace(/(?<!\w)_|_(?!\w)/g, '＿');
}

function slackPart(part: Part): string {
	if (typeof part === 'string') return slackEscaped(part);
	return 'url' in part ? `<${slackEscaped(part.url).replaceAll('|', '%7C')}|${slackOutside(part.label)}>` : slackOutside(part.outside);
}

/** For a message in Slack, in its own markup. */
export function renderSlack({ title, sections }: Page): string {
	const blocks = sections.map(({ heading, lines }) => [`*${slackEscaped(heading)}*`, ...lines.map((line) => `• ${joined(line, slackPart)}`)].join('\n'));
	const message = [`*${slackEscaped(title)}*`, ...blocks].join('\n\n');
	if (message.length <= LONGEST_SLACK) return message;
	// At the end of a line, so that no link is cut in two.
	return `${message.slice(0, message.lastIndexOf('\n', LONGEST_SLACK))}\n…`;
}
