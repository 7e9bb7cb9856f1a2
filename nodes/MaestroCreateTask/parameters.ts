import type { IBinaryData, IBinaryKeyData, IExecuteFunctions } from 'n8n-workflow';
import { parseSignal } from '../../core/signal/parse';
import { SEVERITIES, type Signal } from '../../core/signal/signal';
import { HOUR_MS, type TaskRules } from '../../core/task/rules';
import { PRIORITIES, type Priority } from '../../core/task/states';
import { badParameter } from '../shared/items';
import { boolean, jsonObject, list, number, oneOf, readOptions, string, taskId } from '../shared/parameters';

export interface CreateTaskParameters {
	readonly signal: Signal;
	readonly conflictsWith: readonly number[];
	readonly dependsOn: readonly number[];
	readonly createIssue: boolean;
	readonly issueLabels: readonly string[];
	readonly dispatch: boolean;
	readonly parentId: number;
	readonly playbook: string;
	/** Undefined: the signal's severity. */
	readonly priority: Priority | undefined;
	readonly startAgain: boolean;
	readonly rules: Omit<TaskRules, 'maxPerHourInProject'>;
	/** Hosts of one's own Sentry, besides sentry.io. */
	readonly sentryHosts: readonly string[];
	/** Files that came with it; which of them are pictures is found out. */
	readonly files: IBinaryKeyData;
}

/** n8n is asked for it in an address, which has a limit. */
const LONGEST_FINGERPRINT = 1_000;

function ids(value: unknown, label: string): number[] {
	return list(value).map((entry) => {
		const id = taskId(entry);
		if (id === 0) throw badParameter(label, `holds "${entry}"`, 'Give IDs of tasks with commas between.');
		return id;
	});
}

/** A task made of fields is the workflow owner's own, so its author is trusted. */
function fromFields(value: (name: string) => unknown, now: Date): Signal {
	const title = string(value('title'), 'Title').trim();
	const fingerprint = string(value('fingerprint'), 'Fingerprint').trim();
	if (title === '') throw badParameter('Title', 'is empty', 'Say what is to be done.');
	if (fingerprint === '') throw badParameter('Fingerprint', 'is empty', 'Give a text that is the same for the same work, so that it is done once.');
	if (fingerprint.length > LONGEST_FINGERPRINT) throw badParameter('Fingerprint', `has ${fingerprint.length} characters`, `Give at most ${LONGEST_FINGERPRINT}, for example an ID or a hash of the text.`);
	return {
		source: 'manual',
		kind: 'fields',
		title,
		body: string(value('body'), 'Text'),
		url: '',
		author: '',
		authorTrust: 'owner',
		repository: string(value('repository'), 'Repository').trim(),
		fingerprint: `manual:${fingerprint}`,
		severity: 'medium',
		labels: [],
		deliveryId: '',
		receivedAt: now.toISOString(),
	};
}

/** Where the task comes from. A plan and a mail have parameters of their own; see plan-parameters.ts and from-email.ts. */
export function readFrom(context: IExecuteFunctions, itemIndex: number): 'signal' | 'email' | 'fields' | 'plan' {
	return oneOf(context.getNodeParameter('from', itemIndex, null) ?? 'signal', 'From', ['signal', 'email', 'fields', 'plan']);
}

function readRules(options: Readonly<Record<string, unknown>>): CreateTaskParameters['rules'] {
	return {
		minimumCount: number(options.minimumCount ?? 0, 'Minimum Count'),
		minimumSeverity: oneOf(options.minimumSeverity ?? 'low', 'Minimum Severity', SEVERITIES),
		coolDownMs: number(options.coolDown ?? 0, 'Cool-Down') * HOUR_MS,
		maxPerHour: Math.ceil(number(options.maxPerHour ?? 0, 'Max New Tasks an Hour')),
	};
}

function isFile(value: unknown): value is IBinaryData {
	return typeof value === 'object' && value !== null && 'mimeType' in value && 'data' in value && typeof value.mimeType === 'string' && typeof value.data === 'string';
}

/** Files as the items of n8n hold them. */
function readFiles(value: unknown): IBinaryKeyData {
	return Object.fromEntries(Object.entries(jsonObject(value, 'Pictures')).flatMap(([key, file]) => (isFile(file) ? [[key, file]] : [])));
}

/**
 * n8n evaluates an expression that gives a whole signal for as long as all else of a repeat takes: so the field is empty where the signal lies in its place.
 * An expression that gives nothing is no empty field: what lies there may be somebody else's.
 */
function readSignal(context: IExecuteFunctions, itemIndex: number): Signal {
	const isEmpty = (context.getNode().parameters.signal ?? '') === '';
	return parseSignal(jsonObject(isEmpty ? context.getInputData()[itemIndex]?.json.signal : context.getNodeParameter('signal', itemIndex, null), 'Signal'));
}

/** `given`: a mail that was read already; its files are those of the item. */
export function readParameters(context: IExecuteFunctions, itemIndex: number, now: Date, given?: Signal): CreateTaskParameters {
	const value = (name: string): unknown => context.getNodeParameter(name, itemIndex, null);
	const options = readOptions(value('options'));
	return {
		signal: given ?? (readFrom(context, itemIndex) === 'fields' ? fromFields(value, now) : readSignal(context, itemIndex)),
		conflictsWith: ids(options.conflictsWith, 'Conflicts With'),
		dependsOn: ids(options.dependsOn, 'Depends On'),
		createIssue: boolean(options.createIssue, false),
		issueLabels: list(options.issueLabels),
		dispatch: boolean(options.dispatch, true),
		parentId: taskId(options.parentId),
		playbook: string(options.playbook, 'Playbook'),
		priority: options.priority === undefined || options.priority === '' ? undefined : oneOf(options.priority, 'Priority', PRIORITIES),
		startAgain: boolean(options.startAgain, false),
		rules: readRules(options),
		sentryHosts: list(options.sentryHosts),
		files: given === undefined ? readFiles(options.pictures) : (context.getInputData()[itemIndex]?.binary ?? {}),
	};
}
