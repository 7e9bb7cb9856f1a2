import type { AgentRequest, JsonObject } from '../../../core/agent/agent';
import { REPORT_SCHEMA } from '../../../core/agent/report';
import type { SessionRun } from '../../../core/session/run-session';
import type { Project } from '../../../core/task/records';
import { bundledPluginDir } from '../bundled';
import type { ClaudeSettings } from '../credentials';
import type { AgentParameters } from './parameters';

export interface AgentAsk {
	readonly parameters: AgentParameters;
	readonly claude: ClaudeSettings;
	readonly project: Pick<Project, 'model'> | undefined;
	readonly prompt: string;
	/** Undefined: Maestro's own report. */
	readonly outputSchema: JsonObject | undefined;
	readonly more?: Partial<Pick<AgentRequest, 'folders' | 'readFolders' | 'command'>>;
}

/** What the agent is asked for, without what the session decides (where it works and which conversation it is). */
export function agentRequest({ parameters, claude, project, prompt, outputSchema, more }: AgentAsk): SessionRun['agent'] {
	return {
		...parameters,
		cliPath: claude.cliPath,
		auth: claude.auth,
		prompt,
		model: parameters.model === '' ? (project?.model ?? '') : parameters.model,
		outputSchema: outputSchema ?? REPORT_SCHEMA,
		// Commands and skills are of no use to an agent that has no tools.
		pluginDirs: parameters.tools.length === 0 ? [] : [bundledPluginDir()],
		folders: [],
		...more,
	};
}
