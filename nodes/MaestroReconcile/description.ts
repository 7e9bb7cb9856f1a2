import type { INodeProperties } from 'n8n-workflow';

export const properties: INodeProperties[] = [
	{
		displayName:
			'After a pull-request webhook from Maestro Trigger this node looks only at the pull requests that it names; started by a schedule it sweeps everything.',
		name: 'notice',
		type: 'notice',
		default: '',
	},
	{
		displayName: 'Keep Events (Days)',
		name: 'keepEventsDays',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 30,
		description: 'Older lines of timelines, ended waits and the texts of completed tasks are deleted',
	},
	{
		displayName: 'Keep Transcripts (Days)',
		name: 'keepTranscriptsDays',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 90,
		description: 'Transcripts and conversations that nobody touched for so long are deleted; a conversation that is gone cannot be gone on with',
	},
];
