import type { IExecuteFunctions, INodeExecutionData, INodeType, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';
import { description } from './description';

export class MaestroAwaitPr implements INodeType {
	description = description;

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const { run } = await import('./run.js');
		return await run(this);
	}

	/** Called on the resume URL of the parked execution; `execute` is not called again. */
	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		const { wake } = await import('./wake.js');
		return await wake(this);
	}
}
