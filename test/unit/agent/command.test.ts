import { agentCommand, type PreparedFiles } from '../../../core/agent/command';
import type { AgentRequest } from '../../../core/agent/agent';

const request: AgentRequest = {
	cliPath: 'claude',
	auth: { method: 'oauthToken', token: 'the-token', baseUrl: '' },
	cwd: '/work',
	configDir: '/config',
	transcriptPath: '/transcript',
	prompt: 'Do it.',
	session: { mode: 'new', id: 'an-id' },
	model: '',
	fallbackModel: '',
	maxTurns: 0,
	maxBudgetUsd: 0,
	tools: ['Bash', 'Read'],
	allowedTools: ['Bash'],
	permissionMode: 'acceptEdits',
	mcpServers: {},
	pluginDirs: [],
	folders: [],
	repositoryExtensions: false,
	sandbox: false,
	timeouts: { firstEventMs: 1, idleMs: 1, totalMs: 1 },
	gitIdentity: { name: 'Maestro', email: 'maestro@localhost' },
};
const files: PreparedFiles = { home: '/config/home', mcpConfig: '', repositoryPlugin: '', memoryDir: '', commandName: '' };
const host = { env: { PATH: '/bin', N8N_ENCRYPTION_KEY: 'x', DB_POSTGRESDB_PASSWORD: 'x', GH_TOKEN: 'x', ANTHROPIC_API_KEY: 'x', HOME: '/root', HTTPS_PROXY: 'http://proxy' }, isRoot: true, apiRetries: 5 };
const commandOf = (changes: Partial<AgentRequest> = {}, made: Partial<PreparedFiles> = {}) => agentCommand({ ...request, ...changes }, host, { ...files, ...made });

/** The value after a flag, or undefined where the flag is not there. */
function after(args: readonly string[], flag: string): string | undefined {
	const at = args.indexOf(flag);
	return at === -1 ? undefined : args[at + 1];
}

describe('the command line', () => {
	it('never loads a repository\'s settings, hooks or MCP servers', () => {
		const { args } = commandOf({ repositoryExtensions: true });
		expect(after(args, '--setting-sources')).toBe('user');
		expect(args).toContain('--strict-mcp-config');
		expect(after(args, '--settings')).toBe('{"disableAllHooks":true}');
	});

	it('holds neither the prompt nor the token', () => {
		const command = commandOf();
		expect(command.stdin).toContain('Do it.');
		expect(JSON.stringify([command.args, command.env])).not.toMatch(/Do it\.|the-token/);
	});

	it.each<[string, Partial<AgentRequest>, Partial<PreparedFiles>, string, string]>([
		['a new session', {}, {}, '--session-id', 'an-id'],
		['a session to resume', { session: { mode: 'resume', id: 'old' } }, {}, '--resume', 'old'],
		['no tools', { tools: [] }, {}, '--tools', ''],
		['a model', { model: 'opus' }, {}, '--model', 'opus'],
		['a fallback model', { fallbackModel: 'sonnet' }, {}, '--fallback-model', 'sonnet'],
		['a limit of turns', { maxTurns: 7 }, {}, '--max-turns', '7'],
		['a budget', { maxBudgetUsd: 1.5 }, {}, '--max-budget-usd', '1.5'],
		['a schema', { outputSchema: { type: 'object' } }, {}, '--json-schema', '{"type":"object"}'],
		['MCP servers, whose tools are then allowed', { mcpServers: { x: {} } }, { mcpConfig: '/mcp.json' }, '--allowedTools', 'Bash,mcp__x'],
		['MCP servers, from a file', { mcpServers: { x: {} } }, { mcpConfig: '/mcp.json' }, '--mcp-config', '/mcp.json'],
		['a repository\'s plugin', {}, { repositoryPlugin: '/plugin' }, '--plugin-dir', '/plugin'],
		['a further folder to write in', { folders: ['/playbook'] }, {}, '--add-dir', '/playbook'],
		['a repository\'s CLAUDE.md', {}, { memoryDir: '/work' }, '--add-dir', '/work'],
	])('names %s', (_, changes, made, flag, value) => {
		expect(after(commandOf(changes, made).args, flag)).toBe(value);
	});

	it('names every folder once', () => {
		const { args } = commandOf({ folders: ['/playbook', '/work'] }, { memoryDir: '/work' });
		expect(args.filter((_, index) => args[index - 1] === '--add-dir')).toEqual(['/playbook', '/work']);
	});

	it('hands the prompt over in blocks, with the command as the CLI knows it', () => {
		const { args, stdin } = commandOf({ command: { name: 'fix', args: '42' } }, { commandName: 'repo:fix' });
		expect(after(args, '--input-format')).toBe('stream-json');
		expect(stdin).toContain('/repo:fix 42');
	});

	it('leaves the CLI its defaults where nothing is asked for', () => {
		const { args } = commandOf({ allowedTools: [] });
		for (const flag of ['--model', '--fallback-model', '--max-turns', '--max-budget-usd', '--json-schema', '--mcp-config', '--allowedTools', '--add-dir', '--plugin-dir']) {
			expect(args).not.toContain(flag);
		}
	});

	it('lets a folder be read without being one to work in', () => {
		const { args } = commandOf({ readFolders: ['/data/images/7'] });
		expect(JSON.parse(after(args, '--settings') ?? '')).toEqual({ disableAllHooks: true, permissions: { allow: ['Read(//data/images/7/**)'] } });
		expect(args).not.toContain('--add-dir');
	});

	it('confines the shell when asked, and then never without', () => {
		const settings: unknown = JSON.parse(after(commandOf({ sandbox: true }).args, '--settings') ?? '');
		expect(settings).toEqual({ disableAllHooks: true, sandbox: { enabled: true, allowUnsandboxedCommands: false, failIfUnavailable: true } });
	});
});

describe('the environment', () => {
	it('is an allow-list, with a home of the session\'s own', () => {
		const { env } = commandOf();
		expect(env).toMatchObject({ PATH: '/bin', HTTPS_PROXY: 'http://proxy', HOME: '/config/home', CLAUDE_CONFIG_DIR: '/config' });
		for (const name of ['N8N_ENCRYPTION_KEY', 'DB_POSTGRESDB_PASSWORD', 'GH_TOKEN', 'ANTHROPIC_API_KEY', 'ANTHROPIC_BASE_URL']) expect(env).not.toHaveProperty(name);
	});

	it.each([
		['oauthToken', 'CLAUDE_CODE_OAUTH_TOKEN_FILE_DESCRIPTOR', 'CLAUDE_CODE_API_KEY_FILE_DESCRIPTOR'],
		['apiKey', 'CLAUDE_CODE_API_KEY_FILE_DESCRIPTOR', 'CLAUDE_CODE_OAUTH_TOKEN_FILE_DESCRIPTOR'],
	] as const)('says that descriptor 3 brings the %s', (method, named, other) => {
		const { env } = commandOf({ auth: { method, token: 'the-token', baseUrl: 'http://model' } });
		expect(env).toMatchObject({ [named]: '3', ANTHROPIC_BASE_URL: 'http://model' });
		expect(env).not.toHaveProperty(other);
	});

	it('tells the CLI of a sandbox only where it would refuse root otherwise', () => {
		expect(commandOf({ permissionMode: 'bypassPermissions' }).env).toHaveProperty('IS_SANDBOX', '1');
		expect(commandOf().env).not.toHaveProperty('IS_SANDBOX');
		expect(agentCommand({ ...request, permissionMode: 'bypassPermissions' }, { ...host, isRoot: false }, files).env).not.toHaveProperty('IS_SANDBOX');
	});
});
