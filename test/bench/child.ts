/** Runs a module of this folder in a fresh process and gives the one JSON line that it prints. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The children are plain JavaScript: what they measure shares its process with no compiler. */
export async function runChild(name: string, args: readonly string[], options: { readonly nodeArgs?: readonly string[]; readonly env?: NodeJS.ProcessEnv } = {}): Promise<unknown> {
	const { stdout } = await run(process.execPath, [...(options.nodeArgs ?? []), join(__dirname, 'children', name), ...args], {
		env: { ...process.env, NODE_OPTIONS: '', ...options.env },
		maxBuffer: 16 * 1024 * 1024,
	});
	return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
}

export function numberOf(value: unknown, name: string): number {
	const found: unknown = typeof value === 'object' && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined;
	if (typeof found === 'number') return found;
	throw new Error(`The child did not say "${name}": ${JSON.stringify(value)}`);
}

export function stringsOf(value: unknown, name: string): string[] {
	const found: unknown = typeof value === 'object' && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined;
	if (Array.isArray(found)) return found.map(String);
	throw new Error(`The child did not say "${name}": ${JSON.stringify(value)}`);
}
