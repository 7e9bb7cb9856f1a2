/** What the CLI reads on stdin: the prompt alone, or the prompt and the command that a playbook asks for. Pure. */
import type { AgentRequest, SlashCommand } from './agent';
import { withoutCommand } from './fence';

export interface RunInput {
	readonly format: 'text' | 'stream-json';
	readonly stdin: string;
}

/** Segments of letters, digits, `_`, `-` and single dots, joined by `:`; so that no name leads out of a folder or on to another line. */
const NAME = /^[a-z\d_][\w-]*(\.[\w-]+)*(:[a-z\d_][\w-]*(\.[\w-]+)*)*$/i;
const NAME_LIMIT = 100;

export const isCommandName = (name: string): boolean => name.length <= NAME_LIMIT && NAME.test(name);

const line = (name: string, args: string): string => `/${name} ${args}`.trim();

/**
 * `found`: what the CLI calls the command, or empty where nobody has it: then its line is text like any other.
 *
 * The CLI takes the last block of a message for the command and hands the blocks before it on as they are. In one text, all that
 * follows the name would become the command's arguments, the words from outside with it.
 */
export function runInput({ prompt, command }: Pick<AgentRequest, 'prompt' | 'command'>, found: string): RunInput {
	if (command === undefined) return { format: 'text', stdin: withoutCommand(prompt) };
	if (found === '') return { format: 'text', stdin: withoutCommand(`${prompt}\n\n${written(command)}`) };
	const content = [withoutCommand(prompt), line(found, command.args.trim())].filter((text) => text !== '').map((text) => ({ type: 'text', text }));
	return { format: 'stream-json', stdin: `${JSON.stringify({ type: 'user', message: { role: 'user', content } })}\n` };
}

/** The command as the playbook has it. */
export const written = ({ name, args }: SlashCommand): string => line(name, args.trim());
