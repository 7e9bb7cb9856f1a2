import { visibleLine } from './text';

/** Half a character, which some that take the text would refuse. */
const HALVES = /[\uD800-\uDFFF]/gu;

/** A text from outside on one line of at most so many characters, as a person would see it. */
export function shownLine(text: string, limit: number): string {
	// Cut twice: a huge text is not searched, and what is hidden does not count.
	return visibleLine(text.slice(0, limit * 4)).slice(0, limit).replace(HALVES, '');
}
