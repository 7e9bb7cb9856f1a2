import { NodeConnectionTypes, type IExecuteFunctions, type INodeExecutionData, type INodeType, type INodeTypeDescription, type IWebhookFunctions, type IWebhookResponseData } from 'n8n-workflow';
import { properties } from './description';

export class MaestroAwaitPr implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Maestro Await PR',
		name: 'maestroAwaitPr',
		icon: { light: 'file:maestroAwaitPr.svg', dark: 'file:maestroAwaitPr.dark.svg' },
		group: ['organization'],
		version: 1,
		subtitle: '={{ "at most " + $parameter["maxRounds"] + " rounds" }}',
		description: 'Sleeps, without holding anything, until the pull request needs someone',
		defaults: { name: 'Maestro Await PR' },
		waitingNodeTooltip: '={{ "Asleep until the pull request needs someone. Maestro Reconcile looks at it every minute." }}',
		inputs: [NodeConnectionTypes.Main],
		outputs: [
			NodeConnectionTypes.Main,
			NodeConnectionTypes.Main,
			NodeConnectionTypes.Main,
			NodeConnectionTypes.Main,
			NodeConnectionTypes.Main,
			NodeConnectionTypes.Main,
			NodeConnectionTypes.Main,
		],
		outputNames: ['Merged', 'Approved', 'Changes Requested', 'Checks Failed', 'Conflict', 'Closed', 'Timed Out'],
		credentials: [
			{ name: 'maestroGithubApi', displayName: 'GitHub Credential', required: true },
			{ name: 'maestroN8nApi', displayName: 'n8n Credential', required: true },
		],
		webhooks: [{ name: 'default', httpMethod: 'POST', responseMode: 'onReceived', path: '', restartWebhook: true, isFullPath: true }],
		properties,
		usableAsTool: true,
	};

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
