/** Whose command a playbook means: the plugin of the run that has one of this name. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from '../schema';
import type { SlashCommand } from './agent';
import { isCommandName, written } from './slash-command';

export interface FoundCommand {
	/** As the CLI calls it, such as `maestro:implement-feature`; empty: there is none. */
	readonly name: string;
	readonly warnings: readonly string[];
}

const manifest = z.object({ name: z.string() });

/** A plugin that cannot be read has no commands; the CLI says so itself. */
async function pluginName(dir: string): Promise<string> {
	try {
		return manifest.parse(JSON.parse(await readFile(join(dir, '.claude-plugin', 'plugin.json'), 'utf8'))).name;
	} catch {
		return '';
	}
}

async function isFile(...path: string[]): Promise<boolean> {
	const found = await stat(join(...path)).catch(() => undefined);
	return found?.isFile() === true;
}

async function has(dir: string, name: string): Promise<boolean> {
	if (await isFile(dir, 'commands', `${join(...name.split(':'))}.md`)) return true;
	// Commands lie in folders too; a skill is one.
	return !name.includes(':') && (await isFile(dir, 'skills', name, 'SKILL.md'));
}

/** `plugins`: their folders, the one that wins first. A name may also say whose it is, as in `maestro:implement-feature`. */
export async function findCommand(command: SlashCommand, plugins: readonly string[]): Promise<FoundCommand> {
	const { name } = command;
	for (const dir of isCommandName(name) ? plugins : []) {
		const plugin = await pluginName(dir);
		if (plugin === '') continue;
		if (await has(dir, name)) return { name: `${plugin}:${name}`, warnings: [] };
		const own = name.startsWith(`${plugin}:`) ? name.slice(plugin.length + 1) : '';
		if (own !== '' && (await has(dir, own))) return { name, warnings: [] };
	}
	const asked = written(command).split('\n')[0]?.slice(0, 120) ?? '';
	return { name: '', warnings: [`No command for "${asked}" in the repository's .claude/commands or .claude/skills, nor in Maestro's: the agent was given the line as text`] };
}
