import type { INodeProperties } from 'n8n-workflow';
import { priorityOptions } from '../shared/properties';
import { planProperties } from './plan.description';

const fields = { show: { from: ['fields'] } };
const notPlan = { hide: { '/from': ['plan'] } };

const fieldProperties: INodeProperties[] = [
	{
		displayName: 'Repository',
		name: 'repository',
		type: 'string',
		default: '',
		placeholder: 'owner/name',
		required: true,
		displayOptions: fields,
		description: 'The repository of a project',
	},
	{
		displayName: 'Title',
		name: 'title',
		type: 'string',
		default: '',
		required: true,
		displayOptions: fields,
		description: 'What is to be done, in a line',
	},
	{
		displayName: 'Text',
		name: 'body',
		type: 'string',
		typeOptions: { rows: 4 },
		default: '',
		displayOptions: fields,
		description: 'All that the agent should know; it is fenced as data',
	},
	{
		displayName: 'Fingerprint',
		name: 'fingerprint',
		type: 'string',
		default: '',
		required: true,
		displayOptions: fields,
		description: 'What makes two items the same task: a second one with this text is counted on the first and leaves on Duplicate',
	},
];

const options: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add option',
	default: {},
	options: [
		{
			displayName: 'Conflicts With',
			name: 'conflictsWith',
			type: 'string',
			default: '',
			displayOptions: notPlan,
			description: 'IDs of tasks that must not run at the same time, with commas between',
		},
		{
			displayName: 'Create GitHub Issue',
			name: 'createIssue',
			type: 'boolean',
			default: false,
			displayOptions: notPlan,
			description: 'Whether a task that came from no issue gets one',
		},
		{
			displayName: 'Depends On',
			name: 'dependsOn',
			type: 'string',
			default: '',
			displayOptions: notPlan,
			description: 'IDs of tasks that must be completed first, with commas between',
		},
		{
			displayName: 'Dispatch',
			name: 'dispatch',
			type: 'boolean',
			default: true,
			description: 'Whether the task is sent to the workflows that wait for task.ready as soon as it may run',
		},
		{
			displayName: 'Issue Labels',
			name: 'issueLabels',
			type: 'string',
			default: '',
			displayOptions: notPlan,
			description: 'Labels of the created issue, with commas between',
		},
		{
			displayName: 'Parent Task',
			name: 'parentId',
			type: 'string',
			default: '',
			displayOptions: notPlan,
			description: 'The ID of the task that this one is a part of',
		},
		{
			displayName: 'Playbook',
			name: 'playbook',
			type: 'string',
			default: '',
			displayOptions: notPlan,
			description: 'The name of the playbook that the task is done by, for workflows that look at it',
		},
		{
			displayName: 'Priority',
			name: 'priority',
			type: 'options',
			options: [{ name: 'From the Signal or Parent', value: '' }, ...priorityOptions],
			default: '',
			description: 'What runs first when slots are few',
		},
		{
			displayName: 'Start Again',
			name: 'startAgain',
			type: 'boolean',
			default: false,
			displayOptions: notPlan,
			description: 'Whether a new signal about a task that failed, was cancelled or is blocked starts it again, with the text that the signal has',
		},
	],
};

export const properties: INodeProperties[] = [
	{
		displayName: 'From',
		name: 'from',
		type: 'options',
		options: [
			{ name: 'Signal', value: 'signal', description: 'What Maestro Trigger gives' },
			{ name: 'Fields', value: 'fields', description: 'Title and text of your own' },
			{ name: 'Plan', value: 'plan', description: 'The tasks that a large piece of work was split into' },
		],
		default: 'signal',
		description: 'Where the task comes from',
	},
	{
		displayName: 'Signal',
		name: 'signal',
		type: 'json',
		default: '={{ $json.signal }}',
		required: true,
		displayOptions: { show: { from: ['signal'] } },
		description: 'The signal, as Maestro Trigger gives it',
	},
	...fieldProperties,
	...planProperties,
	options,
];
