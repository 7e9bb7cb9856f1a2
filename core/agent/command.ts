/** A request as what is started: pure data. The token is not part of it. */
import type { AgentRequest } from './agent';
import { agentEnvironment, type HostFacts } from './environment';
import { runInput } from './slash-command';

export interface AgentCommand {
	readonly file: string;
	readonly args: readonly string[];
	readonly env: Readonly<Record<string, string>>;
	readonly stdin: string;
}

/** What was made on disk for this run beforehand. Empty: there is none. */
export interface PreparedFiles {
	readonly home: string;
	/** Holds the MCP servers. */
	readonly mcpConfig: string;
	/** The repository's commands, skills and agents as a plugin. */
	readonly repositoryPlugin: string;
	/** The worktree, where its CLAUDE.md is to be read. */
	readonly memoryDir: string;
	/** The request's command as the CLI knows it, such as `repo:fix`. */
	readonly commandName: string;
}

const flag = (name: string, value: string): string[] => (value === '' ? [] : [name, value]);
const number = (name: string, value: number): string[] => (value === 0 ? [] : [name, String(value)]);

function settings({ sandbox: isConfined, readFolders = [] }: AgentRequest): string {
	const sandbox = { enabled: true, allowUnsandboxedCommands: false, failIfUnavailable: true };
	// A further directory (--add-dir) could be written too, and its CLAUDE.md would be obeyed. The second slash says that the path is absolute.
	const permissions = { allow: readFolders.map((folder) => `Read(/${folder}/**)`) };
	return JSON.stringify({ disableAllHooks: true, ...(readFolders.length === 0 ? {} : { permissions }), ...(isConfined ? { sandbox } : {}) });
}

export function agentCommand(request: AgentRequest, host: HostFacts, files: PreparedFiles): AgentCommand {
	const { session } = request;
	const allowed = [...request.allowedTools, ...Object.keys(request.mcpServers).map((name) => `mcp__${name}`)];
	const folders = [...new Set([...request.folders, ...(files.memoryDir === '' ? [] : [files.memoryDir])])];
	const plugins = [...request.pluginDirs, ...(files.repositoryPlugin === '' ? [] : [files.repositoryPlugin])];
	return {
		file: request.cliPath,
		args: [
			...['-p', '--input-format', 'stream-json', '--output-format', 'stream-json', '--verbose'],
			...[session.mode === 'resume' ? '--resume' : '--session-id', session.id],
			// A repository's own settings could send the token elsewhere and run programs: only the session's own are read.
			...['--setting-sources', 'user', '--strict-mcp-config', '--settings', settings(request)],
			...['--permission-mode', request.permissionMode, '--permission-prompts', 'none'],
			...['--tools', request.tools.join(',')],
			...flag('--allowedTools', allowed.join(',')),
			...number('--max-turns', request.maxTurns),
			...number('--max-budget-usd', request.maxBudgetUsd),
			...flag('--model', request.model),
			...flag('--fallback-model', request.fallbackModel),
			...(request.outputSchema === undefined ? [] : ['--json-schema', JSON.stringify(request.outputSchema)]),
			...flag('--mcp-config', files.mcpConfig),
			...folders.flatMap((dir) => ['--add-dir', dir]),
			...plugins.flatMap((dir) => ['--plugin-dir', dir]),
		],
		env: agentEnvironment(request, host, files.home),
		stdin: runInput(request, files.commandName),
	};
}
