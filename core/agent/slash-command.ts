/** What the CLI reads on stdin: the prompt, and the command where a playbook asks for one. Pure. */
import { Buffer } from 'node:buffer';
import type { AgentRequest, SlashCommand } from './agent';
import { withoutCommand } from './fence';

/** Segments of letters, digits, `_`, `-` and single dots, joined by `:`; so that no name leads out of a folder or on to another line. */
const NAME = /^[a-z\d_][\w-]*(\.[\w-]+)*(:[a-z\d_][\w-]*(\.[\w-]+)*)*$/i;
const NAME_LIMIT = 100;

export const isCommandName = (name: string): boolean => name.length <= NAME_LIMIT && NAME.test(name);

const line = (name: string, args: string): string => `/${name} ${args}`.trim();

/** A text that was cut may end in half a character, and JSON would carry that to the service, which refuses it. */
const wellFormed = (text: string): string => Buffer.from(text, 'utf8').toString('utf8');

/** Ends a run's message: Maestro's own words, for what stands last is read by the CLI before the model sees it. */
const LAST_WORDS = 'Begin.';

/**
 * `found`: what the CLI calls the command, or empty where nobody has it: then its line is text like any other.
 *
 * The CLI looks for a command, and for `@path` of a file to read in, only in a message's last block. So the prompt, with the words from outside
 * that it holds, goes in a block before: in one text, an issue could have any file of the host read in, whatever the agent's tools are, and all
 * that follows a command's name would become its arguments.
 */
export function runInput({ prompt, command }: Pick<AgentRequest, 'prompt' | 'command'>, found: string): string {
	const isText = command === undefined || found === '';
	const text = withoutCommand(command === undefined || !isText ? prompt : `${prompt}\n\n${written(command)}`);
	const last = isText ? LAST_WORDS : line(found, command.args.trim());
	const content = [text, last].filter((part) => part.trim() !== '').map((part) => ({ type: 'text', text: wellFormed(part) }));
	return `${JSON.stringify({ type: 'user', message: { role: 'user', content } })}\n`;
}

/** The command as the playbook has it. */
export const written = ({ name, args }: SlashCommand): string => line(name, args.trim());
