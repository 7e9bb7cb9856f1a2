import type { IAuthenticateGeneric, Icon, ICredentialTestRequest, ICredentialType, INodeProperties } from 'n8n-workflow';

export class MaestroN8nApi implements ICredentialType {
	name = 'maestroN8nApi';

	displayName = 'Maestro n8n API';

	icon: Icon = { light: 'file:maestro.svg', dark: 'file:maestro.dark.svg' };

	documentationUrl = 'https://docs.n8n.io/api/authentication/';

	properties: INodeProperties[] = [
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: 'http://localhost:5678',
			required: true,
			description: 'Where this n8n answers from inside its own machine or network. Maestro keeps its state and wakes its waits there.',
		},
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
			description:
				'From Settings → n8n API, with the scopes for data tables (<code>dataTable</code>, <code>dataTableColumn</code>, <code>dataTableRow</code>) and <code>execution:read</code>',
		},
	];

	authenticate: IAuthenticateGeneric = {
		type: 'generic',
		properties: { headers: { 'X-N8N-API-KEY': '={{$credentials.apiKey}}' } },
	};

	test: ICredentialTestRequest = {
		request: { baseURL: '={{$credentials.baseUrl}}', url: '/api/v1/data-tables', qs: { limit: 1 } },
	};
}
