import { BEGINNING, FILLER, isKnown, MOST_CHARACTERS, NAMED } from './front-matter';

/** Settings of a document that begin as front matter and are not read as such, most likely because its end is missing. */
export function unclosedFrontMatter(text: string): readonly string[] {
	if (!BEGINNING.test(text)) return [];
	const [, ...lines] = text.slice(0, MOST_CHARACTERS).split(/\r\n|\r|\n/);
	for (const [index, line] of lines.entries()) {
		const name = NAMED.exec(line.trimEnd())?.[1];
		if (name !== undefined && isKnown(name)) {
			return [`Line ${index + 2}: "${name}" and what stands with it are not read, for the front matter that begins on line 1 has no end, or holds more than "name: value" lines. Put a line "---" below its last setting.`];
		}
		if (name === undefined && !FILLER.test(line)) return [];
	}
	return [];
}
