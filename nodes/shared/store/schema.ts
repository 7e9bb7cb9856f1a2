import { isMaestroError } from '../../../core/errors';
import { blank } from '../../../core/task/blank';
import { TABLES, type TableName } from '../../../core/task/records';
import type { Call } from './connection';
import { isRecord } from './values';

const TOP = '/api/v1/data-tables';
const PAGE = '250';
const ROUNDS = 6;

interface Existing {
	readonly id: string;
	readonly name: string;
	readonly createdAt: string;
	readonly columns: ReadonlySet<string>;
}

const NAMES = Object.keys(TABLES).filter((name): name is TableName => name in TABLES);

export type TableIds = Readonly<Record<TableName, string>>;

function existingOf(value: unknown): Existing | undefined {
	if (!isRecord(value) || typeof value.id !== 'string' || typeof value.name !== 'string') return undefined;
	const columns = Array.isArray(value.columns) ? value.columns.filter(isRecord).map((column) => String(column.name)) : [];
	return { id: value.id, name: value.name, createdAt: String(value.createdAt), columns: new Set(columns) };
}

async function listTables(call: Call, signal: AbortSignal): Promise<Map<string, Existing>> {
	const found: Existing[] = [];
	let cursor = '';
	do {
		const query = { limit: PAGE, filter: JSON.stringify({ name: 'maestro_' }), ...(cursor === '' ? {} : { cursor }) };
		const page = await call({ method: 'GET', path: TOP, query }, 'dataTable:list', signal);
		const rows = isRecord(page) && Array.isArray(page.data) ? page.data : [];
		for (const row of rows) {
			const table = existingOf(row);
			if (table !== undefined) found.push(table);
		}
		cursor = isRecord(page) && typeof page.nextCursor === 'string' ? page.nextCursor : '';
	} while (cursor !== '');
	// Should two projects of n8n hold a table of one name, all processes must choose the same: the oldest.
	found.sort((left, right) => right.createdAt.localeCompare(left.createdAt) || right.id.localeCompare(left.id));
	return new Map(found.map((table) => [table.name, table]));
}

/** Another process made the same at the same time: n8n answers 409, or 500 where both passed its own check. */
function isConflict(error: unknown): boolean {
	return isMaestroError(error) && (error.facts.status === 409 || error.facts.status === 500);
}

async function addColumns(call: Call, name: TableName, table: Existing, signal: AbortSignal): Promise<void> {
	const empty: Record<string, unknown> = blank(TABLES[name]);
	for (const [column, { type }] of Object.entries(TABLES[name])) {
		if (table.columns.has(column)) continue;
		try {
			await call({ method: 'POST', path: `${TOP}/${table.id}/columns`, body: { name: column, type } }, 'dataTableColumn:create', signal);
		} catch (error) {
			// Another process upgrades at the same time; should the column be missing after all, the first use says so.
			if (!isConflict(error)) throw error;
		}
		if (empty[column] === null) continue;
		// Rows from before hold NULL there, which no filter for '' or 0 would find.
		const filter = { type: 'and', filters: [{ columnName: column, condition: 'eq', value: null }] };
		const body = { filter, data: { [column]: empty[column] }, returnData: false };
		await call({ method: 'PATCH', path: `${TOP}/${table.id}/rows/update`, body }, 'dataTableRow:update', signal);
	}
}

async function createTable(call: Call, name: TableName, signal: AbortSignal): Promise<void> {
	const columns = Object.entries(TABLES[name]).map(([column, { type }]) => ({ name: column, type }));
	await call({ method: 'POST', path: TOP, body: { name, columns } }, 'dataTable:create', signal);
}

/** All tables, those that were missing made. Several processes may be at it: whoever loses looks again. */
async function ensureTables(call: Call, signal: AbortSignal): Promise<Map<string, Existing>> {
	for (let round = 1; ; round++) {
		const existing = await listTables(call, signal);
		const missing = NAMES.filter((name) => !existing.has(name));
		if (missing.length === 0) return existing;
		for (const name of missing) {
			try {
				await createTable(call, name, signal);
			} catch (error) {
				if (!isConflict(error) || round >= ROUNDS) throw error;
			}
		}
	}
}

/** Makes what is missing, adds what is new, drops nothing. Gives n8n's id of each table. */
export async function prepareTables(call: Call, signal: AbortSignal): Promise<TableIds> {
	const existing = await ensureTables(call, signal);
	const ids: Partial<Record<TableName, string>> = {};
	for (const name of NAMES) {
		const table = existing.get(name);
		if (table === undefined) throw new Error(`n8n made ${name} but does not list it`);
		await addColumns(call, name, table, signal);
		ids[name] = table.id;
	}
	return ids as TableIds;
}
