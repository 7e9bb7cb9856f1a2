import { NodeConnectionTypes, type IExecuteFunctions, type INodeExecutionData, type INodeType, type INodeTypeDescription } from 'n8n-workflow';
import { properties } from './description';

export class MaestroReconcile implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Maestro Reconcile',
		name: 'maestroReconcile',
		icon: { light: 'file:maestroReconcile.svg', dark: 'file:maestroReconcile.dark.svg' },
		group: ['organization'],
		version: 1,
		subtitle: 'wake, restart, clean up',
		description: 'Wakes waits, starts again what died, dispatches what may run, and cleans up',
		defaults: { name: 'Maestro Reconcile' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		outputNames: ['Report'],
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
