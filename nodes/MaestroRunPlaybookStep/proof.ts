import { withoutEffects } from '../shared/markdown';
import type { StepRecord } from '../../core/task/playbooks';

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
