import { MaestroError } from '../errors';
import { parseDocument } from './document';
import { blockOf, excerptOf } from './excerpt';
import type { Expectation, Next, Playbook, PlaybookDocument, Position } from './playbook';
import { withDone } from './tick';
import { fillVariables, type Variables } from './variables';

export interface StepToRender {
	readonly playbook: Playbook;
	readonly position: Position;
	readonly next: Extract<Next, { readonly kind: 'step' }>;
	/** Where the working copies lie, and that of this document. */
	readonly folder: string;
	readonly documentPath: string;
	readonly variables: Variables;
	/** The session knows the document from an earlier step, so that only the step is said. */
	readonly isContinued: boolean;
	/** The command that Maestro runs afterwards, with its variables filled; empty: none. */
	readonly verify: string;
	readonly expect: Expectation;
	/** Undefined: no limit of the playbook. */
	readonly allowedPaths: readonly string[] | undefined;
}

/** What a step that begins with `/name arguments` calls. */
export interface StepCommand {
	readonly name: string;
	readonly args: string;
}

export interface RenderedStep {
	/** The playbook's words and ours. Text from outside is not among them. */
	readonly instructions: string;
	readonly command: StepCommand | undefined;
	/** For a person: variables that nobody knows, and text that was left out. */
	readonly warnings: readonly string[];
}

const COMMAND = /^\/([A-Za-z0-9][\w.:-]{0,99})(?:\s+([^]*))?$/;

/** The instructions for the run of one step. */
export function renderStep(asked: StepToRender): RenderedStep {
	const { playbook, position, next, variables, isContinued } = asked;
	const document = asItStands(playbook, position, next.document);
	const step = document.steps[next.step.index] ?? next.step;
	const block = blockOf(document.text, step);
	const excerpt = isContinued ? undefined : excerptOf(document, step);
	const sections = [introduction(asked, document.name, step.line), fenced('step', block.text), rulesOf(asked)];
	if (excerpt === undefined) sections.push('You know the document from the steps before; it lies in that file as it stands.');
	else sections.push(`The document${excerpt.isWhole ? '' : ', shortened; the whole of it lies in that file'}:`, fenced('document', excerpt.text));
	const filled = fillVariables(sections.join('\n\n'), variables);
	const [, name, args = ''] = COMMAND.exec(step.text) ?? [];
	return {
		instructions: filled.text,
		command: name === undefined ? undefined : { name, args: fillVariables(args, variables).text.trim() },
		warnings: [
			...filled.unknown.map((variable) => `${document.name}: nothing is known by the name ${variable}; it stays as it is.`),
			...(block.isWhole && excerpt?.isWhole !== false ? [] : [`${document.name}: too long for a prompt; the agent was given the step on line ${step.line} with what stands around it.`]),
		],
	};
}

/** Read again, since a tick may have moved what stands after it. */
function asItStands({ name, documents }: Playbook, { done }: Position, index: number): PlaybookDocument {
	const document = documents[index];
	if (document === undefined) throw new MaestroError('bad_playbook', `The playbook "${name}" has no document ${index + 1}`, 'Start the playbook from its beginning.', { playbook: name, document: index });
	return parseDocument(document.name, withDone(document, done[index] ?? ''));
}

function introduction({ playbook, position, next }: StepToRender, document: string, line: number): string {
	const pass = playbook.loop ? `, pass ${position.loop} of at most ${playbook.maxLoops}` : '';
	return `You work on one step of the playbook "${playbook.name}": step ${next.number} of ${next.of}, in the document "${document}"${pass}. It stands on line ${line} of the document:`;
}

function rulesOf({ folder, documentPath, verify, expect, allowedPaths }: StepToRender): string {
	const rules = [
		'Do this step, and no other: each of the others has a run of its own.',
		'Maestro checks the work and ticks the box. Do not tick boxes: a box that you tick is unticked again. Where the playbook asks to untick boxes or to reset a document, do so in the files of its folder.',
		'Where the playbook says under which condition to do this step and the condition is not met, or that the step is to be left unchecked, leave everything as it is and report `done` with the reason.',
		`The playbook's folder is ${folder}, and this document is ${documentPath}. You may write further files there; they are not part of the repository.`,
		'Commit what you change in the repository, with a message that says why. Do not push.',
		...pathRule(allowedPaths),
		...(verify === '' ? [] : [`Afterwards Maestro runs this command in the worktree; it has to ${expect}:\n\n${indented(verify)}`]),
	];
	return `How a playbook is worked through:\n\n${rules.map((rule) => `- ${rule}`).join('\n')}`;
}

function pathRule(allowedPaths: readonly string[] | undefined): readonly string[] {
	if (allowedPaths === undefined) return [];
	return [allowedPaths.length === 0 ? 'This step changes nothing in the repository.' : `Change only files in the repository that match: ${allowedPaths.join(', ')}.`];
}

const indented = (text: string): string => text.replace(/^/gm, '      ');
const fenced = (name: string, text: string): string => `<${name}>\n${text}\n</${name}>`;
