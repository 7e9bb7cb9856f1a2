import type { INodeProperties } from 'n8n-workflow';

const plan = { show: { from: ['plan'] } };

export const planProperties: INodeProperties[] = [
	{
		displayName: 'Parent Task',
		name: 'parentTask',
		type: 'string',
		default: '={{ $json.task.id }}',
		required: true,
		displayOptions: plan,
		description: 'The ID of the task that was split. It is completed when all of its tasks are.',
	},
	{
		displayName: 'Plan',
		name: 'plan',
		type: 'json',
		default: '={{ $json.plan }}',
		required: true,
		displayOptions: plan,
		description: 'The tasks that a playbook step with "report: plan" gave: 1 to 10, with what they depend on, what they conflict with, and the files that they change',
	},
	{
		displayName: 'Playbook',
		name: 'playbook',
		type: 'string',
		default: 'implement-feature',
		displayOptions: plan,
		description: 'By which each of the tasks is done: the name of a bundled playbook, or the path of a file or folder in the repository',
	},
	{
		displayName: 'Create GitHub Issues',
		name: 'createIssues',
		type: 'boolean',
		default: true,
		displayOptions: plan,
		description: 'Whether each of the tasks gets an issue, and the issue of the parent task a comment that lists them',
	},
	{
		displayName: 'Issue Labels',
		name: 'issueLabels',
		type: 'string',
		default: 'maestro',
		displayOptions: { show: { from: ['plan'], createIssues: [true] } },
		description: 'Labels of the issues, with commas between. A label that starts a task is refused: each task would be done twice.',
	},
];
