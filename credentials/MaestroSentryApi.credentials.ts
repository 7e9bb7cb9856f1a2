import type { Icon, ICredentialType, INodeProperties } from 'n8n-workflow';

/** Tested by Maestro Trigger, which looks at what was pasted: Sentry has no request that a client secret alone could try. */
export class MaestroSentryApi implements ICredentialType {
	name = 'maestroSentryApi';

	displayName = 'Maestro Sentry API';

	icon: Icon = { light: 'file:maestro.svg', dark: 'file:maestro.dark.svg' };

	documentationUrl = 'https://docs.sentry.io/organization/integrations/integration-platform/internal-integration/';

	properties: INodeProperties[] = [
		{
			displayName: 'Client Secret',
			name: 'clientSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
			description:
				'From the credentials of your internal integration in Sentry, which shows it only for a short time after the integration was made. Sentry signs its webhooks with it, and Maestro Trigger refuses every webhook without a right signature. Sentry has no request that tries it: the test sees only whether something else was pasted, and the first webhook shows the rest.',
		},
	];
}
