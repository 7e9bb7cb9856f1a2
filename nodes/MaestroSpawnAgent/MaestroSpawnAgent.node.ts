import { NodeConnectionTypes, type IExecuteFunctions, type INodeExecutionData, type INodeType, type INodeTypeDescription } from 'n8n-workflow';
import { testClaudeCredential } from './credential-test';
import { properties } from './description';

export class MaestroSpawnAgent implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Maestro Spawn Agent',
		name: 'maestroSpawnAgent',
		icon: { light: 'file:maestroSpawnAgent.svg', dark: 'file:maestroSpawnAgent.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ $parameter["purpose"] }}',
		description: 'Runs Claude Code on a task in its own worktree',
		defaults: { name: 'Maestro Spawn Agent' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main, NodeConnectionTypes.Main, NodeConnectionTypes.Main, NodeConnectionTypes.Main],
		outputNames: ['Completed', 'Needs Input', 'Paused', 'Failed'],
		credentials: [
			{ name: 'maestroClaudeApi', displayName: 'Claude Credential', required: true, testedBy: 'testClaudeCredential' },
			{ name: 'maestroN8nApi', displayName: 'n8n Credential', required: true },
			{ name: 'maestroGithubApi', displayName: 'GitHub Credential', required: true, displayOptions: { show: { workspace: ['worktree'] } } },
		],
		properties,
	};

	methods = { credentialTest: { testClaudeCredential } };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const { run } = await import('./run.js');
		return await run(this);
	}
}
