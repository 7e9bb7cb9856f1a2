import { withoutEffects } from '../shared/markdown';
import type { StepRecord } from '../../core/task/playbooks';
import type { PlaybookState } from '../../core/task/records';

const LIMIT = 6_000;

function checkLine({ check, sha, step }: StepRecord): string {
	if (check === undefined) return '';
	const at = sha.slice(0, 12);
	const command = `\`${check.command.replaceAll('`', "'").replaceAll('\n', ' ').slice(0, 200)}\``;
	return check.expect === 'fail'
		? `- ${command} failed at ${at}, as it must before the fix ("${step.slice(0, 100)}")`
		: `- ${command} passed at ${at} ("${step.slice(0, 100)}")`;
}

/** What Maestro itself checked, for the pull request; empty where nothing was. */
export function proofOf(records: readonly StepRecord[]): string {
	const lines = records.map(checkLine).filter((line) => line !== '');
	return lines.length === 0 ? '' : withoutEffects(`Checked by Maestro, not by the agent's word:\n\n${lines.join('\n')}`, LIMIT);
}

/** Files that the later steps of the same pass must leave alone. */
export function proofFiles(records: readonly StepRecord[], loop: number): string[] {
	return records.filter((record) => record.loop === loop).flatMap(({ proofs }) => proofs ?? []);
}

const MOST_LEFTOVERS = 200;

/** What lay uncommitted in the worktree through no fault of the agent. */
export function leftoversOf(row: Pick<PlaybookState, 'leftovers'>): string[] {
	const parsed: unknown = row.leftovers === '' ? [] : JSON.parse(row.leftovers);
	return Array.isArray(parsed) ? parsed.filter((path): path is string => typeof path === 'string') : [];
}

/** As the table holds them, with what a check left behind; undefined: nothing is new. */
export function withLeftovers(row: Pick<PlaybookState, 'leftovers'>, leftByCheck: readonly string[]): string | undefined {
	const known = leftoversOf(row);
	const all = [...new Set([...known, ...leftByCheck])].slice(-MOST_LEFTOVERS);
	return all.length === known.length ? undefined : JSON.stringify(all);
}
