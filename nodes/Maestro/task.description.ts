import type { INodeProperties } from 'n8n-workflow';
import { limitProperties, priorityOptions, reachOptions } from '../shared/properties';

const only = (...operations: string[]) => ({ show: { resource: ['task'], operation: operations } });

const statuses = [
	{ name: 'Archived', value: 'archived' },
	{ name: 'Blocked', value: 'blocked' },
	{ name: 'Cancelled', value: 'cancelled' },
	{ name: 'Completed', value: 'completed' },
	{ name: 'Failed', value: 'failed' },
	{ name: 'In Progress', value: 'in_progress' },
	{ name: 'In Review', value: 'in_review' },
	{ name: 'Pending', value: 'pending' },
];

export const taskProperties: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['task'] } },
		options: [
			{
				name: 'Comment',
				value: 'comment',
				action: 'Comment on the issue of a task',
				description: 'Say something on the issue of the task, or on its pull request; the same words once',
			},
			{ name: 'Get', value: 'get', action: 'Get a task' },
			{ name: 'Get Many', value: 'getAll', action: 'Get many tasks' },
			{ name: 'Update', value: 'update', action: 'Update a task' },
		],
		default: 'getAll',
	},
	{
		displayName: 'Task',
		name: 'taskId',
		type: 'string',
		default: '={{ $json.task?.id }}',
		required: true,
		displayOptions: only('get', 'update', 'comment'),
		description: 'The ID of the task',
	},
	{
		displayName: 'Comment',
		name: 'comment',
		type: 'string',
		typeOptions: { rows: 4 },
		default: '={{ $json.notice }}',
		required: true,
		displayOptions: only('comment'),
		description: 'What to say, in GitHub\'s markdown. Empty: nothing is said.',
	},
	...limitProperties('task'),
	{
		displayName: 'Filters',
		name: 'filters',
		type: 'collection',
		placeholder: 'Add filter',
		default: {},
		displayOptions: only('getAll'),
		options: [
			{ displayName: 'Repository', name: 'repository', type: 'string', default: '', description: 'Only tasks of this repository' },
			{ displayName: 'Status', name: 'status', type: 'options', options: statuses, default: 'pending', description: 'Only tasks in this state' },
		],
	},
	{
		displayName: 'Fields',
		name: 'taskFields',
		type: 'collection',
		placeholder: 'Add field',
		default: {},
		displayOptions: only('update'),
		options: [
			{
				displayName: 'Answer',
				name: 'answer',
				type: 'string',
				typeOptions: { rows: 3 },
				default: '',
				description: 'What is added to the text of the task, such as the answer to a question of the agent. It reads the text when the task goes on.',
			},
			{
				displayName: 'Done Anew',
				name: 'anew',
				type: 'boolean',
				default: false,
				description: 'Whether a task that is set to Pending is worked on again where its work was done already: in the same session, with new rounds of feedback. Otherwise it goes on where it stopped.',
			},
			{
				displayName: 'Expected Status',
				name: 'expectedStatus',
				type: 'options',
				options: statuses,
				default: 'blocked',
				description: 'Changes nothing, and fails, where the task is in another state by now',
			},
			{
				displayName: 'Priority',
				name: 'priority',
				type: 'options',
				options: priorityOptions,
				default: 'medium',
				description: 'What runs first when slots are few',
			},
			{
				displayName: 'Reach',
				name: 'reach',
				type: 'options',
				options: reachOptions,
				default: 'pull_request',
				description: 'How far the work may go. No signal raises it; set the status to Pending as well to have it go on.',
			},
			{
				displayName: 'Reason',
				name: 'statusReason',
				type: 'string',
				default: '',
				description: 'Why the task is in its state, for a person to read',
			},
			{
				displayName: 'Status',
				name: 'status',
				type: 'options',
				options: statuses,
				default: 'pending',
				description: 'Only legal moves are made: a blocked, failed or cancelled task goes back to Pending to be started again',
			},
			{ displayName: 'Title', name: 'title', type: 'string', default: '', description: 'The title of the task' },
		],
	},
];
