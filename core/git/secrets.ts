/** A line of text that would be published, and where it stands. */
export interface Rule {
	readonly name: string;
	readonly pattern: RegExp;
}

/** Only what can hardly be anything else: a false alarm stops a pull request. */
const RULES: readonly Rule[] = [
	{ name: 'GitHub token', pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{60,})/ },
	{ name: 'Anthropic key', pattern: /\bsk-ant-[a-z]+\d*-[A-Za-z0-9_-]{20,}/ },
	{ name: 'OpenAI key', pattern: /\bsk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{40,}|\bsk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}/ },
	{ name: 'AWS access key', pattern: /\b(?:AKIA|ASIA)[A-Z2-7]{16}\b/ },
	{ name: 'private key', pattern: /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----/ },
	{ name: 'Slack token', pattern: /\bxox[abeoprs]-(?:\d+-)+[A-Za-z0-9-]{16,}/ },
	{ name: 'Slack webhook', pattern: /hooks\.slack\.com\/services\/T[A-Z0-9]{6,}\/B[A-Z0-9]{6,}\/[A-Za-z0-9]{20,}/ },
	{ name: 'Google API key', pattern: /\bAIza[A-Za-z0-9_-]{35}\b/ },
	{ name: 'Stripe key', pattern: /\b[rs]k_live_[A-Za-z0-9]{20,}/ },
	{ name: 'npm token', pattern: /\bnpm_[A-Za-z0-9]{36}\b/ },
	{ name: 'GitLab token', pattern: /\bglpat-[A-Za-z0-9_-]{20,}/ },
	{ name: 'n8n API key', pattern: /\bn8n_api_[A-Za-z0-9]{40,}/ },
	{ name: 'JSON web token', pattern: /\beyJ[A-Za-z0-9_-]{15,}\.eyJ[A-Za-z0-9_-]{15,}\.[A-Za-z0-9_-]{20,}/ },
];

/** Shorter ones would be found in ordinary text. */
const SHORTEST_KNOWN = 8;

/** What documentation shows in place of a key; GitHub and AWS publish these. */
const EXAMPLE = /EXAMPLE|(.)\1{9,}|x{8,}|X{8,}/;

export type FindSecret = (text: string) => string | undefined;

/** Makes a function that names the first secret in a text, or gives undefined. */
export function secretFinder(knownSecrets: readonly string[]): FindSecret {
	const known = knownSecrets.filter((secret) => secret.length >= SHORTEST_KNOWN);
	return (text) => {
		if (known.some((secret) => text.includes(secret))) return "one of Maestro's own secrets";
		return RULES.find(({ pattern }) => {
			const hit = pattern.exec(text)?.[0];
			return hit !== undefined && !EXAMPLE.test(hit);
		})?.name;
	};
}
