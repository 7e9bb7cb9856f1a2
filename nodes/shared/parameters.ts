import { badParameter } from './items';

/** Guards over what getNodeParameter gives: an expression can put anything there. */
export function string(value: unknown, label: string): string {
	if (typeof value === 'string') return value;
	if (typeof value === 'number' || typeof value === 'boolean') return String(value);
	if (value === undefined || value === null) return '';
	throw badParameter(label, 'is not a text', 'The expression gives an object or a list: take one field of it.');
}

export function number(value: unknown, label: string): number {
	const parsed = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
	if (typeof parsed === 'number' && Number.isFinite(parsed) && parsed >= 0) return parsed;
	throw badParameter(label, 'is not a number of 0 or more', `Enter a number for "${label}".`);
}

export function boolean(value: unknown, fallback: boolean): boolean {
	return typeof value === 'boolean' ? value : fallback;
}

export function oneOf<const V extends string>(value: unknown, label: string, values: readonly V[]): V {
	const found = values.find((candidate) => candidate === value);
	if (found === undefined) throw badParameter(label, `is ${JSON.stringify(value)}`, `It can be: ${values.join(', ')}.`);
	return found;
}

/** Entries with commas or line ends between; commas inside brackets belong to an entry. */
export function list(value: unknown): string[] {
	if (Array.isArray(value)) return value.map((entry) => String(entry).trim()).filter((entry) => entry !== '');
	// An expression may give one ID as a number; to drop it would drop what the task depends on.
	if (typeof value === 'number') return [String(value)];
	if (typeof value !== 'string') return [];
	return (value.match(/(?:\([^)]*\)|[^,\n(])+/g) ?? []).map((entry) => entry.trim()).filter((entry) => entry !== '');
}

function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A JSON field holds a text or, through an expression, an object already. Empty: `{}`. */
export function jsonObject(value: unknown, label: string): Record<string, unknown> {
	if (value === undefined || value === null || value === '') return {};
	if (isRecord(value)) return value;
	if (typeof value === 'string') {
		try {
			const parsed: unknown = JSON.parse(value);
			if (isRecord(parsed)) return parsed;
		} catch {
			throw badParameter(label, 'is not valid JSON', 'Check quotes and brackets.');
		}
	}
	throw badParameter(label, 'is not a JSON object', 'It has to begin with { and end with }.');
}

/** 0 where it is empty. */
export function taskId(value: unknown): number {
	if (value === undefined || value === null || value === '') return 0;
	const id = typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN;
	if (Number.isSafeInteger(id) && id > 0) return id;
	throw badParameter('Task', `is ${JSON.stringify(value)}`, 'Give the ID of a task: the "id" column of maestro_tasks.');
}

export function requiredTaskId(value: unknown): number {
	const id = taskId(value);
	if (id === 0) throw badParameter('Task', 'is empty', 'Give the ID of a task, for example {{ $json.task.id }}.');
	return id;
}

/** What a collection or a fixed collection gives. */
export function readOptions(value: unknown): Record<string, unknown> {
	return isRecord(value) ? value : {};
}
