import type { INodeProperties } from 'n8n-workflow';
import { agentOptions, sorted } from '../shared/agent/options';

const ownOptions: INodeProperties[] = [
	{
		displayName: 'Include Task',
		name: 'includeTask',
		type: 'boolean',
		default: true,
		description: 'Whether the title and text of the task are put below the prompt, fenced as data',
	},
	{
		displayName: 'Output Schema',
		name: 'outputSchema',
		type: 'json',
		default: '',
		description: 'A JSON Schema for what the agent reports. Empty: <code>{status: done|needs_input|blocked, summary, question?}</code>.',
	},
];

export const options: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add option',
	default: {},
	options: sorted([...agentOptions, ...ownOptions]),
};
