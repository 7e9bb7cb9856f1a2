import { NodeConnectionTypes, type IExecuteFunctions, type INodeExecutionData, type INodeType, type INodeTypeDescription } from 'n8n-workflow';
import { properties } from './description';

export class MaestroOpenPr implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Maestro Open PR',
		name: 'maestroOpenPr',
		icon: { light: 'file:maestroOpenPr.svg', dark: 'file:maestroOpenPr.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ $parameter["options"]["draft"] ? "check, push, open a draft" : "check, push, open" }}',
		description: 'Checks what the agent committed, pushes it, and opens or updates the pull request',
		defaults: { name: 'Maestro Open PR' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main, NodeConnectionTypes.Main, NodeConnectionTypes.Main],
		outputNames: ['Opened', 'Nothing To Do', 'Rejected'],
		credentials: [
			{ name: 'maestroGithubApi', displayName: 'GitHub Credential', required: true },
			{ name: 'maestroN8nApi', displayName: 'n8n Credential', required: true },
		],
		properties,
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const { run } = await import('./run.js');
		return await run(this);
	}
}
