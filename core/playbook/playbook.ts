/** The contract of the playbook's part, which is pure. Positions are indices into the text as it was given, in UTF-16 units. */

export interface Range {
	readonly start: number;
	readonly end: number;
}

export const EXPECTATIONS = ['pass', 'fail'] as const;
export type Expectation = (typeof EXPECTATIONS)[number];

export const FRESH_CONTEXTS = ['step', 'document'] as const;
export type FreshContext = (typeof FRESH_CONTEXTS)[number];

/** What a step says of itself, in an indented `name: value` line or an HTML comment below it. Undefined: it says nothing. */
export interface StepSettings {
	/** A shell command, run in the worktree after the agent has ended. */
	readonly verify?: string;
	readonly expect?: Expectation;
	readonly model?: string;
	readonly maxTurns?: number;
	readonly maxBudgetUsd?: number;
	/** Globs; an empty list (`allowedPaths: none`): the repository must stay as it is. */
	readonly allowedPaths?: readonly string[];
	/** Does it promise a change of the repository? Where it does not say: when it has a `verify`, `expect` or `allowedPaths` of its own. With `allowedPaths: none` it never does. */
	readonly change?: boolean;
	/** `plan`: its report holds the tasks that a large piece of work is split into. */
	readonly report?: 'plan';
}

export interface Step {
	/** From 0, among the steps of its document. */
	readonly index: number;
	/** From 1. */
	readonly line: number;
	readonly isDone: boolean;
	/** What stands after the box. */
	readonly text: string;
	/** The lines that belong to it, up to the next checkbox line or heading. */
	readonly details: string;
	/** What stands between the brackets of the box. */
	readonly mark: Range;
	/** The checkbox line and its details. */
	readonly block: Range;
	readonly settings: StepSettings;
}

/** A line of its own outside fences: `<!-- maestro:halt: … -->`, or `<!-- MAESTRO:HITL reason="…" artifact="…" -->`. */
export type Marker =
	| { readonly kind: 'halt'; readonly line: number; readonly reason: string }
	| { readonly kind: 'gate'; readonly line: number; readonly reason: string; readonly artifact: string };

/** Our addition to the format; all of it optional. */
export interface FrontMatter {
	readonly name?: string;
	readonly description?: string;
	readonly freshContext?: FreshContext;
	readonly loop?: boolean;
	readonly maxLoops?: number;
	readonly resetOnCompletion?: boolean;
	readonly model?: string;
	readonly maxTurns?: number;
	readonly maxBudgetUsd?: number;
	/** For every step that has none of its own; it promises no change. */
	readonly verify?: string;
	readonly allowedPaths?: readonly string[];
}

export interface PlaybookDocument {
	/** The file's name without its folder and `.md`. */
	readonly name: string;
	readonly text: string;
	readonly frontMatter: FrontMatter;
	readonly steps: readonly Step[];
	readonly markers: readonly Marker[];
	/** For a person: an unclosed fence, an unknown, malformed or misplaced setting, a step that only a person can do. */
	readonly warnings: readonly string[];
	/** The lines of a `verify` that names no command. */
	readonly emptyChecks: readonly number[];
}

export interface Playbook {
	readonly name: string;
	/** In the order in which they run. */
	readonly documents: readonly PlaybookDocument[];
	readonly loop: boolean;
	/** 10 where neither the caller nor a document says. */
	readonly maxLoops: number;
	readonly freshContext: FreshContext;
	/** Those of all documents, each with the document's name, and those of the playbook itself. */
	readonly warnings: readonly string[];
}

/** Where a task stands in a playbook. Small and plain: it is kept as JSON. */
export interface Position {
	/** From 1. */
	readonly loop: number;
	/** Which document, from 0. */
	readonly document: number;
	/** For each document one character a step: `x` done, `-` not. */
	readonly done: readonly string[];
	/** How many steps this pass has ticked. */
	readonly ticksInPass: number;
	/** How many steps were ticked in all; it bounds what unticking can make endless. */
	readonly ticks: number;
	/** The gates that a person passed, as `<loop>.<document>.<line>`. */
	readonly gates: readonly string[];
}

export type Next =
	/** `number` and `of`: the progress in this pass, for a line such as "step 3 of 8". */
	| { readonly kind: 'step'; readonly document: number; readonly step: Step; readonly number: number; readonly of: number }
	| { readonly kind: 'gate'; readonly document: number; readonly key: string; readonly reason: string; readonly artifact: string }
	| { readonly kind: 'halt'; readonly document: number; readonly reason: string }
	/** More steps were ticked than a playbook of this size may take: steps are opened again without end. */
	| { readonly kind: 'limit'; readonly document: number; readonly ticks: number; readonly most: number }
	/** `loop_off`: the pass is over, and steps that were opened again stay open. */
	| { readonly kind: 'done'; readonly why: 'complete' | 'loop_off' | 'max_loops' | 'nothing_done' };
