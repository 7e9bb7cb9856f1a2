import type { Report } from './text-characters';

const DELIMITERS = /^ {0,3}[\s>]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/;
const LONGEST_LINE = 20_000;

/** Where the cells of a row end; a `|` with a backslash before it is text. */
function cellEnds(row: string): number[] {
	const ends: number[] = [];
	const start = /^[\s>]*\|?/.exec(row)?.[0].length ?? 0;
	for (let at = start; at < row.length; at += 1) {
		if (row[at] === '\\') at += 1;
		else if (row[at] === '|') ends.push(at);
	}
	return row.slice((ends.at(-1) ?? start - 1) + 1).trim() === '' ? ends : [...ends, row.length];
}

/** Without the cells of a row beyond the columns of its table: GitHub leaves them out. */
export function withoutUnseenCells(text: string, report: Report): string {
	if (!/^[ \t>|:]*-/m.test(text)) return text;
	let columns = 0;
	const lines = text.split('\n');
	return lines
		.map((line, index) => {
			if (line.trim() === '') columns = 0;
			if (line.length > LONGEST_LINE) return line;
			if (DELIMITERS.test(line) && index > 0) {
				const count = line.split('|').filter((cell) => cell.includes('-')).length;
				if (cellEnds(lines[index - 1] ?? '').length === count) columns = count;
				return line;
			}
			const ends = columns === 0 ? [] : cellEnds(line);
			const last = ends[columns - 1];
			if (ends.length <= columns || last === undefined) return line;
			report('cells beyond the columns of a table', line.slice(last));
			return line.slice(0, last + 1);
		})
		.join('\n');
}
