import type { Columns } from '../../../core/task/columns';
import type { Filter, Where } from '../../../core/task/store';
import { isDateEntry, isWithin, widened, type Entry } from './dates';

export interface HostFilter {
	readonly type: 'and' | 'or';
	readonly filters: readonly Entry[];
}

/** n8n takes at most 16 KB of headers and address; with the cursor, the key and a proxy's headers half of it is safe. */
const MAX_ENCODED = 6_000;

function entriesOf<R>(where: Where<R>): Entry[] {
	return Object.entries<unknown>(where).flatMap(([columnName, given]) => {
		const conditions: unknown[] = Array.isArray(given) ? given : [given];
		return conditions.flatMap((condition) => {
			if (typeof condition !== 'object' || condition === null) return [];
			return Object.entries(condition).map(([name, value]: [string, Entry['value']]) => ({ columnName, condition: name, value }));
		});
	});
}

function split(entries: readonly Entry[]): HostFilter[] {
	const filters: HostFilter[] = [];
	let part: Entry[] = [];
	let size = 0;
	for (const entry of entries) {
		const length = encodeURIComponent(JSON.stringify(entry)).length + 3;
		if (part.length > 0 && size + length > MAX_ENCODED) {
			filters.push({ type: 'or', filters: part });
			part = [];
			size = 0;
		}
		part.push(entry);
		size += length;
	}
	if (part.length > 0) filters.push({ type: 'or', filters: part });
	return filters;
}

function isAnyOf<R>(filter: Filter<R>): filter is { readonly anyOf: ReadonlyArray<Where<R>> } {
	return 'anyOf' in filter && Array.isArray(filter.anyOf);
}

export interface Query {
	/** Undefined: every row. */
	readonly filter: HostFilter | undefined;
	/** What n8n cannot be relied on to sort out; undefined where it can. */
	readonly refine?: (row: object) => boolean;
}

function queryOf(columns: Columns, entries: readonly Entry[]): Query {
	if (entries.length === 0) return { filter: undefined };
	const dates = entries.filter((entry) => isDateEntry(columns, entry));
	const filter: HostFilter = { type: 'and', filters: entries.map((entry) => widened(columns, entry)) };
	if (dates.length === 0) return { filter };
	return { filter, refine: (row) => dates.every((entry) => isWithin(row, entry)) };
}

/**
 * The queries whose results together are what `filter` asks for: n8n knows one level of "and" or "or" only. An `anyOf` of
 * single conditions becomes one request as long as its address stays short.
 */
export function queriesFor<R>(columns: Columns, filter: Filter<R>): Query[] {
	if (!isAnyOf(filter)) return [queryOf(columns, entriesOf(filter))];
	const members = filter.anyOf.map((where) => entriesOf(where));
	if (members.some((entries) => entries.length === 0)) return [{ filter: undefined }];
	const isSimple = (entries: Entry[]): boolean => entries.length === 1 && !entries.some((entry) => isDateEntry(columns, entry));
	const simple = split(members.filter(isSimple).flat()).map((single): Query => ({ filter: single }));
	return [...simple, ...members.filter((entries) => !isSimple(entries)).map((entries) => queryOf(columns, entries))];
}
