import { NodeConnectionTypes, type INodeTypeDescription } from 'n8n-workflow';

export const description: INodeTypeDescription = {
	displayName: 'Maestro Reconcile',
	name: 'maestroReconcile',
	icon: { light: 'file:maestroReconcile.svg', dark: 'file:maestroReconcile.dark.svg' },
	group: ['organization'],
	version: 1,
	description: 'Wakes waits, starts again what died, dispatches what may run, and cleans up',
	defaults: { name: 'Maestro Reconcile' },
	usableAsTool: true,
	inputs: [NodeConnectionTypes.Main],
	outputs: [NodeConnectionTypes.Main],
	outputNames: ['Report'],
	credentials: [
		{ name: 'maestroGithubApi', required: true },
		{ name: 'maestroN8nApi', required: true },
	],
	properties: [
		{
			displayName:
				'After a pull-request webhook from Maestro Trigger this node looks only at the pull requests that it names; started by a schedule it sweeps everything.',
			name: 'notice',
			type: 'notice',
			default: '',
		},
		{
			displayName: 'Keep Events (Days)',
			name: 'keepEventsDays',
			type: 'number',
			typeOptions: { minValue: 1 },
			default: 30,
			description: 'Older lines of timelines are deleted',
		},
	],
};
