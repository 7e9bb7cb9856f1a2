import { NodeConnectionTypes, type IHookFunctions, type INodeType, type INodeTypeDescription, type IWebhookFunctions, type IWebhookResponseData } from 'n8n-workflow';
import { testSentryCredential } from './credential-test';
import { properties } from './description';
import { pathParameter } from './webhook-path';

export class MaestroTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Maestro Trigger',
		name: 'maestroTrigger',
		icon: { light: 'file:maestroTrigger.svg', dark: 'file:maestroTrigger.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: '={{ ($parameter["source"] === "maestro" ? $parameter["maestroEvents"] : $parameter["source"] === "sentry" ? $parameter["sentryResources"] : $parameter["events"]).join(", ") }}',
		description: 'Starts the workflow on a verified webhook or on an event of Maestro',
		defaults: { name: 'Maestro Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		outputNames: ['Signal'],
		credentials: [
			{ name: 'maestroN8nApi', displayName: 'n8n Credential', required: true },
			{ name: 'maestroGithubApi', displayName: 'GitHub Credential', required: true, displayOptions: { show: { source: ['github'] } } },
			{ name: 'maestroSentryApi', displayName: 'Sentry Credential', required: true, testedBy: 'testSentryCredential', displayOptions: { show: { source: ['sentry'] } } },
		],
		webhooks: [
			{
				name: 'default',
				httpMethod: 'POST',
				responseMode: 'onReceived',
				isFullPath: true,
				...pathParameter(),
			},
		],
		properties,
	};

	methods = { credentialTest: { testSentryCredential } };

	webhookMethods = {
		default: {
			async checkExists(this: IHookFunctions): Promise<boolean> {
				const { isRegistered } = await import('./registration.js');
				return isRegistered(this);
			},
			async create(this: IHookFunctions): Promise<boolean> {
				const { register } = await import('./registration.js');
				return await register(this);
			},
			async delete(this: IHookFunctions): Promise<boolean> {
				const { unregister } = await import('./registration.js');
				return await unregister(this);
			},
		},
	};

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		const { receive } = await import('./receive.js');
		return await receive(this);
	}
}
