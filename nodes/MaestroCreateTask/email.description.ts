import type { INodeProperties } from 'n8n-workflow';

const email = { show: { from: ['email'] } };

export const emailProperties: INodeProperties[] = [
	{
		displayName: 'E-Mail',
		name: 'email',
		type: 'json',
		default: '={{ $json }}',
		required: true,
		displayOptions: email,
		description: 'The mail, as Email Trigger (IMAP) gives it in its format "Simple" or "Resolved"',
	},
	{
		displayName: 'Repository',
		name: 'emailRepository',
		type: 'string',
		default: '',
		placeholder: 'owner/name',
		required: true,
		displayOptions: email,
		description: 'The repository of the project that the mails of this mailbox are about; a mail cannot choose it',
	},
	{
		displayName: 'Receiving Server',
		name: 'receivingServer',
		type: 'string',
		default: '',
		placeholder: 'mx.google.com',
		displayOptions: email,
		description: 'The name that your mail server gives itself at the beginning of its Authentication-Results. Empty: no sender is trusted.',
	},
	{
		displayName: 'Allowed Senders',
		name: 'allowedSenders',
		type: 'string',
		typeOptions: { rows: 3 },
		default: '',
		placeholder: 'ada@example.com',
		displayOptions: email,
		description: 'Addresses or domains with commas or line ends between. They count as members when your mail server found their mail genuine.',
	},
	{
		displayName: 'Allowed Mailing Lists',
		name: 'allowedLists',
		type: 'string',
		default: '',
		displayOptions: email,
		description: 'List-IDs with commas between. Mails of all other lists are dropped.',
	},
];
