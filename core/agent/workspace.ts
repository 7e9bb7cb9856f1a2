/** What a run needs on disk before it starts, and its removal. */
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MaestroError, messageOf } from '../errors';
import type { AgentRequest, JsonObject } from './agent';
import type { PreparedFiles } from './command';
import { repositoryExtensions } from './extensions';
import { findCommand } from './find-command';

export interface Prepared {
	readonly files: PreparedFiles;
	readonly warnings: readonly string[];
	/** Once the CLI has read them: an MCP server's description may hold a token. */
	forgetMcpServers(): Promise<void>;
	remove(): Promise<void>;
}

async function checkDirectory(path: string): Promise<void> {
	const found = await stat(path).catch(() => undefined);
	if (found?.isDirectory() === true) return;
	throw new MaestroError('workspace_missing', `The agent's folder ${path} does not exist`, 'Check the workspace of the node, or let Maestro make the task\'s worktree again.', { path });
}

/** Throws `workspace_missing` or `disk`. */
export async function prepare(request: AgentRequest): Promise<Prepared> {
	await checkDirectory(request.cwd);
	try {
		return await makeFiles(request);
	} catch (error) {
		const advice = 'Check the space and the permissions of Maestro\'s data directory.';
		throw new MaestroError('disk', `The agent's files cannot be made in ${request.configDir}: ${messageOf(error)}`, advice, { path: request.configDir }, error);
	}
}

/** What a session keeps between its runs. */
const KEPT: ReadonlySet<string> = new Set(['projects', 'home']);

/** The agent's shell can write its own configuration folder: settings planted there would be obeyed by the next run. */
async function forgetSettings(configDir: string): Promise<void> {
	for (const name of await readdir(configDir)) {
		if (!KEPT.has(name)) await rm(join(configDir, name), { recursive: true, force: true });
	}
}

async function makeFiles(request: AgentRequest): Promise<Prepared> {
	const home = join(request.configDir, 'home');
	await mkdir(home, { recursive: true, mode: 0o700 });
	await forgetSettings(request.configDir);
	const scratch = await mkdtemp(join(request.configDir, 'run-'));
	const mcpConfig = Object.keys(request.mcpServers).length === 0 ? '' : join(scratch, 'mcp.json');
	if (mcpConfig !== '') await writeFile(mcpConfig, JSON.stringify({ mcpServers: request.mcpServers }), { mode: 0o600 });
	const extensions = request.repositoryExtensions
		? await repositoryExtensions(request.cwd, scratch)
		: { pluginDir: '', memoryDir: '', warnings: [] };
	// The repository's own stands first: it wins over one of the same name that comes with Maestro.
	const plugins = [...(extensions.pluginDir === '' ? [] : [extensions.pluginDir]), ...request.pluginDirs];
	const found = request.command === undefined ? undefined : await findCommand(request.command, plugins);
	return {
		files: { home, mcpConfig, repositoryPlugin: extensions.pluginDir, memoryDir: extensions.memoryDir, commandName: found?.name ?? '' },
		warnings: [...extensions.warnings, ...(found?.warnings ?? [])],
		async forgetMcpServers() {
			if (mcpConfig !== '') await rm(mcpConfig, { force: true });
		},
		async remove() {
			await rm(scratch, { recursive: true, force: true });
		},
	};
}

const SECRET_NAME = /auth|key|pass|secret|token|cookie/i;

/** The secrets inside MCP servers' descriptions, for the redactor: header and variable values whose names say so. */
export function mcpSecrets(servers: JsonObject): string[] {
	const secrets: string[] = [];
	const visit = (value: unknown, name: string): void => {
		if (typeof value === 'string') {
			if (SECRET_NAME.test(name)) secrets.push(value, value.replace(/^\S+\s+/, ''));
			return;
		}
		if (typeof value !== 'object' || value === null) return;
		for (const [key, entry] of Object.entries(value)) visit(entry, key);
	};
	visit(servers, '');
	return secrets;
}
