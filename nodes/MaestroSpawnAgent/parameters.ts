import type { IExecuteFunctions } from 'n8n-workflow';
import type { JsonObject } from '../../core/agent/agent';
import { readAgentParameters, type AgentParameters } from '../shared/agent/parameters';
import { boolean, jsonObject, oneOf, readOptions, string, taskId } from '../shared/parameters';
import { badParameter } from '../shared/items';

export type WorkspaceChoice = { readonly kind: 'worktree' } | { readonly kind: 'folder'; readonly path: string } | { readonly kind: 'empty' };

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
	return {
		taskId: task,
		purpose,
		prompt: string(value('prompt'), 'Prompt'),
		feedback: jsonObject(value('feedback'), 'Feedback'),
		workspace,
		resume: value('sessionMode') === 'resume',
		sessionKey: string(value('sessionKey') ?? '', 'Session Key'),
		outputSchema: Object.keys(schema).length > 0 ? schema : undefined,
		includeTask: boolean(options.includeTask, true),
		...readAgentParameters(value, options),
	};
}
