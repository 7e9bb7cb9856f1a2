import type { INodeProperties } from 'n8n-workflow';
import { emailProperties } from './email.description';
import { projectProperties } from './project.description';
import { reportProperties } from './report.description';
import { taskProperties } from './task.description';

export const properties: INodeProperties[] = [
	{
		displayName: 'Resource',
		name: 'resource',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'E-Mail', value: 'email', description: 'A mail that came in' },
			{ name: 'Project', value: 'project', description: 'A repository that Maestro may work on' },
			{ name: 'Report', value: 'report', description: 'A digest, or whether all is well' },
			{ name: 'Task', value: 'task', description: 'A unit of work' },
		],
		default: 'task',
	},
	...emailProperties,
	...projectProperties,
	...reportProperties,
	...taskProperties,
];
