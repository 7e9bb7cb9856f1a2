/** A failure of the set-up that its reader can do something about: printed without a stack. */
export class ToolError extends Error {}

export function say(line) {
	process.stderr.write(`maestro: ${line}\n`);
}
