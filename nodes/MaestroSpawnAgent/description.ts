import type { INodeProperties } from 'n8n-workflow';
import { options } from './options';

const taskProperties: INodeProperties[] = [
	{
		displayName: 'Task',
		name: 'taskId',
		type: 'string',
		default: '={{ $json.task?.id }}',
		description: 'The ID of the task to work on. May be empty where the workspace is a folder.',
	},
	{
		displayName: 'Purpose',
		name: 'purpose',
		type: 'string',
		default: 'implement',
		required: true,
		description:
			'What this run is for. A run is done once for each task and purpose: asked again, the node hands on what it did, or goes on with what was interrupted.',
	},
	{
		displayName: 'Prompt',
		name: 'prompt',
		type: 'string',
		typeOptions: { rows: 6 },
		default:
			'Do the task that is quoted below in this repository. Read how the project builds and tests itself, make the smallest change that does the whole task, add or adapt tests, run them, and commit your work with a message that says why. Do not push.',
		required: true,
		description: 'The instructions to the agent. Never put text from outside in here: the task and the feedback are added below, fenced as data.',
	},
	{
		displayName: 'Feedback',
		name: 'feedback',
		type: 'json',
		default: '={{ $json.feedback ?? {} }}',
		description: 'Text from outside that goes with the prompt, as Maestro Await PR gives it. It is fenced as data with a random boundary.',
	},
];

const workspaceProperties: INodeProperties[] = [
	{
		displayName: 'Workspace',
		name: 'workspace',
		type: 'options',
		options: [
			{ name: 'Worktree of the Task', value: 'worktree', description: 'A working tree and a branch of its own' },
			{ name: 'Existing Folder', value: 'folder', description: 'A folder on the machine that runs n8n' },
			{ name: 'Empty Folder', value: 'empty', description: 'A new folder that is removed afterwards' },
		],
		default: 'worktree',
		description: 'Where the agent works',
	},
	{
		displayName: 'Folder',
		name: 'folder',
		type: 'string',
		default: '',
		required: true,
		displayOptions: { show: { workspace: ['folder'] } },
		description: 'An absolute path. It is refused where n8n blocks file access to it.',
	},
	{
		displayName: 'Session',
		name: 'sessionMode',
		type: 'options',
		options: [
			{ name: 'New', value: 'new', description: 'A new conversation' },
			{ name: 'Resume by Key', value: 'resume', description: 'Go on with the conversation that has this key; a new one where there is none' },
		],
		default: 'new',
		description: 'Whether the agent remembers an earlier run. For feedback, resume: the agent that wrote the change knows why.',
	},
	{
		displayName: 'Session Key',
		name: 'sessionKey',
		type: 'string',
		default: '={{ $json.task?.id ? "task:" + $json.task.id : "" }}',
		description: 'The name under which the conversation is kept and found again. Empty: it is not found again.',
	},
];

const modelProperties: INodeProperties[] = [
	{
		displayName: 'Model',
		name: 'model',
		type: 'string',
		default: '',
		placeholder: 'sonnet',
		description: 'A model name or alias. Empty: the one of the project, else the one that the CLI chooses.',
	},
	{
		displayName: 'Max Turns',
		name: 'maxTurns',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 100,
		description: 'The run fails with "max_turns" after so many turns. 0: no limit.',
	},
	{
		displayName: 'Max Budget (USD)',
		name: 'maxBudgetUsd',
		type: 'number',
		typeOptions: { minValue: 0, numberPrecision: 2 },
		default: 10,
		description: 'The run fails with "max_budget" after it has cost so much; it may overshoot by one call. 0: no limit.',
	},
];

export const properties: INodeProperties[] = [...taskProperties, ...workspaceProperties, ...modelProperties, options];
