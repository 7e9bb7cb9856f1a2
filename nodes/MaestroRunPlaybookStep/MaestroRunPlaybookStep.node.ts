import { NodeConnectionTypes, type IExecuteFunctions, type INodeExecutionData, type INodeType, type INodeTypeDescription } from 'n8n-workflow';
import { testClaudeCredential } from './credential-test';
import { properties } from './description';

export class MaestroRunPlaybookStep implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Maestro Run Playbook Step',
		name: 'maestroRunPlaybookStep',
		icon: { light: 'file:maestroRunPlaybookStep.svg', dark: 'file:maestroRunPlaybookStep.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ $parameter["from"] === "bundled" ? $parameter["bundled"] : $parameter["from"] === "repository" ? $parameter["path"] : $parameter["from"] === "text" ? $parameter["name"] : "playbook of the task" }}',
		description: 'Runs the next unchecked step of a playbook, checks it, and ticks it',
		defaults: { name: 'Maestro Run Playbook Step' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main, NodeConnectionTypes.Main, NodeConnectionTypes.Main, NodeConnectionTypes.Main, NodeConnectionTypes.Main],
		outputNames: ['Step Done', 'Playbook Done', 'Needs Input', 'Paused', 'Failed'],
		credentials: [
			{ name: 'maestroClaudeApi', displayName: 'Claude Credential', required: true, testedBy: 'testClaudeCredential' },
			{ name: 'maestroN8nApi', displayName: 'n8n Credential', required: true },
			{ name: 'maestroGithubApi', displayName: 'GitHub Credential', required: true },
		],
		properties,
	};

	methods = { credentialTest: { testClaudeCredential } };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const { run } = await import('./run.js');
		return await run(this);
	}
}
