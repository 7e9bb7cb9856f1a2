/** What GitHub takes; a longer text is refused whole. */
const TITLE_LIMIT = 256;
const BODY_LIMIT = 65_536;

/** A fence that is longer stays open; the mark is found in it all the same. */
const LONGEST_CLOSING = 100;
const CUT = 'The rest is left out: GitHub takes no more in one text.';
const ZERO_WIDTH = '\u200b';

/** The hidden line by which something is found again; it is the last one of every text that Maestro writes on an issue. */
export function hiddenMarker(marker: string): string {
	return `<!-- maestro:${marker} -->`;
}

/** Only the last line counts, which Maestro adds itself: what stands above may be anybody's words. GitHub may give back other ends of lines. */
export function carriesMarker(body: string | null | undefined, marker: string): boolean {
	const lines = (body ?? '').trimEnd().split(/\r\n|\r|\n/);
	return lines.at(-1)?.trim() === hiddenMarker(marker);
}

/** A mark in words from outside is broken up, so that nothing ever takes it for one of Maestro's. */
function withoutMarkers(text: string): string {
	return text.replace(/<(?=!--\s*maestro)/gi, `<${ZERO_WIDTH}`);
}

/** Never half of a character; counted so that it is short enough however GitHub counts. */
function cutAt(text: string, length: number): string {
	const last = text.charCodeAt(length - 1);
	return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}

/** What closes the code block that a text ends in; empty: it ends in none. */
function closing(text: string): string {
	let open = '';
	for (const line of text.split(/\r\n|\r|\n/)) {
		const [, fence = '', rest = ''] = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line) ?? [];
		if (fence === '') continue;
		if (open === '') open = fence.startsWith('`') && rest.includes('`') ? '' : fence;
		else if (fence.startsWith(open) && rest.trim() === '') open = '';
	}
	return open === '' ? '' : `\n${open}`;
}

/** One line, as long as GitHub takes it. */
export function issueTitle(title: string): string {
	const line = title.replace(/\s+/g, ' ').trim();
	return line.length <= TITLE_LIMIT ? line : `${cutAt(line, TITLE_LIMIT - 1)}…`;
}

/** The text with Maestro's mark in its last line, as long as GitHub takes it. */
export function markedText(text: string, marker: string): string {
	const end = `\n\n${hiddenMarker(marker)}`;
	const whole = withoutMarkers(text);
	if (whole.length + end.length <= BODY_LIMIT) return whole + end;
	const note = `\n\n… ${CUT}`;
	const kept = cutAt(whole, BODY_LIMIT - LONGEST_CLOSING - note.length - end.length);
	const close = closing(kept);
	return `${kept}${close.length > LONGEST_CLOSING ? '' : close}${note}${end}`;
}
