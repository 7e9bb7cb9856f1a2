import type { IExecuteFunctions } from 'n8n-workflow';
import type { Project, Task } from '../../core/task/records';
import { AUTHOR_TRUST } from '../../core/signal/signal';
import type { Changes } from '../../core/task/store';
import { readLadder, REACHES } from '../../core/task/ladder';
import { PRIORITIES, TASK_STATUSES, type TaskStatus } from '../../core/task/states';
import { badParameter } from '../shared/items';
import { boolean, number, oneOf, readOptions, requiredTaskId, string } from '../shared/parameters';
import { readEmailOperation, type EmailOperation } from './email-parameters';
import { readReportOperation, type ReportOperation } from './report-parameters';

type Value = (name: string) => unknown;

export type Operation =
	| ReportOperation
	| EmailOperation
	| { readonly kind: 'project.create' | 'project.upsert' | 'project.update' | 'project.setUp'; readonly repository: string; readonly fields: Changes<Project> }
	| { readonly kind: 'project.get' | 'project.delete' | 'project.check'; readonly repository: string }
	| { readonly kind: 'project.getAll'; readonly limit: number }
	| { readonly kind: 'task.get'; readonly taskId: number }
	| { readonly kind: 'task.getAll'; readonly limit: number; readonly repository: string; readonly status: TaskStatus | undefined }
	| { readonly kind: 'task.update'; readonly taskId: number; readonly fields: Changes<Task>; readonly expected: TaskStatus | undefined; readonly answer: string; readonly anew: boolean }
	| { readonly kind: 'task.comment'; readonly taskId: number; readonly comment: string };

/** More would not fit in an execution that a person can open. */
const ALL = 10_000;

function readLimit(value: Value): number {
	return value('returnAll') === true ? ALL : number(value('limit') ?? 50, 'Limit');
}

function readRepository(value: Value): string {
	const repository = string(value('repository'), 'Repository').trim();
	if (/^[\w.-]+\/[\w.-]+$/.test(repository) && !repository.includes('..')) return repository;
	throw badParameter('Repository', `is "${repository}"`, 'Write it as owner/name, for example octocat/hello-world.');
}

function readLadderField(value: unknown): string {
	const ladder = linesOf(string(value, 'Ladder')).trim();
	const [problem] = readLadder(ladder).problems;
	if (problem !== undefined) throw badParameter('Ladder', `cannot be read: ${problem}`, 'Write one rule a line: a source (github, sentry, email, manual), a colon, and triage, root_cause, branch or pull_request.');
	return ladder;
}

/** An expression that gives nothing leaves the field as it is; an empty text empties it. */
function isGiven(value: unknown): boolean {
	return value !== undefined && value !== null;
}

/** A browser sends the lines of a form with CR LF, which a shell would take for part of a command. */
function linesOf(text: string): string {
	return text.replaceAll('\r\n', '\n');
}

function projectFields(fields: Record<string, unknown>): Changes<Project> {
	const texts = ['name', 'baseBranch', 'instructions', 'setupScript', 'verifyCommand', 'model', 'allowedPaths', 'protectedPaths'] as const;
	const counts = ['maxRunning', 'maxChangedFiles', 'maxChangedLines', 'maxNewPerHour'] as const;
	const changes: Changes<Project> = {};
	for (const name of texts) if (isGiven(fields[name])) changes[name] = linesOf(string(fields[name], name)).trim();
	for (const name of counts) if (isGiven(fields[name])) changes[name] = number(fields[name], name);
	if (isGiven(fields.ladder)) changes.ladder = readLadderField(fields.ladder);
	if (isGiven(fields.minimumTrust)) changes.minimumTrust = oneOf(fields.minimumTrust, 'Minimum Author Trust', AUTHOR_TRUST);
	if (typeof fields.active === 'boolean') changes.active = fields.active;
	return changes;
}

function taskFields(fields: Record<string, unknown>): Changes<Task> {
	const changes: Changes<Task> = {};
	if (isGiven(fields.title)) changes.title = string(fields.title, 'Title');
	if (isGiven(fields.statusReason)) changes.statusReason = string(fields.statusReason, 'Reason');
	if (isGiven(fields.reach)) changes.reach = oneOf(fields.reach, 'Reach', REACHES);
	if (isGiven(fields.priority)) changes.priority = oneOf(fields.priority, 'Priority', PRIORITIES);
	if (isGiven(fields.status)) changes.status = oneOf(fields.status, 'Status', TASK_STATUSES);
	return changes;
}

function readTaskUpdate(taskId: number, fields: Record<string, unknown>): Operation {
	const expected = isGiven(fields.expectedStatus) ? oneOf(fields.expectedStatus, 'Expected Status', TASK_STATUSES) : undefined;
	const answer = isGiven(fields.answer) ? linesOf(string(fields.answer, 'Answer')).trim() : '';
	return { kind: 'task.update', taskId, fields: taskFields(fields), expected, answer, anew: boolean(fields.anew, false) };
}

function readProject(operation: string, value: Value): Operation {
	switch (operation) {
		case 'create':
		case 'upsert':
		case 'update':
		case 'setUp':
			return { kind: `project.${operation}`, repository: readRepository(value), fields: projectFields(readOptions(value('projectFields'))) };
		case 'get':
		case 'delete':
		case 'check':
			return { kind: `project.${operation}`, repository: readRepository(value) };
		default:
			return { kind: 'project.getAll', limit: readLimit(value) };
	}
}

function readTask(operation: string, value: Value): Operation {
	switch (operation) {
		case 'get':
			return { kind: 'task.get', taskId: requiredTaskId(value('taskId')) };
		case 'update':
			return readTaskUpdate(requiredTaskId(value('taskId')), readOptions(value('taskFields')));
		case 'comment':
			return { kind: 'task.comment', taskId: requiredTaskId(value('taskId')), comment: string(value('comment'), 'Comment') };
		default: {
			const filters = readOptions(value('filters'));
			return {
				kind: 'task.getAll',
				limit: readLimit(value),
				repository: string(filters.repository, 'Repository').trim(),
				status: filters.status === undefined ? undefined : oneOf(filters.status, 'Status', TASK_STATUSES),
			};
		}
	}
}

export function readOperation(context: IExecuteFunctions, itemIndex: number): Operation {
	const value: Value = (name) => context.getNodeParameter(name, itemIndex, null);
	const operation = string(value('operation') ?? 'getAll', 'Operation');
	const resource = oneOf(value('resource') ?? 'task', 'Resource', ['email', 'project', 'report', 'task']);
	switch (resource) {
		case 'email':
			return readEmailOperation(operation, value);
		case 'project':
			return readProject(operation, value);
		case 'report':
			return readReportOperation(operation, value);
		case 'task':
			return readTask(operation, value);
	}
}
