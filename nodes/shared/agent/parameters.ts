import { PERMISSION_MODES, type AgentRequest } from '../../../core/agent/agent';
import { boolean, jsonObject, list, number, oneOf, string } from '../parameters';

/** What the fields of a node ask of the agent, as the agent takes it. */
export type AgentParameters = Pick<
	AgentRequest,
	'model' | 'fallbackModel' | 'maxTurns' | 'maxBudgetUsd' | 'tools' | 'allowedTools' | 'permissionMode' | 'mcpServers' | 'repositoryExtensions' | 'sandbox' | 'timeouts'
>;

const DEFAULT_TOOLS = 'Bash,Edit,Read,Write,Glob,Grep,Skill';

/** `value` reads a field of the node, `options` is what its collection gives (see ./options.ts). */
export function readAgentParameters(value: (name: string) => unknown, options: Readonly<Record<string, unknown>>): AgentParameters {
	const seconds = (name: string, label: string, fallback: number): number => number(options[name] ?? fallback, label) * 1000;
	return {
		model: string(value('model') ?? '', 'Model'),
		fallbackModel: string(options.fallbackModel ?? '', 'Fallback Model'),
		maxTurns: number(value('maxTurns') ?? 0, 'Max Turns'),
		maxBudgetUsd: number(value('maxBudgetUsd') ?? 0, 'Max Budget'),
		tools: list(options.tools ?? DEFAULT_TOOLS),
		allowedTools: list(options.allowedTools ?? 'Bash'),
		permissionMode: oneOf(options.permissionMode ?? 'acceptEdits', 'Permission Mode', PERMISSION_MODES),
		mcpServers: jsonObject(options.mcpServers, 'Extra MCP Servers'),
		repositoryExtensions: boolean(options.repositoryExtensions, true),
		sandbox: boolean(options.sandbox, false),
		timeouts: {
			firstEventMs: seconds('firstEventTimeout', 'First Event Timeout', 60),
			idleMs: seconds('idleTimeout', 'Idle Timeout', 900),
			totalMs: seconds('totalTimeout', 'Total Timeout', 7200),
		},
	};
}
