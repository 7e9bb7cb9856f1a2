import type { Icon, ICredentialType, INodeProperties } from 'n8n-workflow';

/** Tested by Maestro Spawn Agent, which asks the CLI itself: that proves the path, the version and the token at once. */
export class MaestroClaudeApi implements ICredentialType {
	name = 'maestroClaudeApi';

	displayName = 'Maestro Claude API';

	icon: Icon = { light: 'file:maestro.svg', dark: 'file:maestro.dark.svg' };

	documentationUrl = 'https://code.claude.com/docs/en/authentication';

	properties: INodeProperties[] = [
		{
			displayName: 'Authentication',
			name: 'authMethod',
			type: 'options',
			options: [
				{ name: 'Subscription Token', value: 'oauthToken' },
				{ name: 'API Key', value: 'apiKey' },
			],
			default: 'oauthToken',
			description: 'A subscription token comes from <code>claude setup-token</code>; an API key from the Claude Console',
		},
		{
			displayName: 'Token',
			name: 'token',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
			description: 'Handed to the CLI through a pipe: it never stands in an argument, an environment variable or a file',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: '',
			placeholder: 'https://api.anthropic.com',
			description: 'Only for a gateway of your own; leave empty for Anthropic',
		},
		{
			displayName: 'CLI Path',
			name: 'cliPath',
			type: 'string',
			default: 'claude',
			description: 'The Claude Code program on the machine that runs n8n (in queue mode: on each worker): a name on its PATH or an absolute path',
		},
	];
}
