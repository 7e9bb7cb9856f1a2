import type { Icon, ICredentialType, INodeProperties } from 'n8n-workflow';
import { password, security } from './mail-server';

/** n8n lets a community node use no credential of its own nodes, and its Send Email node cannot answer within a conversation. Tested by Maestro. */
export class MaestroSmtpApi implements ICredentialType {
	name = 'maestroSmtpApi';

	displayName = 'Maestro SMTP API';

	icon: Icon = { light: 'file:maestro.svg', dark: 'file:maestro.dark.svg' };

	documentationUrl = 'https://docs.n8n.io/integrations/builtin/credentials/sendemail/';

	properties: INodeProperties[] = [
		{ displayName: 'Host', name: 'host', type: 'string', default: '', required: true, placeholder: 'smtp.example.com', description: 'The server that sends your mails' },
		{ displayName: 'Port', name: 'port', type: 'number', default: 465, description: 'Usually 465 with TLS, 587 with STARTTLS' },
		security,
		{ displayName: 'User', name: 'user', type: 'string', default: '', description: 'Empty: without a login' },
		password,
	];
}
