const ONLY_A_PERSON = new RegExp(
	[
		String.raw`manually\b|by hand\b`,
		String.raw`visually\b|visual (?:check|inspection|review|verification)\b`,
		String.raw`(?:ask|wait for|check with|confirm with) (?:the |an? )?(?:user|human|team|owner|reviewer|stakeholder)`,
		String.raw`sign[- ]?off\b|(?:human|manual|owner|stakeholder) (?:approval|review|verification)\b`,
	]
		.map((words) => String.raw`\b(?:${words})`)
		.join('|'),
	'i',
);
const READ = 2_000;

/** Does the step read as one that an agent cannot do? It is a warning to the author, so a wrong yes costs a glance. */
export function needsPerson(text: string): boolean {
	return ONLY_A_PERSON.test(text.slice(0, READ));
}
