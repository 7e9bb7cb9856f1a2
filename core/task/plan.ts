import type { JsonObject } from '../agent/agent';
import { z } from '../schema';
import { findCycle, withConflicts, type PlannedTask } from './plan-graph';
import { whyNoPath } from './plan-files';

export const MOST_TASKS = 10;
const LONGEST = { key: 40, title: 200, body: 10_000, path: 200 } as const;
const MOST_FILES = 30;
const MOST_PROBLEMS = 20;
const KEY = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** What a large piece of work was split into; free of circles, with all conflicts named on both sides. */
export interface Plan {
	readonly tasks: readonly PlannedTask[];
}

const keys = (description: string): JsonObject => ({ type: 'array', items: { type: 'string' }, maxItems: MOST_TASKS, description });

/** What a step with `report: plan` says at its end: the report of every step, and the tasks. */
export const PLAN_SCHEMA: JsonObject = {
	type: 'object',
	properties: {
		status: {
			type: 'string',
			enum: ['done', 'needs_input', 'blocked'],
			description: 'done: the plan stands. needs_input: a person must answer a question first. blocked: it cannot be planned.',
		},
		summary: { type: 'string', description: 'How the work is split and why, or what stands in the way, in a few sentences.' },
		question: { type: 'string', description: 'With needs_input: the question, complete in itself.' },
		tasks: {
			type: 'array',
			maxItems: MOST_TASKS,
			description: `With done: 1 to ${MOST_TASKS} tasks. Each becomes an issue, a branch and a pull request of its own; one that depends on others starts when theirs are merged.`,
			items: {
				type: 'object',
				properties: {
					key: { type: 'string', pattern: KEY.source, maxLength: LONGEST.key, description: 'A short name by which the other tasks refer to it, such as "cart-api".' },
					title: { type: 'string', minLength: 1, maxLength: LONGEST.title, description: 'What is to be done, in a line.' },
					body: { type: 'string', minLength: 1, maxLength: LONGEST.body, description: 'All that someone needs who knows only the repository: what, why, where, and how to see that it is done.' },
					dependsOn: keys('Keys of the tasks that must be merged before this one starts.'),
					parallel: { type: 'boolean', description: 'false: no other task of the plan may be worked on beside it.' },
					conflictsWith: keys('Keys of tasks that must not be worked on at the same time. Tasks that name the same files are kept apart without it.'),
					files: { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: MOST_FILES, description: 'The paths, folders or globs that it will change or add, from the root of the repository.' },
				},
				required: ['key', 'title', 'body', 'dependsOn', 'parallel', 'conflictsWith', 'files'],
				additionalProperties: false,
			},
		},
	},
	required: ['status', 'summary', 'tasks'],
	additionalProperties: false,
};

/** One sentence for each field, whatever is wrong with it; the task's name is put before it. */
const SAY = {
	key: `needs a "key" of 1 to ${LONGEST.key} letters, digits, points and hyphens`,
	title: `needs a "title" of 1 to ${LONGEST.title} characters in one line`,
	body: `needs a "body" of 1 to ${LONGEST.body} characters`,
	dependsOn: 'needs a list of keys in "dependsOn", which may be empty',
	parallel: 'needs true or false in "parallel"',
	conflictsWith: 'needs a list of keys in "conflictsWith", which may be empty',
	files: `needs in "files" a list of 1 to ${MOST_FILES} paths, folders or globs of at most ${LONGEST.path} characters each`,
} as const;

const options = (message: string) => ({ required_error: message, invalid_type_error: message });
const hasNoNul = (value: string): boolean => !value.includes('\0');
const text = (message: string, most: number) => z.string(options(message)).trim().min(1, message).max(most, message);
const list = (message: string, most: number, longest: number) => z.array(text(message, longest), options(message)).max(most, message);

