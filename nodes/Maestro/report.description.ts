import type { INodeProperties } from 'n8n-workflow';

const only = (...operations: string[]) => ({ show: { resource: ['report'], operation: operations } });

export const reportProperties: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['report'] } },
		options: [
			{
				name: 'Digest',
				value: 'digest',
				action: 'Get a digest of yesterday and of what is under way',
				description: 'Tasks, pull requests, issues and what yesterday cost, as fields and as a text to send',
			},
			{
				name: 'Health Check',
				value: 'health',
				action: 'Check the health of the installation',
				description: 'Try each token, and look at data tables, disk and sessions; never fails for what it finds',
			},
		],
		default: 'digest',
	},
	{
		displayName: 'Claude Token Expires On',
		name: 'claudeTokenExpiresOn',
		type: 'dateTime',
		default: '',
		displayOptions: only('health'),
		description: 'Nobody but you knows this date: a token of "claude setup-token" ends a year after it was made. Empty: it is not watched. Those of GitHub and n8n are asked for.',
	},
	{
		displayName: 'Options',
		name: 'digestOptions',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		displayOptions: only('digest'),
		options: [
			{
				displayName: 'Entries',
				name: 'entries',
				type: 'number',
				typeOptions: { minValue: 1, maxValue: 100 },
				default: 10,
				description: 'How many of each list are written out; all are counted',
			},
			{ displayName: 'Repository', name: 'repository', type: 'string', default: '', placeholder: 'owner/name', description: 'Only this one. Empty: all active projects.' },
		],
	},
	{
		displayName: 'Options',
		name: 'healthOptions',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		displayOptions: only('health'),
		options: [
			{
				displayName: 'Ask Claude',
				name: 'askClaude',
				type: 'boolean',
				default: true,
				description: 'Whether to have Claude Code answer one word, which costs as much as one word does. It is the only proof that the token works.',
			},
			{
				displayName: 'Data Tables Warn At (%)',
				name: 'tablesPercent',
				type: 'number',
				typeOptions: { minValue: 1, maxValue: 100 },
				default: 80,
				description: 'How full the data tables of this n8n may be, of what N8N_DATA_TABLES_MAX_SIZE_BYTES allows',
			},
			{
				displayName: 'Days Before Expiry',
				name: 'expiryDays',
				type: 'number',
				typeOptions: { minValue: 0 },
				default: 14,
				description: 'From when on a token or key that is about to expire counts as a failure',
			},
			{
				displayName: 'Minimum Free Disk (GB)',
				name: 'minimumDiskGb',
				type: 'number',
				typeOptions: { minValue: 0 },
				default: 2,
				description: 'How much must be free where Maestro keeps its files',
			},
		],
	},
];
