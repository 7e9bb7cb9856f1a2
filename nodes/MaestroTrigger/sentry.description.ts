import type { INodeProperties } from 'n8n-workflow';
import { trustOptions } from '../shared/properties';

const sentry = { show: { source: ['sentry'] } };

export const sentryProperties: INodeProperties[] = [
	{
		displayName: 'Path',
		name: 'path',
		type: 'string',
		default: 'maestro/sentry',
		required: true,
		displayOptions: sentry,
		description: 'The path of the webhook URL, which is entered in the internal integration in Sentry; each published trigger needs one of its own',
	},
	{
		displayName: 'Projects',
		name: 'sentryProjects',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder: 'Add project',
		default: {},
		displayOptions: sentry,
		description: "Which repository the errors of each project in Sentry belong to; a webhook cannot choose it. Empty: Maestro's only project.",
		options: [
			{
				displayName: 'Project',
				name: 'map',
				values: [
					{
						displayName: 'Sentry Project',
						name: 'sentryProject',
						type: 'string',
						default: '',
						placeholder: 'shop-backend',
						description: 'Its slug or ID in Sentry. Empty: every project that no other entry names.',
					},
					{
						displayName: 'Repository',
						name: 'repository',
						type: 'string',
						default: '',
						placeholder: 'owner/name',
						required: true,
						description: 'The repository of a project of Maestro',
					},
				],
			},
		],
	},
	{
		displayName: 'Webhooks',
		name: 'sentryResources',
		type: 'multiOptions',
		options: [
			{ name: 'Error', value: 'error', description: 'Each single error. Needs a plan of Sentry that has it, and can be very many.' },
			{ name: 'Issue', value: 'issue', description: 'An issue changes; comes without a stack' },
			{ name: 'Issue Alert', value: 'event_alert', description: 'An alert of yours, with this integration as its action' },
		],
		default: ['event_alert', 'issue'],
		required: true,
		displayOptions: sentry,
		description: 'Which of the webhooks of Sentry start the workflow',
	},
	{
		displayName: 'Issue Actions',
		name: 'sentryIssueActions',
		type: 'multiOptions',
		options: [
			{ name: 'Created', value: 'created', description: 'Every new issue of the organization, whatever your alerts say' },
			{ name: 'Resolved', value: 'resolved', description: 'Not for Create Task: nothing is left to be done' },
			{ name: 'Unresolved', value: 'unresolved', description: 'It was resolved or archived, and is back' },
		],
		default: ['unresolved'],
		displayOptions: { show: { source: ['sentry'], sentryResources: ['issue'] } },
		description: 'Only these changes of an issue. Empty: all three.',
	},
	{
		displayName: 'Levels',
		name: 'sentryLevels',
		type: 'multiOptions',
		options: [
			{ name: 'Debug', value: 'debug' },
			{ name: 'Error', value: 'error' },
			{ name: 'Fatal', value: 'fatal' },
			{ name: 'Info', value: 'info' },
			{ name: 'Warning', value: 'warning' },
		],
		default: ['error', 'fatal'],
		displayOptions: sentry,
		description: 'Only these levels. Empty: all.',
	},
	{
		displayName: 'Environments',
		name: 'sentryEnvironments',
		type: 'string',
		default: '',
		placeholder: 'production',
		displayOptions: sentry,
		description: 'Only these, with commas between. Empty: all. An Issue webhook does not say its environment, and is left out where this is filled in.',
	},
	{
		displayName: 'Minimum Count',
		name: 'sentryMinimumCount',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 0,
		displayOptions: { show: { source: ['sentry'], sentryResources: ['issue'] } },
		description: 'Only issues that were seen at least so often. Sentry says that in Issue webhooks only; for alerts, put the number into the alert.',
	},
	{
		displayName: 'Trust',
		name: 'sentryTrust',
		type: 'options',
		options: trustOptions,
		default: 'collaborator',
		displayOptions: sentry,
		description:
			"What a signed webhook counts as where a project asks for trust. Sentry's signature shows that your Sentry sent it, and not who caused the error. With \"Anyone\", each becomes a task that waits for a person, unless the project takes anyone.",
	},
];
