import { MaestroError } from '../errors';

/** A folder as its server lists it. */
export interface MailFolder {
	readonly path: string;
	/** What the server, or its name, says that it is for: `\Junk`. */
	readonly specialUse?: string | undefined;
	readonly flags: ReadonlySet<string>;
}

const MOST_NAMED = 20;

/** Where a mail that nobody wants goes. Pure. `wanted` empty: the folder for junk, else the archive. */
export function putAwayIn(folders: readonly MailFolder[], wanted: string): string {
	const open = folders.filter(({ flags }) => !flags.has('\\Noselect') && !flags.has('\\NonExistent'));
	const named = open.find(({ path }) => path === wanted);
	if (named !== undefined) return named.path;
	const names = open.slice(0, MOST_NAMED).map(({ path }) => path).join(', ');
	if (wanted !== '') throw new MaestroError('mail_failed', `There is no folder "${wanted}" in the mailbox`, `Give another one under "Destination", or make it first. There are: ${names}.`);
	const found = open.find(({ specialUse }) => specialUse === '\\Junk') ?? open.find(({ specialUse }) => specialUse === '\\Archive');
	if (found !== undefined) return found.path;
	throw new MaestroError('mail_failed', 'The mailbox has no folder for junk and no archive', `Name a folder under "Destination". There are: ${names}.`);
}
