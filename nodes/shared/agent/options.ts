import type { INodeProperties } from 'n8n-workflow';

/** The options of a node that runs an agent; read by ./parameters.ts. */
export const agentOptions: INodeProperties[] = [
	{
		displayName: 'Allowed Tools',
		name: 'allowedTools',
		type: 'string',
		default: 'Bash',
		description: 'Tools that need no permission, with commas between, in the notation of the CLI, for example <code>Bash(npm test:*)</code>',
	},
	{
		displayName: 'Extra MCP Servers',
		name: 'mcpServers',
		type: 'json',
		default: '{}',
		description: 'Name → server, in the CLI\'s format, for example <code>{"docs":{"type":"http","URL":"https://…"}}</code>. Add <code>mcp__name</code> to Allowed Tools.',
	},
	{
		displayName: 'Fallback Model',
		name: 'fallbackModel',
		type: 'string',
		default: '',
		description: 'Used while the model is overloaded',
	},
	{
		displayName: 'First Event Timeout (Seconds)',
		name: 'firstEventTimeout',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 60,
		description: 'How long the CLI may take to say anything',
	},
	{
		displayName: 'Idle Timeout (Seconds)',
		name: 'idleTimeout',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 900,
		description: 'How long the agent may be silent; a long test run is silence',
	},
	{
		displayName: 'Permission Mode',
		name: 'permissionMode',
		type: 'options',
		options: [
			{ name: 'Accept Edits', value: 'acceptEdits', description: 'Edits inside the workspace are allowed; everything else needs Allowed Tools' },
			{ name: 'Bypass Permissions', value: 'bypassPermissions', description: 'Everything is allowed; only for a machine that holds nothing else' },
			{ name: 'Default', value: 'default', description: 'Only what Allowed Tools names' },
			{ name: 'Do Not Ask', value: 'dontAsk', description: 'What would be asked is denied' },
			{ name: 'Plan', value: 'plan', description: 'The agent reads and plans, and changes nothing' },
		],
		default: 'acceptEdits',
		description: 'What the agent may do without being asked; nobody is there to answer',
	},
	{
		displayName: 'Repository Extensions',
		name: 'repositoryExtensions',
		type: 'boolean',
		default: true,
		description: 'Whether the CLAUDE.md, commands, skills and agents of the repository are loaded. Its settings, hooks and MCP servers never are.',
	},
	{
		displayName: 'Sandbox',
		name: 'sandbox',
		type: 'boolean',
		default: false,
		description: 'Whether the shell of the agent is confined by the CLI\'s own sandbox; needs bubblewrap and socat on the machine that runs n8n',
	},
	{
		displayName: 'Tools',
		name: 'tools',
		type: 'string',
		default: 'Bash,Edit,Read,Write,Glob,Grep,Skill',
		description: 'The tools that the agent has at all, with commas between. Empty: none.',
	},
	{
		displayName: 'Total Timeout (Seconds)',
		name: 'totalTimeout',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 7200,
		description: 'How long the whole run may take',
	},
];

/** n8n shows options in the order that it is given. */
export function sorted(properties: readonly INodeProperties[]): INodeProperties[] {
	return [...properties].sort((left, right) => left.displayName.localeCompare(right.displayName));
}
