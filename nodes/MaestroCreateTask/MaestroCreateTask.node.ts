import { NodeConnectionTypes, type IExecuteFunctions, type INodeExecutionData, type INodeType, type INodeTypeDescription } from 'n8n-workflow';
import { properties } from './description';

export class MaestroCreateTask implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Maestro Create Task',
		name: 'maestroCreateTask',
		icon: { light: 'file:maestroCreateTask.svg', dark: 'file:maestroCreateTask.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ "from " + $parameter["from"] }}',
		description: 'Makes exactly one task of each signal, however often it comes',
		defaults: { name: 'Maestro Create Task' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main, NodeConnectionTypes.Main],
		outputNames: ['Created', 'Duplicate'],
		credentials: [
			{ name: 'maestroN8nApi', displayName: 'n8n Credential', required: true },
			// Wanted where issues are made, which two parameters say: n8n can show a credential for both, and not for one or the other.
			{ name: 'maestroGithubApi', displayName: 'GitHub Credential (Needed to Make Issues)', required: false },
		],
		properties,
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const { run } = await import('./run.js');
		return await run(this);
	}
}
