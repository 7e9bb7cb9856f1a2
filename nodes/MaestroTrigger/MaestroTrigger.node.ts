import type { IHookFunctions, INodeType, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';
import { description } from './description';

export class MaestroTrigger implements INodeType {
	description = description;

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
