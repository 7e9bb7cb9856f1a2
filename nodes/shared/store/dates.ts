import type { Columns } from '../../../core/task/columns';
import { isRecord } from './values';

/*
 * On SQLite n8n keeps a date as "2026-01-02 03:04:05" and compares it, as text, with "2026-01-02T03:04:05Z": within one
 * day every stored date counts as the earlier one. So n8n is asked for somewhat more than is wanted, and each row that
 * comes back is looked at again.
 */

const DAY_MS = 24 * 60 * 60_000;

export interface Entry {
	readonly columnName: string;
	readonly condition: string;
	readonly value: string | number | boolean | null;
}

export function isDateEntry(columns: Columns, entry: Entry): entry is Entry & { value: string } {
	if (typeof entry.value !== 'string') return false;
	return entry.columnName === 'createdAt' || entry.columnName === 'updatedAt' || columns[entry.columnName]?.type === 'date';
}

/** A condition that n8n answers with at least the wanted rows. */
export function widened(columns: Columns, entry: Entry): Entry {
	if (!isDateEntry(columns, entry)) return entry;
	switch (entry.condition) {
		case 'lt':
		case 'lte':
			return entry;
		case 'gt':
		case 'gte':
			return { ...entry, value: new Date(Date.parse(entry.value) - DAY_MS).toISOString() };
		case 'eq':
			return { columnName: entry.columnName, condition: 'neq', value: null };
		default:
			return { columnName: 'id', condition: 'gt', value: 0 };
	}
}

/** Whether a row that n8n gave fulfils a date condition after all. */
export function isWithin(row: object, { columnName, condition, value }: Entry & { value: string }): boolean {
	const stored = isRecord(row) ? row[columnName] : null;
	if (typeof stored !== 'string') return condition === 'neq';
	const difference = Date.parse(stored) - Date.parse(value);
	switch (condition) {
		case 'lt':
			return difference < 0;
		case 'lte':
			return difference <= 0;
		case 'gt':
			return difference > 0;
		case 'gte':
			return difference >= 0;
		case 'eq':
			return difference === 0;
		default:
			return difference !== 0;
	}
}
