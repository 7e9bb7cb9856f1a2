import type { INodeProperties } from 'n8n-workflow';

export const properties: INodeProperties[] = [
	{
		displayName: 'Task',
		name: 'taskId',
		type: 'string',
		default: '={{ $json.task.id }}',
		required: true,
		description: 'The ID of the task whose commits are to be proposed',
	},
	{
		displayName: 'Title',
		name: 'title',
		type: 'string',
		default: '={{ $json.task.title }}',
		required: true,
		description: 'The title of a new pull request; an open one keeps its own',
	},
	{
		displayName: 'Description',
		name: 'body',
		type: 'string',
		typeOptions: { rows: 5 },
		default: '={{ $json.report?.summary }}',
		description: 'The text of a new pull request. Maestro adds which issue it closes.',
	},
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		options: [
			{
				displayName: 'Allowed Paths',
				name: 'allowedPaths',
				type: 'string',
				typeOptions: { rows: 3 },
				default: '',
				description: 'One glob a line: only these may change. Empty: as the project says.',
			},
			{
				displayName: 'Draft',
				name: 'draft',
				type: 'boolean',
				default: false,
				description: 'Whether the pull request is opened as a draft',
			},
			{
				displayName: 'Labels',
				name: 'labels',
				type: 'string',
				default: '',
				description: 'Labels of a new pull request, with commas between',
			},
		],
	},
];
