import type { INodeProperties } from 'n8n-workflow';

/** What the credentials of mail servers have in common. */
export const security: INodeProperties = {
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
};

export const password: INodeProperties = {
	displayName: 'Password',
	name: 'password',
	type: 'string',
	typeOptions: { password: true },
	default: '',
	description: 'Goes to this server only, and not without encryption unless Security says so',
};
