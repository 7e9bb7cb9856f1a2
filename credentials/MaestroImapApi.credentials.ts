import type { Icon, ICredentialType, INodeProperties } from 'n8n-workflow';
import { password, security } from './mail-server';

/** n8n lets a community node use no credential of its own nodes, and none of its nodes moves a mail. Tested by Maestro. */
export class MaestroImapApi implements ICredentialType {
	name = 'maestroImapApi';

	displayName = 'Maestro IMAP API';

	icon: Icon = { light: 'file:maestro.svg', dark: 'file:maestro.dark.svg' };

	documentationUrl = 'https://docs.n8n.io/integrations/builtin/credentials/imap/';

	properties: INodeProperties[] = [
		{ displayName: 'Host', name: 'host', type: 'string', default: '', required: true, placeholder: 'imap.example.com', description: 'The server that keeps your mails' },
		{ displayName: 'Port', name: 'port', type: 'number', default: 993, description: 'Usually 993 with TLS, 143 with STARTTLS' },
		security,
		{ displayName: 'User', name: 'user', type: 'string', default: '', required: true, description: 'As in the IMAP credential of the trigger' },
		password,
	];
}
