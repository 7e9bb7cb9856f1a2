import type { Reach } from '../../../core/task/ladder';
import type { AgentParameters } from './parameters';

/** Tools that look and do nothing. */
const READING: ReadonlySet<string> = new Set(['Read', 'Glob', 'Grep']);

/** What a node asks of the agent, cut to what the task may reach. A node's fields can lower it further, and never raise it. */
export function withinReach<P extends AgentParameters>(parameters: P, reach: Reach): P {
	switch (reach) {
		case 'pull_request':
		case 'branch':
			return parameters;
		case 'root_cause':
		case 'triage':
			return {
				...parameters,
				tools: reach === 'triage' ? [] : parameters.tools.filter((tool) => READING.has(tool)),
				allowedTools: [],
				permissionMode: 'default',
				mcpServers: {},
				// Commands and skills of a repository can run programs.
				repositoryExtensions: false,
			};
	}
}
