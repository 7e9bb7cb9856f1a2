const ONLY_A_PERSON = [
	/\bmanually\b|\bby hand\b/i,
	/\bvisually\b|\bvisual (?:check|inspection|review|verification)\b/i,
	/\b(?:ask|wait for|check with|confirm with)\s+(?:the |a )?(?:user|human|team|owner|reviewer|stakeholders?)\b/i,
	/\bsign[- ]?off\b|\b(?:human|manual|owner|stakeholder) (?:approval|review|verification)\b/i,
];
const READ = 2_000;

/** Does the step read as one that an agent cannot do? It is a warning to the author, so a wrong yes costs a glance. */
export function needsPerson(text: string): boolean {
	const start = text.slice(0, READ);
	return ONLY_A_PERSON.some((pattern) => pattern.test(start));
}
