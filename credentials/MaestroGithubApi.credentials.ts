import type { IAuthenticateGeneric, Icon, ICredentialTestRequest, ICredentialType, INodeProperties } from 'n8n-workflow';

export class MaestroGithubApi implements ICredentialType {
	name = 'maestroGithubApi';

	displayName = 'Maestro GitHub API';

	icon: Icon = { light: 'file:maestro.svg', dark: 'file:maestro.dark.svg' };

	documentationUrl = 'https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/managing-your-personal-access-tokens';

	properties: INodeProperties[] = [
		{
			displayName: 'Access Token',
			name: 'accessToken',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
			description:
				'A classic personal access token with the scopes <code>repo</code> and <code>admin:repo_hook</code>. A fine-grained one cannot read check runs, so Maestro could not tell whether the checks have passed.',
		},
		{
			displayName: 'API URL',
			name: 'apiUrl',
			type: 'string',
			default: 'https://api.github.com',
			description: 'For GitHub Enterprise Server: <code>https://your-host/api/v3</code>',
		},
		{
			displayName: 'Web URL',
			name: 'webUrl',
			type: 'string',
			default: 'https://github.com',
			description: 'Where git clones from; for GitHub Enterprise Server: <code>https://your-host</code>',
		},
		{
			displayName: 'Webhook Secret',
			name: 'webhookSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'A long random text of your own. GitHub signs its webhooks with it, and Maestro Trigger refuses every webhook without a right signature.',
		},
	];

	authenticate: IAuthenticateGeneric = {
		type: 'generic',
		properties: { headers: { Authorization: '=Bearer {{$credentials.accessToken}}' } },
	};

	test: ICredentialTestRequest = {
		request: { baseURL: '={{$credentials.apiUrl}}', url: '/user' },
	};
}