const plannedTask = z.object(
	{
		key: text(SAY.key, LONGEST.key).regex(KEY, SAY.key),
		title: text(SAY.title, LONGEST.title).regex(/^[^\r\n]*$/, SAY.title).refine(hasNoNul, SAY.title),
		// Postgres takes no such character.
		body: text(SAY.body, LONGEST.body).refine(hasNoNul, SAY.body),
		dependsOn: list(SAY.dependsOn, MOST_TASKS, LONGEST.key).default([]),
		parallel: z.boolean(options(SAY.parallel)).default(true),
		conflictsWith: list(SAY.conflictsWith, MOST_TASKS, LONGEST.key).default([]),
		files: list(SAY.files, MOST_FILES, LONGEST.path).min(1, SAY.files),
	},
	options('is not an object'),
);

function tasksOf(value: unknown): unknown {
	return typeof value === 'object' && value !== null && 'tasks' in value ? value.tasks : undefined;
}

function nameOf(value: unknown, index: number): string {
	const key = typeof value === 'object' && value !== null && 'key' in value ? value.key : undefined;
	return typeof key === 'string' && key !== '' && key.length <= LONGEST.key ? `Task "${key}"` : `Task number ${index + 1}`;
}

function readShapes(values: readonly unknown[]): { readonly tasks: PlannedTask[]; readonly problems: string[] } {
	const tasks: PlannedTask[] = [];
	const problems: string[] = [];
	for (const [index, value] of values.entries()) {
		const read = plannedTask.safeParse(value);
		if (read.success) tasks.push(read.data);
		else problems.push(...read.error.issues.map((issue) => `${nameOf(value, index)} ${issue.message}.`));
	}
	return { tasks, problems };
}

function badReferences(task: PlannedTask, known: ReadonlySet<string>): string[] {
	const check = (field: 'dependsOn' | 'conflictsWith', words: string): string[] =>
		[...new Set(task[field])].flatMap((key) => {
			if (key === task.key) return [`Task "${task.key}" ${words} itself in "${field}".`];
			return known.has(key) ? [] : [`Task "${task.key}" names "${key}" in "${field}", and no task of the plan has that key.`];
		});
	return [...check('dependsOn', 'depends on'), ...check('conflictsWith', 'conflicts with')];
}

function badFiles({ key, files }: PlannedTask): string[] {
	return files.flatMap((path) => {
		const why = whyNoPath(path);
		return why === undefined ? [] : [`Task "${key}" names the file ${JSON.stringify(path)}, which ${why}.`];
	});
}

function twice(tasks: readonly PlannedTask[]): string[] {
	const lower = tasks.map(({ key }) => key.toLowerCase());
	return tasks.filter(({ key }, index) => lower.indexOf(key.toLowerCase()) !== index).map(({ key }) => `The key "${key}" is there twice (capitals make no difference).`);
}

function problemsOf(tasks: readonly PlannedTask[]): string[] {
	const known = new Set(tasks.map(({ key }) => key));
	const problems = [...twice(tasks), ...tasks.flatMap((task) => [...badReferences(task, known), ...badFiles(task)])];
	const cycle = problems.length > 0 ? undefined : findCycle(tasks);
	return cycle === undefined ? problems : [`These tasks wait for each other and could never start: ${cycle.join(' → ')}.`];
}

/**
 * The plan in a report, or all that is wrong with it, in sentences for the agent that made it. What the agent says of order and
 * conflicts is taken as its wish; that it can be kept, and what follows from the files, is found here.
 */
export function readPlan(value: unknown): { readonly plan: Plan } | { readonly problems: readonly string[] } {
	const values = tasksOf(value);
	if (!Array.isArray(values)) return { problems: [`The report has no list of "tasks": give 1 to ${MOST_TASKS} tasks.`] };
	if (values.length === 0) return { problems: [`The plan has no tasks: give 1 to ${MOST_TASKS}.`] };
	if (values.length > MOST_TASKS) return { problems: [`The plan has ${values.length} tasks, and at most ${MOST_TASKS} are allowed: put some together.`] };
	const { tasks, problems } = readShapes(values);
	const found = [...new Set(problems.length > 0 ? problems : problemsOf(tasks))];
	if (found.length > 0) return { problems: found.slice(0, MOST_PROBLEMS) };
	const unique = tasks.map((task) => ({ ...task, dependsOn: [...new Set(task.dependsOn)] }));
	return { plan: { tasks: withConflicts(unique) } };
}
