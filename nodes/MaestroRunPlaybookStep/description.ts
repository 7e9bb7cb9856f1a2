import type { INodeProperties } from 'n8n-workflow';
import { agentOptions, sorted } from '../shared/agent/options';
import { BUNDLED_PLAYBOOKS } from '../shared/bundled';

const playbookProperties: INodeProperties[] = [
	{
		displayName: 'Task',
		name: 'taskId',
		type: 'string',
		default: '={{ $json.task?.id }}',
		required: true,
		description: 'The ID of the task to work on',
	},
	{
		displayName: 'Playbook From',
		name: 'from',
		type: 'options',
		options: [
			{ name: 'Bundled', value: 'bundled', description: 'One that comes with Maestro' },
			{ name: 'Path in the Repository', value: 'repository', description: 'A markdown file, or a folder of them, in the commit that the task started from' },
			{ name: 'Task', value: 'task', description: 'The one that the task names: a bundled one, or a path in the repository' },
			{ name: 'Text', value: 'text', description: 'Written here' },
		],
		default: 'task',
		description: 'Where the playbook comes from. A task goes on with the playbook as it was when the task began with it.',
	},
	{
		displayName: 'Playbook',
		name: 'bundled',
		type: 'options',
		options: BUNDLED_PLAYBOOKS.map(({ name, title, description }) => ({ name: title, value: name, description })),
		default: 'fix-bug',
		displayOptions: { show: { from: ['bundled'] } },
		description: 'Which of the bundled playbooks',
	},
	{
		displayName: 'Path',
		name: 'path',
		type: 'string',
		default: '',
		placeholder: 'docs/playbooks/release.md',
		required: true,
		displayOptions: { show: { from: ['repository'] } },
		description: 'From the top of the repository. In a folder the documents run in the order of the numbers that their names begin with.',
	},
	{
		displayName: 'Name',
		name: 'name',
		type: 'string',
		default: 'playbook',
		required: true,
		displayOptions: { show: { from: ['text'] } },
		description: 'By which the position in the playbook is found again. A task goes on with the text that it began with: give a changed text another name.',
	},
	{
		displayName: 'Text',
		name: 'text',
		type: 'string',
		typeOptions: { rows: 8 },
		default: '',
		placeholder: '- [ ] Do this first',
		required: true,
		displayOptions: { show: { from: ['text'] } },
		description: 'A markdown checklist: each unchecked box is one step. Keep this field on Fixed: in an Expression n8n itself fills in what stands in double braces, with nothing.',
	},
	{
		displayName: 'Answer',
		name: 'answer',
		type: 'string',
		typeOptions: { rows: 2 },
		default: '={{ $json.answer }}',
		description: 'What a person answered to the question or gate that left on Needs Input. Empty: nobody answered yet.',
	},
];

const limitProperties: INodeProperties[] = [
	{
		displayName: 'Model',
		name: 'model',
		type: 'string',
		default: '',
		placeholder: 'sonnet',
		description: 'For steps that name none. Empty: the one of the project, else the one that the CLI chooses.',
	},
	{
		displayName: 'Max Turns',
		name: 'maxTurns',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 100,
		description: 'For each run of the agent; a step may lower it. 0: no limit.',
	},
	{
		displayName: 'Max Budget (USD)',
		name: 'maxBudgetUsd',
		type: 'number',
		typeOptions: { minValue: 0, numberPrecision: 2 },
		default: 10,
		description: 'For each run of the agent; a step may lower it. 0: no limit.',
	},
];

const ownOptions: INodeProperties[] = [
	{
		displayName: 'Check Command',
		name: 'verifyCommand',
		type: 'string',
		default: '',
		placeholder: 'npm test',
		description: 'What a playbook means by <code>{{VERIFY_COMMAND}}</code>. Empty: the one of the project.',
	},
	{
		displayName: 'Check Timeout (Seconds)',
		name: 'checkTimeout',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 600,
		description: 'How long the command that checks a step may take',
	},
	{
		displayName: 'Loop',
		name: 'loop',
		type: 'boolean',
		default: false,
		description: 'Whether the documents are gone through again while something is left to do. Once this option is added, it holds whatever the playbook says.',
	},
	{
		displayName: 'Max Loops',
		name: 'maxLoops',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 10,
		description: 'How many times the documents are gone through at most. It holds whatever the playbook says.',
	},
	{
		displayName: 'Reset Documents',
		name: 'resetDocuments',
		type: 'string',
		default: '',
		placeholder: '1_ANALYZE, 2_FIND',
		description: 'Names of documents whose boxes are cleared when they are done, for the next loop, with commas between; as their own line <code>resetOnCompletion: yes</code> does',
	},
	{
		displayName: 'Retries',
		name: 'retries',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 20 },
		default: 2,
		description: 'How many times a step that did not pass its check goes back to the agent before it fails',
	},
];

const options: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add option',
	default: {},
	options: sorted([...agentOptions, ...ownOptions]),
};

export const properties: INodeProperties[] = [...playbookProperties, ...limitProperties, options];
