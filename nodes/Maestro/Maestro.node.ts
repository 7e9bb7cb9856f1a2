import { NodeConnectionTypes, type IExecuteFunctions, type INodeExecutionData, type INodeType, type INodeTypeDescription } from 'n8n-workflow';
import { testClaudeCredential, testImapCredential, testSmtpCredential } from './credential-test';
import { properties } from './description';

export class Maestro implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Maestro',
		name: 'maestro',
		icon: { light: 'file:maestro.svg', dark: 'file:maestro.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description: 'Reads and changes the records of Maestro: projects and tasks. Reports what is under way, and whether all is well.',
		defaults: { name: 'Maestro' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [
			{ name: 'maestroN8nApi', displayName: 'n8n Credential', required: true },
			{
				name: 'maestroGithubApi',
				displayName: 'GitHub Credential',
				required: true,
				displayOptions: { show: { operation: ['check', 'setUp', 'comment', 'digest', 'health'] } },
			},
			{ name: 'maestroClaudeApi', displayName: 'Claude Credential', required: true, testedBy: 'testClaudeCredential', displayOptions: { show: { resource: ['report'], operation: ['health'] } } },
			{ name: 'maestroSmtpApi', displayName: 'SMTP Credential', required: true, testedBy: 'testSmtpCredential', displayOptions: { show: { resource: ['email'], operation: ['reply'] } } },
			{ name: 'maestroImapApi', displayName: 'IMAP Credential', required: true, testedBy: 'testImapCredential', displayOptions: { show: { resource: ['email'], operation: ['archive'] } } },
		],
		properties,
	};

	methods = { credentialTest: { testClaudeCredential, testImapCredential, testSmtpCredential } };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const { run } = await import('./run.js');
		return await run(this);
	}
}
