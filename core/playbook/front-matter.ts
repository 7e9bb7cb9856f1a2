import { readCheckbox } from './checkbox';
import { eachLine } from './lines';
import { FRESH_CONTEXTS, type FrontMatter } from './playbook';
import { readAmount, readBoolean, readCount, readList, readText, readWord, unquote } from './values';

export const MOST_LOOPS = 1_000;
const MOST_TURNS = 10_000;
export const MOST_CHARACTERS = 20_000;

export interface ReadFrontMatter {
	readonly frontMatter: FrontMatter;
	readonly warnings: readonly string[];
	/** The lines of a `verify` that names no command. */
	readonly emptyChecks: readonly number[];
	/** Where the document goes on. */
	readonly index: number;
	readonly number: number;
}

const READERS: Readonly<Record<keyof FrontMatter, (value: string) => FrontMatter | undefined>> = {
	name: (value) => filled(readText(value), (name) => ({ name })),
	description: (value) => filled(readText(value), (description) => ({ description })),
	freshContext: (value) => filled(readWord(value, FRESH_CONTEXTS), (freshContext) => ({ freshContext })),
	loop: (value) => filled(readBoolean(value), (loop) => ({ loop })),
	maxLoops: (value) => filled(readCount(value, MOST_LOOPS), (maxLoops) => ({ maxLoops })),
	resetOnCompletion: (value) => filled(readBoolean(value), (resetOnCompletion) => ({ resetOnCompletion })),
	model: (value) => filled(readText(value), (model) => ({ model })),
	maxTurns: (value) => filled(readCount(value, MOST_TURNS), (maxTurns) => ({ maxTurns })),
	maxBudgetUsd: (value) => filled(readAmount(value), (maxBudgetUsd) => ({ maxBudgetUsd })),
	verify: (value) => filled(readText(value), (verify) => ({ verify })),
	allowedPaths: (value) => filled(readList(value), (allowedPaths) => ({ allowedPaths })),
};

function filled<T>(value: T | undefined, into: (value: T) => FrontMatter): FrontMatter | undefined {
	return value === undefined ? undefined : into(value);
}

export const isKnown = (name: string): name is keyof FrontMatter => Object.hasOwn(READERS, name);

interface Entry {
	readonly name: string;
	readonly line: number;
	readonly value: string;
	readonly items: string[];
}

/** Lines that stand between `name:` lines without being one: blank ones, remarks, items, and what is nested below a name. */
export const FILLER = /^(?:\s*|#.*|\s*-\s+\S.*|\s+\S.*)$/;
const ITEM = /^\s*-\s+(\S.*)$/;
export const NAMED = /^([A-Za-z][\w-]*):(?:\s+(.*))?$/;

/**
 * The front matter at a document's beginning: flat `name: value` lines between two lines `---`. What only looks like it, such as a rule with
 * steps below, is text: nothing of a playbook that knows no front matter may be lost.
 */
export function readFrontMatter(text: string): ReadFrontMatter | undefined {
	const block = blockOf(text);
	if (block === undefined) return undefined;
	const entries = entriesOf(block);
	if (entries === undefined) return undefined;
	const warnings: string[] = [];
	const emptyChecks: number[] = [];
	let frontMatter: FrontMatter = {};
	for (const { name, line, value, items } of entries) {
		const found = isKnown(name) ? READERS[name](items.length > 0 && value === '' ? items.join(',') : unquote(value)) : undefined;
		if (!isKnown(name)) warnings.push(`Line ${line}: "${name}" is not a setting of a playbook; it is left aside.`);
		else if (found === undefined) {
			if (name === 'verify') emptyChecks.push(line);
			warnings.push(`Line ${line}: the value of "${name}" is not understood; it is left aside.`);
		}
		else frontMatter = { ...frontMatter, ...found };
	}
	return { frontMatter, warnings, emptyChecks, index: block.index, number: block.number };
}

interface Block {
	/** By number; those in a fence are missing. */
	readonly lines: readonly string[];
	readonly index: number;
	readonly number: number;
}

export const BEGINNING = /^\uFEFF?---[ \t]*[\r\n]/;

function blockOf(text: string): Block | undefined {
	if (!BEGINNING.test(text)) return undefined;
	const head = text.slice(0, MOST_CHARACTERS);
	const lines: string[] = [];
	const ends: Omit<Block, 'lines'>[] = [];
	const texts: number[] = [];
	eachLine(head, (line) => {
		if (ends.length > 0 || line.number === 1) return;
		const content = head.slice(line.start, line.end).trimEnd();
		if (content === '---') ends.push({ index: line.next, number: line.number + 1 });
		else if (readCheckbox(head, line) !== undefined || content.includes('<!--')) texts.push(line.number);
		else lines[line.number] = content;
	});
	const [end] = ends;
	return end === undefined || texts.length > 0 ? undefined : { lines, ...end };
}

/** Undefined when a line fits nowhere, as one in a fence, or when nothing is named. */
function entriesOf({ lines, number: after }: Block): readonly Entry[] | undefined {
	const entries: Entry[] = [];
	for (let number = 2; number < after - 1; number += 1) {
		const content = lines[number];
		if (content === undefined) return undefined;
		const [, name, value = ''] = NAMED.exec(content) ?? [];
		const item = ITEM.exec(content)?.[1];
		if (name !== undefined) entries.push({ name, line: number, value: value.trim(), items: [] });
		else if (!FILLER.test(content)) return undefined;
		else if (item !== undefined) entries.at(-1)?.items.push(unquote(item.trim()));
	}
	return entries.length === 0 ? undefined : entries;
}
