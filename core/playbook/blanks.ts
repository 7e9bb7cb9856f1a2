const NO_BREAK_SPACE = 0x00a0;
const OTHER_BLANKS = new Set([0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff]);

/** The characters that `\s` means, a byte order mark among them. Asked for each character of a large text, so without a regular expression. */
export function isBlank(code: number): boolean {
	if (code <= 0x20) return code === 0x20 || (code >= 0x09 && code <= 0x0d);
	return code >= NO_BREAK_SPACE && (code === NO_BREAK_SPACE || (code >= 0x2000 && code <= 0x200a) || OTHER_BLANKS.has(code));
}

/** The first index from `start` that holds no blank, or `end`. */
export function skipBlanks(text: string, start: number, end: number): number {
	let at = start;
	while (at < end && isBlank(text.charCodeAt(at))) at += 1;
	return at;
}
