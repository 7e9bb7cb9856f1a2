import type { INodeProperties } from 'n8n-workflow';
import { trustOptions } from '../shared/properties';
import { sentryProperties } from './sentry.description';

const github = { show: { source: ['github'] } };
const maestro = { show: { source: ['maestro'] } };

const githubProperties: INodeProperties[] = [
	{
		displayName: 'Events',
		name: 'events',
		type: 'multiOptions',
		options: [
			{ name: 'Check Run', value: 'check_run' },
			{ name: 'Check Suite', value: 'check_suite' },
			{ name: 'Commit Status', value: 'status' },
			{ name: 'Issue', value: 'issues' },
			{ name: 'Issue Comment', value: 'issue_comment' },
			{ name: 'Pull Request', value: 'pull_request' },
			{ name: 'Pull Request Review', value: 'pull_request_review' },
			{ name: 'Pull Request Review Comment', value: 'pull_request_review_comment' },
			{ name: 'Pull Request Review Thread', value: 'pull_request_review_thread' },
		],
		default: ['issues'],
		required: true,
		displayOptions: github,
		description: 'Which of the webhooks of GitHub start the workflow',
	},
	{
		displayName: 'Actions',
		name: 'actions',
		type: 'string',
		default: 'labeled',
		displayOptions: github,
		description: 'Only these actions of the events, with commas between. Empty: all.',
	},
	{
		displayName: 'Labels',
		name: 'labels',
		type: 'string',
		default: 'auto',
		displayOptions: github,
		description: 'Only when one of these labels is on it (for the action "labeled": when it is the label just added), with commas between. Empty: all.',
	},
	{
		displayName: 'Repositories',
		name: 'repositories',
		type: 'string',
		default: '',
		placeholder: 'owner/name',
		displayOptions: github,
		description: 'Only these repositories, with commas between. Empty: the repositories of all projects.',
	},
	{
		displayName: 'Minimum Author Trust',
		name: 'minimumTrust',
		type: 'options',
		options: trustOptions,
		default: 'none',
		displayOptions: github,
		description: 'What the author must at least be to the repository. The project has a limit of its own, at which a task is made but waits for a person.',
	},
	{
		displayName: 'Register Webhook',
		name: 'registerWebhook',
		type: 'boolean',
		default: true,
		displayOptions: github,
		description:
			'Whether publishing makes the webhook in the repositories, and unpublishing removes it. Where the token may not, the URL to enter by hand stands in the log and in maestro_events.',
	},
];

const maestroProperties: INodeProperties[] = [
	{
		displayName: 'Events',
		name: 'maestroEvents',
		type: 'multiOptions',
		options: [
			{ name: 'Session Needs Input', value: 'session.needs_input' },
			{ name: 'Task Blocked', value: 'task.blocked' },
			{ name: 'Task Cancelled', value: 'task.cancelled' },
			{ name: 'Task Completed', value: 'task.completed' },
			{ name: 'Task Created', value: 'task.created' },
			{ name: 'Task Failed', value: 'task.failed' },
			{ name: 'Task Ready', value: 'task.ready', description: 'It may run now: its dependencies are done and a slot is free' },
		],
		default: ['task.ready'],
		required: true,
		displayOptions: maestro,
		description: 'Which of the events of Maestro start the workflow; each comes at least once',
	},
	{
		displayName: 'Project',
		name: 'projectId',
		type: 'string',
		default: '',
		displayOptions: maestro,
		description: 'Only of the project with this ID. Empty: of all.',
	},
	{
		displayName: 'Max Running Tasks',
		name: 'maxRunning',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 3,
		displayOptions: maestro,
		description: 'How many tasks may run at once in all projects together. Each project has a limit of its own besides.',
	},
];

export const properties: INodeProperties[] = [
	{
		displayName: 'Source',
		name: 'source',
		type: 'options',
		options: [
			{ name: 'GitHub', value: 'github' },
			{ name: 'Maestro', value: 'maestro' },
			{ name: 'Sentry', value: 'sentry' },
		],
		default: 'github',
		description: 'Who sends the signal',
	},
	{
		displayName: 'Path',
		name: 'path',
		type: 'string',
		default: 'maestro/github',
		required: true,
		displayOptions: { hide: { source: ['sentry'] } },
		description: 'The path of the webhook URL; each published trigger needs one of its own',
	},
	...githubProperties,
	...maestroProperties,
	...sentryProperties,
];
