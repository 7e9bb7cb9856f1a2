/** Lines that somebody most likely meant as a setting of a step, and that are none: misspelt, or where none is read. */
import type { StepSettings } from './playbook';
import { readsAs, STEP_SETTINGS } from './step-settings';

export interface Misread {
	/** As it stands there. */
	readonly written: string;
	readonly meant: keyof StepSettings;
}

const NAMED = /^([A-Za-z][A-Za-z _-]{0,30}?)[ \t]*:(.*)$/;
const COMMENTED = /^<!--[ \t]*([A-Za-z][A-Za-z _-]{0,30}?)[ \t]*:([^]*?)(?:-->|$)/;
const LONGEST_LINE = 10_000;

/** Words that differ from a setting by one letter and begin ordinary sentences. */
const ORDINARY: ReadonlySet<string> = new Set(['mode', 'modes', 'models', 'changes', 'changed', 'changer', 'charge', 'chance', 'reports', 'expects']);
const FREE_TEXT: ReadonlySet<keyof StepSettings> = new Set(['model', 'verify']);
/** From this length on a name is told from others by two letters as well. */
const LONG_NAME = 8;

/** The setting that a line in the place of settings was meant as; `line` is without the blanks around it. */
export function misspelt(line: string): Misread | undefined {
	if (line.length > LONGEST_LINE) return undefined;
	const [, written = '', value = ''] = (line.startsWith('<!--') ? COMMENTED : NAMED).exec(line) ?? [];
	if (written === '') return undefined;
	const meant = nearest(written, value.trim());
	return meant === undefined ? undefined : { written, meant };
}

function nearest(written: string, value: string): keyof StepSettings | undefined {
	const word = written.toLowerCase().replaceAll(/[ _-]/g, '');
	const same = STEP_SETTINGS.find((name) => name.toLowerCase() === word);
	if (same !== undefined) return same;
	const near = STEP_SETTINGS.find((name) => isNear(word, name.toLowerCase()));
	if (near === undefined || !ORDINARY.has(word)) return near;
	return !FREE_TEXT.has(near) && readsAs(near, value) ? near : undefined;
}

function isNear(word: string, name: string): boolean {
	const most = name.length >= LONG_NAME ? 2 : 1;
	return Math.abs(word.length - name.length) <= most && distance(word, name) <= most;
}

/** How many letters are wrong, missing, too many, or changed places with their neighbour. */
function distance(one: string, other: string): number {
	let before: number[] = [];
	let last = Array.from({ length: other.length + 1 }, (_, index) => index);
	for (let row = 1; row <= one.length; row += 1) {
		const now = [row];
		for (let column = 1; column <= other.length; column += 1) {
			const isSame = one[row - 1] === other[column - 1];
			const isSwapped = row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
			const found = Math.min((last[column] ?? 0) + 1, (now[column - 1] ?? 0) + 1, (last[column - 1] ?? 0) + (isSame ? 0 : 1));
			now.push(isSwapped ? Math.min(found, (before[column - 2] ?? 0) + 1) : found);
		}
		[before, last] = [last, now];
	}
	return last.at(-1) ?? 0;
}

/** The letters that a setting begins with: asked for each line of a large text. */
const FIRST = new Set(STEP_SETTINGS.map((name) => name.charCodeAt(0)));

/** The setting that stands at `content` where none is read; by its exact name, for what stands there is prose as a rule. */
export function misplaced(text: string, content: number): keyof StepSettings | undefined {
	if (!FIRST.has(text.charCodeAt(content))) return undefined;
	return STEP_SETTINGS.find((name) => text.startsWith(name, content) && text.startsWith(': ', content + name.length));
}
