import type { Columns, Row } from '../../../core/task/columns';
import type { TableName } from '../../../core/task/records';
import type { Filter, FindOptions, Table } from '../../../core/task/store';
import { TableGone, type Call } from './connection';
import { queriesFor, type HostFilter } from './filter';
import type { TableIds } from './schema';
import { isRecord, readRow, writeFields } from './values';

const PAGE = 250;
/** n8n writes the rows of one insert one by one in one transaction: bounded, so that others get their turn. */
const INSERT_BATCH = 200;
const MAX_LOOKED_UP = 10_000;
/** Short enough for an address. */
const IDS_AT_ONCE = 80;
/** n8n refuses to change or delete rows without a filter. */
const everything: HostFilter = { type: 'and', filters: [{ columnName: 'id', condition: 'gt', value: 0 }] };

export interface TableAccess {
	readonly call: Call;
	ids(signal: AbortSignal): Promise<TableIds>;
	/** The ids are out of date: the next `ids` looks again. */
	forget(stale: TableIds): void;
	counted(): void;
}

export function createTable<C extends Columns>(name: TableName, columns: C, access: TableAccess): Table<Row<C>> {
	const rows = (answer: unknown): Array<Row<C>> => {
		const list = isRecord(answer) ? answer.data : answer;
		return Array.isArray(list) ? list.map((row) => readRow(name, columns, row)) : [];
	};

	/** `work` gets the address of the table's rows; once again with a fresh one when a person deleted the table. */
	async function withTable<T>(signal: AbortSignal, work: (path: string) => Promise<T>): Promise<T> {
		const ids = await access.ids(signal);
		try {
			return await work(`/api/v1/data-tables/${ids[name]}/rows`);
		} catch (error) {
			if (!(error instanceof TableGone)) throw error;
			access.forget(ids);
			const fresh = await access.ids(signal);
			return await work(`/api/v1/data-tables/${fresh[name]}/rows`);
		}
	}

	async function find(filter: Filter<Row<C>>, options: FindOptions, signal: AbortSignal): Promise<Array<Row<C>>> {
		return await withTable(signal, async (path) => {
			const found = new Map<number, Row<C>>();
			for (const { filter: hostFilter, refine } of queriesFor(columns, filter)) {
				let cursor = '';
				let read = 0;
				do {
					access.counted();
					const query = {
						limit: String(refine === undefined ? Math.min(PAGE, options.limit - read) : PAGE),
						sortBy: options.newestFirst === true ? 'id:desc' : 'id:asc',
						...(hostFilter === undefined ? {} : { filter: JSON.stringify(hostFilter) }),
						...(cursor === '' ? {} : { cursor }),
					};
					const page = await access.call({ method: 'GET', path, query }, 'dataTableRow:read', signal);
					for (const row of rows(page)) {
						if (refine !== undefined && !refine(row)) continue;
						found.set(row.id, row);
						read++;
					}
					cursor = isRecord(page) && typeof page.nextCursor === 'string' ? page.nextCursor : '';
				} while (cursor !== '' && read < options.limit);
			}
			const sorted = [...found.values()].sort((left, right) => (options.newestFirst === true ? right.id - left.id : left.id - right.id));
			return sorted.slice(0, options.limit);
		});
	}

	/** Filters that n8n can be relied on to apply to a change; dates are looked up first. */
	async function exactFilters(filter: Filter<Row<C>>, signal: AbortSignal): Promise<HostFilter[]> {
		const queries = queriesFor(columns, filter);
		if (queries.every((query) => query.refine === undefined)) return queries.map((query) => query.filter ?? everything);
		const ids = (await find(filter, { limit: MAX_LOOKED_UP }, signal)).map((row) => row.id);
		const filters: HostFilter[] = [];
		for (let start = 0; start < ids.length; start += IDS_AT_ONCE) {
			const entries = ids.slice(start, start + IDS_AT_ONCE).map((value) => ({ columnName: 'id', condition: 'eq', value }));
			filters.push({ type: 'or', filters: entries });
		}
		return filters;
	}

	return {
		find,
		insert: async (fields, signal) => {
			const inserted: Array<Row<C>> = [];
			for (let start = 0; start < fields.length; start += INSERT_BATCH) {
				const data = fields.slice(start, start + INSERT_BATCH).map((row) => writeFields(name, columns, row));
				access.counted();
				inserted.push(
					...rows(await withTable(signal, async (path) => await access.call({ method: 'POST', path, body: { data, returnType: 'all' } }, 'dataTableRow:create', signal))),
				);
			}
			return inserted;
		},
		update: async (filter, changes, signal) => {
			const data = writeFields(name, columns, changes);
			const changed: Array<Row<C>> = [];
			for (const hostFilter of await exactFilters(filter, signal)) {
				access.counted();
				const body = { filter: hostFilter, data, returnData: true };
				changed.push(
					...rows(await withTable(signal, async (path) => await access.call({ method: 'PATCH', path: `${path}/update`, body }, 'dataTableRow:update', signal))),
				);
			}
			return changed;
		},
		remove: async (filter, signal) => {
			let removed = 0;
			for (const hostFilter of await exactFilters(filter, signal)) {
				access.counted();
				const query = { filter: JSON.stringify(hostFilter), returnData: 'true' };
				const answer = await withTable(signal, async (path) => await access.call({ method: 'DELETE', path: `${path}/delete`, query }, 'dataTableRow:delete', signal));
				removed += Array.isArray(answer) ? answer.length : 0;
			}
			return removed;
		},
	};
}
