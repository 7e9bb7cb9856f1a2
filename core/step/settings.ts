/** What holds for one step: its own words, else its document's, else the caller's. Pure. */
import { fillVariables } from '../playbook';
import type { Expectation, PlaybookDocument, Step } from '../playbook/playbook';

export interface Limits {
	/** Empty string or 0: none. */
	readonly model: string;
	readonly maxTurns: number;
	readonly maxBudgetUsd: number;
}

export interface EffectiveSettings extends Limits {
	/** Empty: no command checks this step. */
	readonly verify: string;
	/** The step is to be checked by a command, and nobody has named one. */
	readonly lacksCommand: boolean;
	readonly expect: Expectation;
	/** Undefined: everything that the project allows. */
	readonly allowedPaths: readonly string[] | undefined;
	readonly promisesChange: boolean;
	readonly wantsPlan: boolean;
}

/** A playbook may ask for less than its caller allows, never for more; 0 is no limit. */
function lower(own: number | undefined, most: number): number {
	if (own === undefined || own === 0) return most;
	return most === 0 ? own : Math.min(own, most);
}

export function effectiveSettings(document: PlaybookDocument, step: Step, caller: Limits, verifyCommand: string): EffectiveSettings {
	const { frontMatter } = document;
	const own = step.settings;
	const written = own.verify ?? frontMatter.verify;
	const verify = fillVariables(written ?? '', { VERIFY_COMMAND: verifyCommand }).text.trim();
	const allowedPaths = own.allowedPaths ?? frontMatter.allowedPaths;
	const saysSo = own.verify !== undefined || own.expect !== undefined || own.allowedPaths !== undefined;
	return {
		verify,
		lacksCommand: verify === '' && (written !== undefined || own.expect !== undefined),
		expect: own.expect ?? 'pass',
		model: own.model ?? frontMatter.model ?? caller.model,
		maxTurns: lower(own.maxTurns ?? frontMatter.maxTurns, caller.maxTurns),
		maxBudgetUsd: lower(own.maxBudgetUsd ?? frontMatter.maxBudgetUsd, caller.maxBudgetUsd),
		allowedPaths,
		// No agent can keep a promise to change what it may not touch: it would be sent back until the playbook stalls.
		promisesChange: allowedPaths?.length !== 0 && (own.change ?? saysSo),
		wantsPlan: own.report === 'plan',
	};
}

/** `step:3` is the third step that is done in the task's playbook; a further try has its number behind it, another playbook its name. */
export function stepPurpose(tick: number, tries: number, otherPlaybook: string): string {
	const again = tries > 0 ? `/${tries + 1}` : '';
	return `step:${tick}${again}${otherPlaybook === '' ? '' : `@${otherPlaybook}`}`;
}
