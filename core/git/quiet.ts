import { createRequire } from 'node:module';

interface Debug {
	enable(namespaces: string): void;
	/** Gives what was enabled until now. */
	disable(): string;
}

function isDebug(value: unknown): value is Debug {
	return typeof value === 'function' && 'enable' in value && typeof value.enable === 'function' && 'disable' in value && typeof value.disable === 'function';
}

let isQuiet = false;

/**
 * Takes simple-git out of what DEBUG has switched on: it would write the whole environment of each git call, and so the token, to
 * n8n's log. What else is switched on stays so.
 */
export function keepSimpleGitQuiet(): void {
	if (isQuiet) return;
	isQuiet = true;
	const ours = createRequire(__filename);
	const debug: unknown = createRequire(ours.resolve('simple-git'))('debug');
	if (!isDebug(debug)) return;
	const enabled = debug.disable();
	if (enabled !== '') debug.enable(`${enabled},-simple-git,-simple-git:*`);
}
