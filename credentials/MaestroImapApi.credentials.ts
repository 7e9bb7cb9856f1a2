import type { Icon, ICredentialType, INodeProperties } from 'n8n-workflow';

/** n8n lets a community node use no credential of its own nodes, and none of its nodes moves a mail. Tested by Maestro. */
export class MaestroImapApi implements ICredentialType {
	name = 'maestroImapApi';

	displayName = 'Maestro IMAP API';

	icon: Icon = { light: 'file:maestro.svg', dark: 'file:maestro.dark.svg' };

	documentationUrl = 'https://docs.n8n.io/integrations/builtin/credentials/imap/';

	properties: INodeProperties[] = [
		{ displayName: 'Host', name: 'host', type: 'string', default: '', required: true, placeholder: 'imap.example.com', description: 'The server that keeps your mails' },
		{ displayName: 'Port', name: 'port', type: 'number', default: 993, description: 'Usually 993 with TLS, 143 with STARTTLS' },
		{
			displayName: 'Security',
			name: 'security',
			type: 'options',
			options: [
				{ name: 'None', value: 'none', description: 'Only for a server on this machine or in a network of your own' },
				{ name: 'STARTTLS', value: 'starttls', description: 'Begins in the clear and goes on only encrypted' },
				{ name: 'TLS', value: 'tls', description: 'Encrypted from the beginning' },
			],
			default: 'tls',
			description: 'How the connection is encrypted',
		},
		{ displayName: 'User', name: 'user', type: 'string', default: '', required: true, description: 'As in the IMAP credential of the trigger' },
		{ displayName: 'Password', name: 'password', type: 'string', typeOptions: { password: true }, default: '', description: 'Goes to this server only, and not without encryption unless Security says so' },
	];
}
