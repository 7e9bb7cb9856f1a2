/** A message for people, before it is known whether it becomes a mail or goes to Slack. */

/** A piece of a line: Maestro's own words; text from outside; or a link that Maestro put together, with a label from outside. */
export type Part = string | { readonly outside: string } | { readonly url: string; readonly label: string };
export type Line = readonly Part[];

export interface Section {
	readonly heading: string;
	readonly lines: readonly Line[];
}

export interface Page {
	/** Maestro's own words only: it becomes the subject of a mail. */
	readonly title: string;
	readonly sections: readonly Section[];
}

/** The first ones, and how many there are beyond them. `total` where more are known of than were read. */
export function firstOf<T>(entries: readonly T[], most: number, lineOf: (entry: T) => Line, total = entries.length): Line[] {
	const shown = entries.slice(0, most).map(lineOf);
	return total > shown.length ? [...shown, [`and ${total - shown.length} more`]] : shown;
}

const REPOSITORY = /^[\w.-]+\/[\w.-]+$/;

/** A link to an issue or a pull request, or the bare label where none can be made: no part of an address comes from outside unlooked at. */
export function githubLink(webUrl: string, repository: string, kind: 'issues' | 'pull', number: number, label: string): Part {
	const base = URL.canParse(webUrl) ? new URL(webUrl) : undefined;
	const known = base !== undefined && /^https?:$/.test(base.protocol) && REPOSITORY.test(repository) && !repository.includes('..') && Number.isSafeInteger(number) && number > 0;
	return known ? { url: `${base.href.replace(/\/+$/, '')}/${repository}/${kind}/${number}`, label } : { outside: label };
}
