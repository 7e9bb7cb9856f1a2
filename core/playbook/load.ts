import { MaestroError } from '../errors';
import { parseDocument } from './document';
import type { FreshContext, Playbook, PlaybookDocument } from './playbook';

export const DEFAULT_MAX_LOOPS = 10;

export interface PlaybookFile {
	/** With or without folder and `.md`. */
	readonly name: string;
	readonly text: string;
}

/** What the caller decides; it goes before the documents' front matter. */
export interface LoadOptions {
	readonly loop?: boolean;
	readonly maxLoops?: number;
	readonly freshContext?: FreshContext;
	/** Which documents run, in this order; otherwise the numbered ones of a folder, or all where none is numbered. */
	readonly documents?: readonly { readonly name: string; readonly resetOnCompletion?: boolean }[];
}

/** Makes a playbook of its files. Throws `bad_playbook` where there is nothing to do. */
export function loadPlaybook(name: string, files: readonly PlaybookFile[], options: LoadOptions = {}): Playbook {
	const { chosen, leftOut } = choose(name, files, options);
	const documents = chosen.map(({ text, name: file, resetOnCompletion }) => withReset(parseDocument(file, text), resetOnCompletion));
	const warnings = [...leftOut.map((file) => `${file}: it has no number as the other documents have, so that it does not run.`), ...documents.flatMap(warningsOf)];
	const empty = documents.flatMap(({ name: document, emptyChecks }) => emptyChecks.map((line) => `${document}, line ${line}`));
	// A step that is to be checked must not be ticked unchecked because its command got lost.
	if (empty.length > 0) {
		throw new MaestroError(
			'bad_playbook',
			`The playbook "${name}" has a "verify:" without a command (${empty.slice(0, 3).join('; ')})`,
			'Write the command behind it, or take the line out. A text in the node must be in "Fixed" mode: in "Expression" mode n8n itself replaces {{VERIFY_COMMAND}} with nothing.',
			{ playbook: name },
		);
	}
	if (documents.every(({ steps }) => steps.length === 0)) {
		throw new MaestroError(
			'bad_playbook',
			`The playbook "${name}" has no steps${warnings.length === 0 ? '' : `. ${warnings.slice(0, 3).join(' ')}`}`,
			'Write at least one line such as "- [ ] Do this"; lines between two fences do not count.',
			{ playbook: name, documents: documents.length },
		);
	}
	const said = <T>(read: (document: PlaybookDocument) => T | undefined): T | undefined => documents.map(read).find((value) => value !== undefined);
	return {
		name,
		documents,
		loop: options.loop ?? said(({ frontMatter }) => frontMatter.loop) ?? false,
		maxLoops: options.maxLoops ?? said(({ frontMatter }) => frontMatter.maxLoops) ?? DEFAULT_MAX_LOOPS,
		freshContext: options.freshContext ?? said(({ frontMatter }) => frontMatter.freshContext) ?? 'step',
		warnings,
	};
}

interface Choice {
	readonly chosen: readonly (PlaybookFile & { readonly resetOnCompletion?: boolean })[];
	readonly leftOut: readonly string[];
}

function choose(playbook: string, files: readonly PlaybookFile[], { documents }: LoadOptions): Choice {
	const named = files.map(({ name, text }) => ({ name: bareName(name), text }));
	const twice = named.find(({ name }, index) => named.findIndex((other) => other.name === name) !== index);
	if (twice !== undefined) throw new MaestroError('bad_playbook', `The playbook "${playbook}" has two documents "${twice.name}"`, 'Give each document a name of its own.', { playbook, document: twice.name });
	if (documents !== undefined) return { chosen: documents.map((wanted) => ({ ...find(playbook, named, wanted.name), resetOnCompletion: wanted.resetOnCompletion })), leftOut: [] };
	if (named.length === 1) return { chosen: named, leftOut: [] };
	// A folder's README says how to use it; examples in it are not steps.
	const candidates = named.filter(({ name }) => name.toLowerCase() !== 'readme').sort((one, other) => compareNames(one.name, other.name));
	const numbered = candidates.filter(({ name }) => isNumbered(name));
	if (numbered.length === 0) return { chosen: candidates, leftOut: [] };
	return { chosen: numbered, leftOut: candidates.filter(({ name }) => !isNumbered(name)).map(({ name }) => name) };
}

function find(playbook: string, files: readonly PlaybookFile[], wanted: string): PlaybookFile {
	const name = bareName(wanted);
	const found = files.find((file) => file.name === name);
	if (found !== undefined) return found;
	throw new MaestroError('bad_playbook', `The playbook "${playbook}" has no document "${name}"`, `It has ${files.map((file) => file.name).join(', ') || 'none at all'}.`, { playbook, document: name });
}

const bareName = (name: string): string => name.replace(/^.*[/\\]/, '').replace(/\.md$/i, '');

const isNumbered = (name: string): boolean => /^\d/.test(name);

const collator = new Intl.Collator('en', { numeric: true });

/** `2_BUILD` before `10_SHIP`. Names that differ only in what a collation does not see keep one order too. */
function compareNames(one: string, other: string): number {
	return collator.compare(one, other) || (one < other ? -1 : 1);
}

function withReset(document: PlaybookDocument, resetOnCompletion: boolean | undefined): PlaybookDocument {
	return resetOnCompletion === undefined ? document : { ...document, frontMatter: { ...document.frontMatter, resetOnCompletion } };
}

function warningsOf({ name, warnings, markers }: PlaybookDocument): readonly string[] {
	const halts = markers.filter(({ kind }) => kind === 'halt').map(({ line }) => `Line ${line}: a halt marker stands here; the playbook stops before this document.`);
	return [...warnings, ...halts].map((warning) => `${name}: ${warning}`);
}
