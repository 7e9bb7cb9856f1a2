import type { INodeProperties } from 'n8n-workflow';

export const properties: INodeProperties[] = [
	{
		displayName: 'Task',
		name: 'taskId',
		type: 'string',
		default: '={{ $json.task.id }}',
		required: true,
		description: 'The ID of the task whose pull request is awaited',
	},
	{
		displayName: 'Feedback Rounds',
		name: 'maxRounds',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 3,
		description: 'How often failing checks, reviews and conflicts may go back to the agent. After that the node waits for a person.',
	},
	{
		displayName: 'Time Limit (Days)',
		name: 'timeoutDays',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 30,
		description: 'After so many days it leaves on Timed Out. 0: never.',
	},
	{
		displayName: 'Wake on Approval',
		name: 'wakeOnApproval',
		type: 'boolean',
		default: false,
		description: 'Whether an approval with all checks passed leaves on Approved; otherwise only the merge ends the wait',
	},
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		options: [
			{
				displayName: 'Settle Time (Seconds)',
				name: 'settleSeconds',
				type: 'number',
				typeOptions: { minValue: 0 },
				default: 30,
				description: 'How long a pull request must be quiet before new comments and a head without checks count',
			},
		],
	},
];
