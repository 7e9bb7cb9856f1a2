import type { IExecuteFunctions } from 'n8n-workflow';
import { readPlan, type Plan } from '../../core/task/plan';
import { PRIORITIES, type Priority } from '../../core/task/states';
import { badParameter } from '../shared/items';
import { boolean, list, oneOf, readOptions, requiredTaskId, string } from '../shared/parameters';

export interface PlanParameters {
	readonly parentId: number;
	readonly plan: Plan;
	/** The playbook that each child is done by. */
	readonly playbook: string;
	readonly createIssues: boolean;
	readonly issueLabels: readonly string[];
	readonly dispatch: boolean;
	/** Undefined: the parent's. */
	readonly priority: Priority | undefined;
}

/** The labels that the bundled workflows start on. */
const STARTING_LABELS = ['auto', 'feature-spec'];

function parsed(value: unknown): unknown {
	if (typeof value !== 'string') return value;
	try {
		return JSON.parse(value);
	} catch {
		throw badParameter('Plan', 'is not valid JSON', 'Give what a playbook step with "report: plan" gave, for example {{ $json.plan }}.');
	}
}

function readTasks(value: unknown): Plan {
	const given = parsed(value);
	const read = readPlan(Array.isArray(given) ? { tasks: given } : given);
	if ('plan' in read) return read.plan;
	throw badParameter('Plan', `cannot be carried out: ${read.problems.join(' ')}`, 'Have the plan made again, or mend it; nothing has been created.');
}

function readLabels(value: unknown): string[] {
	const labels = list(value);
	const starting = labels.find((label) => STARTING_LABELS.includes(label.toLowerCase()));
	if (starting !== undefined) throw badParameter('Issue Labels', `holds "${starting}"`, 'That label starts a task by itself, so each child would be done twice. Leave it out: the children are sent out without it.');
	return labels;
}

export function readPlanParameters(context: IExecuteFunctions, itemIndex: number): PlanParameters {
	const value = (name: string): unknown => context.getNodeParameter(name, itemIndex, null);
	const options = readOptions(value('options'));
	return {
		parentId: requiredTaskId(value('parentTask')),
		plan: readTasks(value('plan')),
		playbook: string(value('playbook'), 'Playbook').trim(),
		createIssues: boolean(value('createIssues'), true),
		issueLabels: readLabels(value('issueLabels')),
		dispatch: boolean(options.dispatch, true),
		priority: options.priority === undefined || options.priority === '' ? undefined : oneOf(options.priority, 'Priority', PRIORITIES),
	};
}
