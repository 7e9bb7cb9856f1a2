import type { INodeProperties } from 'n8n-workflow';

const only = (...operations: string[]) => ({ show: { resource: ['email'], operation: operations } });

const readProperties: INodeProperties[] = [
	{
		displayName: 'E-Mail',
		name: 'email',
		type: 'json',
		default: '={{ $json }}',
		required: true,
		displayOptions: only('read'),
		description: 'The mail, as Email Trigger (IMAP) gives it in its format "Simple" or "Resolved"',
	},
	{
		displayName: 'Repository',
		name: 'emailRepository',
		type: 'string',
		default: '',
		placeholder: 'owner/name',
		displayOptions: only('read'),
		description: 'The project that the mails of this mailbox are about; a mail cannot choose it. Empty: the only project.',
	},
	{
		displayName: 'Receiving Server',
		name: 'receivingServer',
		type: 'string',
		default: '',
		placeholder: 'mx.google.com',
		displayOptions: only('read'),
		description: 'The name that your mail server gives itself at the beginning of its Authentication-Results. Empty: no sender is trusted.',
	},
	{
		displayName: 'Allowed Senders',
		name: 'allowedSenders',
		type: 'string',
		typeOptions: { rows: 3 },
		default: '',
		placeholder: 'ada@example.com',
		displayOptions: only('read'),
		description: 'Addresses or domains with commas or line ends between. They count as members when your mail server found their mail genuine.',
	},
	{
		displayName: 'Options',
		name: 'emailOptions',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		displayOptions: only('read'),
		options: [
			{
				displayName: 'Allowed Mailing Lists',
				name: 'allowedLists',
				type: 'string',
				default: '',
				description: 'List-IDs with commas between. Mails of all other lists are dropped.',
			},
			{
				displayName: 'Max Mails per Hour',
				name: 'maxPerHour',
				type: 'number',
				typeOptions: { minValue: 0 },
				default: 60,
				description: 'How many new mails an hour go on, of one project and in all executions together. Further ones are dropped with a reason, so that a storm cannot spend money. 0: no limit.',
			},
		],
	},
];

const replyProperties: INodeProperties[] = [
	{
		displayName: 'From Email',
		name: 'fromEmail',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'support@example.com',
		displayOptions: only('reply'),
		description: 'The address that the answer comes from; a name may stand before it: Support &lt;support@example.com&gt;',
	},
	{
		displayName: 'Reply To',
		name: 'reply',
		type: 'json',
		default: '={{ $json.reply }}',
		required: true,
		displayOptions: only('reply'),
		description: 'What to answer, as the operation "Read" gives it: <code>{to, subject, inReplyTo, references}</code>',
	},
	{
		displayName: 'Text',
		name: 'replyText',
		type: 'string',
		typeOptions: { rows: 6 },
		default: '',
		required: true,
		displayOptions: only('reply'),
		description: 'The answer, as plain text',
	},
];

const archiveProperties: INodeProperties[] = [
	{
		displayName: 'Message ID',
		name: 'messageId',
		type: 'string',
		default: '={{ $json.mail.messageId }}',
		required: true,
		displayOptions: only('archive'),
		description: 'Of the mail, as the operation "Read" gives it under <code>mail.messageId</code>',
	},
	{
		displayName: 'UID',
		name: 'mailUid',
		type: 'string',
		default: '',
		placeholder: '={{ $(\'When a mail arrives\').item.json.attributes.uid }}',
		displayOptions: only('archive'),
		description: 'The number of the mail in its folder, as Email Trigger (IMAP) gives it under <code>attributes.uid</code>. Empty: every mail with this Message ID, which its sender chose.',
	},
	{
		displayName: 'Mailbox Name',
		name: 'mailbox',
		type: 'string',
		default: 'INBOX',
		required: true,
		displayOptions: only('archive'),
		description: 'The folder in which the mail lies',
	},
	{
		displayName: 'Destination',
		name: 'destination',
		type: 'string',
		default: '',
		placeholder: 'Archive/Maestro',
		displayOptions: only('archive'),
		description: 'The folder that it goes to. Empty: the one that the server uses for junk, or else its archive.',
	},
];

export const emailProperties: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['email'] } },
		options: [
			{
				name: 'Archive',
				value: 'archive',
				action: 'Archive a mail',
				description: 'Move a mail from its folder to another, such as that for junk',
			},
			{
				name: 'Read',
				value: 'read',
				action: 'Read a mail',
				description: 'Make a signal of a mail: its own words without quotes, signature and hidden text, who sent it and whether that is proven, and whether it belongs to a task',
			},
			{
				name: 'Reply',
				value: 'reply',
				action: 'Reply to a mail',
				description: 'Answer in the same conversation, with the mark by which Maestro knows its own mails again',
			},
		],
		default: 'read',
	},
	...readProperties,
	...replyProperties,
	...archiveProperties,
];
