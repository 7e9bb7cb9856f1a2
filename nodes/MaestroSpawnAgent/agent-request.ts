import { REPORT_SCHEMA } from '../../core/agent/report';
import type { SessionRun } from '../../core/session/run-session';
import type { Project } from '../../core/task/records';
import type { ClaudeSettings } from '../shared/credentials';
import type { SpawnParameters } from './parameters';

/** What the agent is asked for, without what the session decides (where it works and which conversation it is). */
export function agentRequest(parameters: SpawnParameters, claude: ClaudeSettings, project: Project | undefined, prompt: string): SessionRun['agent'] {
	return {
		cliPath: claude.cliPath,
		auth: claude.auth,
		prompt,
		model: parameters.model === '' ? (project?.model ?? '') : parameters.model,
		fallbackModel: parameters.fallbackModel,
		maxTurns: parameters.maxTurns,
		maxBudgetUsd: parameters.maxBudgetUsd,
		tools: parameters.tools,
		allowedTools: parameters.allowedTools,
		permissionMode: parameters.permissionMode,
		outputSchema: parameters.outputSchema ?? REPORT_SCHEMA,
		mcpServers: parameters.mcpServers,
		pluginDirs: [],
		repositoryExtensions: parameters.repositoryExtensions,
		sandbox: parameters.sandbox,
		timeouts: parameters.timeouts,
	};
}
