/** What the receiving server found out about a mail: `Authentication-Results`, RFC 8601. */
export interface AuthenticationResults {
	/** The name of the server that says so; empty where it gives none, as Microsoft 365. */
	readonly server: string;
	readonly results: readonly AuthenticationResult[];
}

export interface AuthenticationResult {
	readonly method: string;
	readonly result: string;
	/** For example `header.from`. In lower case. */
	readonly properties: ReadonlyMap<string, string>;
}

const LONGEST = 10_000;

/** Splits at `;` outside of quotes and comments, without the comments. Undefined: quotes or comments do not end. */
function splitResults(value: string): string[] | undefined {
	const parts: string[] = [];
	let part = '';
	let depth = 0;
	let quoted = false;
	for (let at = 0; at < value.length; at += 1) {
		const character = value.charAt(at);
		if (character === '\\' && (quoted || depth > 0)) at += 1;
		else if (character === '"' && depth === 0) quoted = !quoted;
		// What was quoted stays one word.
		else if (quoted) part += /[\s;=]/.test(character) ? '\u0001' : character;
		else if (character === '(') depth += 1;
		else if (character === ')') {
			depth -= 1;
			if (depth < 0) return undefined;
			part += ' ';
		} else if (depth === 0 && character === ';') {
			parts.push(part.trim());
			part = '';
		} else if (depth === 0) part += character;
	}
	return quoted || depth > 0 ? undefined : [...parts, part.trim()];
}

const METHOD = /^([a-z][\w-]*)(?:\/\d+)?=([a-z][\w-]*)(?=\s|$)/i;

function readResult(part: string): AuthenticationResult | undefined {
	const words = part.replace(/\s*=\s*/g, '=');
	const [head, method = '', result = ''] = METHOD.exec(words) ?? [];
	if (head === undefined) return undefined;
	const properties = new Map<string, string>();
	for (const word of words.slice(head.length).trim().split(/\s+/)) {
		const equals = word.indexOf('=');
		const name = word.slice(0, equals).toLowerCase();
		if (equals > 0 && !properties.has(name)) properties.set(name, word.slice(equals + 1).toLowerCase());
	}
	return { method: method.toLowerCase(), result: result.toLowerCase(), properties };
}

/** Undefined where it is not as the standard has it: then nothing in it is believed. */
export function readAuthenticationResults(header: string): AuthenticationResults | undefined {
	if (header.length > LONGEST) return undefined;
	const parts = splitResults(header);
	const [first = '', ...rest] = parts ?? [];
	if (parts === undefined) return undefined;
	const isNamed = !METHOD.test(first);
	const server = isNamed ? (/^([^\s=]+)(?:\s+\d+)?$/.exec(first)?.[1] ?? '') : '';
	if (isNamed && server === '') return undefined;
	const given = (isNamed ? rest : parts).filter((part) => part !== '' && part.toLowerCase() !== 'none');
	const results = given.map(readResult);
	if (results.some((result) => result === undefined)) return undefined;
	return { server: server.toLowerCase(), results: results.filter((result) => result !== undefined) };
}
