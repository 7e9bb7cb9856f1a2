import { NodeConnectionTypes, type INodeTypeDescription } from 'n8n-workflow';
import { projectProperties } from './project.description';
import { taskProperties } from './task.description';

export const description: INodeTypeDescription = {
	displayName: 'Maestro',
	name: 'maestro',
	icon: { light: 'file:maestro.svg', dark: 'file:maestro.dark.svg' },
	group: ['transform'],
	version: 1,
	subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
	description: 'Reads and changes the records of Maestro: projects and tasks',
	defaults: { name: 'Maestro' },
	usableAsTool: true,
	inputs: [NodeConnectionTypes.Main],
	outputs: [NodeConnectionTypes.Main],
	credentials: [
		{ name: 'maestroN8nApi', required: true },
		{
			name: 'maestroGithubApi',
			required: true,
			displayOptions: { show: { operation: ['check', 'comment'] } },
		},
	],
	properties: [
		{
			displayName: 'Resource',
			name: 'resource',
			type: 'options',
			noDataExpression: true,
			options: [
				{ name: 'Project', value: 'project', description: 'A repository that Maestro may work on' },
				{ name: 'Task', value: 'task', description: 'A unit of work' },
			],
			default: 'task',
		},
		...projectProperties,
		...taskProperties,
	],
};
