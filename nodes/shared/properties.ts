import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

/** Values of AUTHOR_TRUST, in the order in which n8n lists options. */
export const trustOptions: INodePropertyOptions[] = [
	{ name: 'Anyone', value: 'none' },
	{ name: 'Collaborator', value: 'collaborator' },
	{ name: 'Contributor', value: 'contributor' },
	{ name: 'Member', value: 'member' },
	{ name: 'Owner', value: 'owner' },
];

/** Values of PRIORITIES. */
export const priorityOptions: INodePropertyOptions[] = [
	{ name: 'High', value: 'high' },
	{ name: 'Low', value: 'low' },
	{ name: 'Medium', value: 'medium' },
	{ name: 'Urgent', value: 'urgent' },
];

/** Values of REACHES. */
export const reachOptions: INodePropertyOptions[] = [
	{ name: 'Branch', value: 'branch', description: 'Commits on a branch, and no pull request' },
	{ name: 'Pull Request', value: 'pull_request' },
	{ name: 'Root Cause', value: 'root_cause', description: 'An agent that reads, and says what it found' },
	{ name: 'Triage', value: 'triage', description: 'No agent with tools' },
];

/** The pair that n8n's nodes have for the operation "Get Many". */
export function limitProperties(resource: string): INodeProperties[] {
	const show = { resource: [resource], operation: ['getAll'] };
	return [
		{
			displayName: 'Return All',
			name: 'returnAll',
			type: 'boolean',
			default: false,
			displayOptions: { show },
			description: 'Whether to return all results or only up to a given limit',
		},
		{
			displayName: 'Limit',
			name: 'limit',
			type: 'number',
			typeOptions: { minValue: 1 },
			default: 50,
			displayOptions: { show: { ...show, returnAll: [false] } },
			description: 'Max number of results to return',
		},
	];
}
