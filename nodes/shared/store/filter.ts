import type { Filter, Where } from '../../../core/task/store';

export interface HostFilter {
	readonly type: 'and' | 'or';
	readonly filters: ReadonlyArray<{ columnName: string; condition: string; value: string | number | boolean | null }>;
}

/** n8n takes at most 16 KB of headers and address; with the cursor, the key and a proxy's headers half of it is safe. */
const MAX_ENCODED = 6_000;

type Entry = HostFilter['filters'][number];

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

/**
 * The filters of n8n whose results together are what `filter` asks for: n8n knows one level of "and" or "or" only. An
 * `anyOf` of single conditions becomes one request as long as its address stays short. Undefined: every row.
 */
export function hostFilters<R>(filter: Filter<R>): Array<HostFilter | undefined> {
	if (!isAnyOf(filter)) {
		const entries = entriesOf(filter);
		return [entries.length === 0 ? undefined : { type: 'and', filters: entries }];
	}
	const members = filter.anyOf.map((where) => entriesOf(where));
	if (members.some((entries) => entries.length === 0)) return [undefined];
	const single = members.filter((entries) => entries.length === 1).flat();
	const several = members.filter((entries) => entries.length > 1);
	return [...split(single), ...several.map((filters): HostFilter => ({ type: 'and', filters }))];
}
