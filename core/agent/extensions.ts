/** Brings the harmless parts of a repository's own agent set-up into a run: CLAUDE.md, commands, skills and agents. */
import type { Dirent } from 'node:fs';
import { lstat, mkdir, mkdtemp, readdir, realpath, symlink, writeFile } from 'node:fs/promises';
import { join, sep } from 'node:path';

export interface Extensions {
	/** A temporary plugin named `repo`; empty where the repository has nothing for it. Whoever asked for it removes it. */
	readonly pluginDir: string;
	/** The worktree, or empty where its CLAUDE.md must not be read. */
	readonly memoryDir: string;
	readonly warnings: readonly string[];
}

const FOLDERS = ['commands', 'skills', 'agents'] as const;
const MEMORY_FILES = ['CLAUDE.md', 'CLAUDE.local.md', 'AGENTS.md'];
const MAX_ENTRIES = 2_000;

/** A repository with an absent `.claude` is the usual case, and a race with a removal is the same. */
async function kindOf(path: string): Promise<'directory' | 'link' | 'file' | 'absent'> {
	const found = await lstat(path).catch(() => undefined);
	if (found === undefined) return 'absent';
	if (found.isSymbolicLink()) return 'link';
	return found.isDirectory() ? 'directory' : 'file';
}

/** A link whose target is gone counts as one that leaves. */
async function staysInside(root: string, path: string): Promise<boolean> {
	const target = await realpath(path).catch(() => '');
	return target === root || target.startsWith(root + sep);
}

/** A link to outside would put a file of the host into the model's context. */
async function isClean(root: string, folder: string): Promise<boolean> {
	const entries: Dirent[] = await readdir(folder, { recursive: true, withFileTypes: true });
	if (entries.length > MAX_ENTRIES) return false;
	for (const entry of entries) {
		if (entry.isSymbolicLink() && !(await staysInside(root, join(entry.parentPath, entry.name)))) return false;
	}
	return true;
}

/** `parent`: an existing directory of ours for the temporary plugin. Reads the worktree, never writes there. */
export async function repositoryExtensions(worktree: string, parent: string): Promise<Extensions> {
	const root = await realpath(worktree);
	const warnings: string[] = [];
	const folders: string[] = [];
	const dotClaude = join(root, '.claude');
	if ((await kindOf(dotClaude)) === 'directory') {
		for (const name of FOLDERS) {
			const path = join(dotClaude, name);
			const kind = await kindOf(path);
			if (kind === 'absent') continue;
			if (kind === 'directory' && (await isClean(root, path))) folders.push(name);
			else warnings.push(`The repository's .claude/${name} was not loaded: it is no plain folder, is too large, or links to outside the repository`);
		}
	}
	const memoryKinds = await Promise.all(
		MEMORY_FILES.map(async (name) => (await kindOf(join(root, name))) !== 'link' || (await staysInside(root, join(root, name)))),
	);
	const memoryDir = memoryKinds.every(Boolean) ? root : '';
	if (memoryDir === '') warnings.push('The repository\'s CLAUDE.md was not loaded: it links to outside the repository');
	return { pluginDir: folders.length === 0 ? '' : await makePlugin(parent, dotClaude, folders), memoryDir, warnings };
}

async function makePlugin(parent: string, dotClaude: string, folders: readonly string[]): Promise<string> {
	const plugin = await mkdtemp(join(parent, 'repository-plugin-'));
	await mkdir(join(plugin, '.claude-plugin'));
	await writeFile(join(plugin, '.claude-plugin', 'plugin.json'), JSON.stringify({ name: 'repo' }));
	for (const name of folders) await symlink(join(dotClaude, name), join(plugin, name));
	return plugin;
}
