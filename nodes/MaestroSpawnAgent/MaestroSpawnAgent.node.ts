import type { IExecuteFunctions, INodeExecutionData, INodeType } from 'n8n-workflow';
import { description } from './description';
import { testClaudeCredential } from './credential-test';

export class MaestroSpawnAgent implements INodeType {
	description = description;

	methods = { credentialTest: { testClaudeCredential } };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const { run } = await import('./run.js');
		return await run(this);
	}
}
