import type { IExecuteFunctions } from 'n8n-workflow';
import { PERMISSION_MODES, type AgentRequest, type JsonObject } from '../../core/agent/agent';
import { boolean, jsonObject, list, number, oneOf, readOptions, string, taskId } from '../shared/parameters';
import { badParameter } from '../shared/items';

export type WorkspaceChoice = { readonly kind: 'worktree' } | { readonly kind: 'folder'; readonly path: string } | { readonly kind: 'empty' };

/** What the node's fields ask of the agent, as the agent takes it. */
type AgentParameters = Pick<
	AgentRequest,
	'model' | 'fallbackModel' | 'maxTurns' | 'maxBudgetUsd' | 'tools' | 'allowedTools' | 'permissionMode' | 'mcpServers' | 'repositoryExtensions' | 'sandbox' | 'timeouts'
>;

export interface SpawnParameters extends AgentParameters {
	/** 0: none. */
	readonly taskId: number;
	readonly purpose: string;
	readonly prompt: string;
	readonly feedback: JsonObject;
	readonly workspace: WorkspaceChoice;
	readonly resume: boolean;
	readonly sessionKey: string;
	/** Undefined: Maestro's own report. */
	readonly outputSchema: JsonObject | undefined;
	readonly includeTask: boolean;
}

const WORKSPACES = ['worktree', 'folder', 'empty'] as const;
const DEFAULT_TOOLS = 'Bash,Edit,Read,Write,Glob,Grep,Skill';

function readWorkspace(context: IExecuteFunctions, itemIndex: number): WorkspaceChoice {
	const kind = oneOf(context.getNodeParameter('workspace', itemIndex, 'worktree'), 'Workspace', WORKSPACES);
	switch (kind) {
		case 'folder':
			return { kind, path: string(context.getNodeParameter('folder', itemIndex, ''), 'Folder') };
		case 'worktree':
		case 'empty':
			return { kind };
	}
}

export function readParameters(context: IExecuteFunctions, itemIndex: number): SpawnParameters {
	const value = (name: string): unknown => context.getNodeParameter(name, itemIndex, null);
	const options = readOptions(value('options'));
	const workspace = readWorkspace(context, itemIndex);
	const task = taskId(value('taskId'));
	if (task === 0 && workspace.kind === 'worktree') {
		throw badParameter('Task', 'is empty', 'A worktree belongs to a task: give the ID of a task, or choose another workspace.');
	}
	const purpose = string(value('purpose'), 'Purpose').trim();
	if (purpose === '') throw badParameter('Purpose', 'is empty', 'Say what this run is for, for example "implement".');
	const schema = jsonObject(options.outputSchema, 'Output Schema');
	const seconds = (name: string, label: string, fallback: number): number => number(options[name] ?? fallback, label) * 1000;
	return {
		taskId: task,
		purpose,
		prompt: string(value('prompt'), 'Prompt'),
		feedback: jsonObject(value('feedback'), 'Feedback'),
		workspace,
		resume: value('sessionMode') === 'resume',
		sessionKey: string(value('sessionKey') ?? '', 'Session Key'),
		model: string(value('model') ?? '', 'Model'),
		fallbackModel: string(options.fallbackModel ?? '', 'Fallback Model'),
		maxTurns: number(value('maxTurns') ?? 0, 'Max Turns'),
		maxBudgetUsd: number(value('maxBudgetUsd') ?? 0, 'Max Budget'),
		tools: list(options.tools ?? DEFAULT_TOOLS),
		allowedTools: list(options.allowedTools ?? 'Bash'),
		permissionMode: oneOf(options.permissionMode ?? 'acceptEdits', 'Permission Mode', PERMISSION_MODES),
		outputSchema: Object.keys(schema).length > 0 ? schema : undefined,
		mcpServers: jsonObject(options.mcpServers, 'Extra MCP Servers'),
		includeTask: boolean(options.includeTask, true),
		repositoryExtensions: boolean(options.repositoryExtensions, true),
		sandbox: boolean(options.sandbox, false),
		timeouts: {
			firstEventMs: seconds('firstEventTimeout', 'First Event Timeout', 60),
			idleMs: seconds('idleTimeout', 'Idle Timeout', 900),
			totalMs: seconds('totalTimeout', 'Total Timeout', 7200),
		},
	};
}
