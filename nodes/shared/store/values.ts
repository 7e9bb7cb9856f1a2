import { MaestroError } from '../../../core/errors';
import type { Columns, Row } from '../../../core/task/columns';

type Json = Record<string, unknown>;

export function isRecord(value: unknown): value is Json {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wrong(table: string, id: unknown, name: string, value: unknown, expected: string): MaestroError {
	return new MaestroError(
		'n8n_api',
		`In ${table}, row ${String(id)}, the column "${name}" holds ${JSON.stringify(value)}, which is not ${expected}`,
		`Open the table ${table} in n8n's Data tables view and set "${name}" of row ${String(id)} to ${expected}.`,
		{ table, column: name },
	);
}

function readValue(table: string, id: unknown, name: string, column: Columns[string], value: unknown): string | number | boolean | null {
	switch (column.type) {
		case 'string': {
			const text = value === null || value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);
			if (column.values === undefined || column.values.includes(text)) return text;
			// An empty cell is a column that was added later, or a row that a person added: it means the first value.
			if (text === '' && column.values[0] !== undefined) return column.values[0];
			throw wrong(table, id, name, text, `one of ${column.values.join(', ')}`);
		}
		case 'number': {
			const number = value === null || value === undefined ? 0 : Number(value);
			if (Number.isNaN(number)) throw wrong(table, id, name, value, 'a number');
			return number;
		}
		case 'boolean':
			return value === true || value === 1 || value === 'true';
		case 'date': {
			if (value === null || value === undefined || value === '') return null;
			const date = new Date(typeof value === 'number' || value instanceof Date ? value : typeof value === 'string' ? value : Number.NaN);
			if (Number.isNaN(date.getTime())) throw wrong(table, id, name, value, 'a date');
			return date.toISOString();
		}
	}
}

/** A row as n8n gives it → a row as Maestro knows it. */
export function readRow<C extends Columns>(table: string, columns: C, row: unknown): Row<C> {
	if (!isRecord(row) || row.id === undefined) {
		throw new MaestroError('n8n_api', `n8n gave something for ${table} that is not a row`, 'Check that the base URL leads to n8n itself.', { table });
	}
	const entries = Object.entries(columns).map(([name, column]) => [name, readValue(table, row.id, name, column, row[name])]);
	const identity = { id: Number(row.id), createdAt: String(row.createdAt), updatedAt: String(row.updatedAt) };
	// readValue gives for each column what its type says; a mapped type cannot be built up by hand.
	return { ...Object.fromEntries(entries), ...identity } as Row<C>;
}

/** What is to be written, checked: nothing that the columns do not know, and no value outside a closed set. */
export function writeFields(table: string, columns: Columns, fields: object): Json {
	const written: Json = {};
	const given: Json = { ...fields };
	for (const [name, value] of Object.entries(given)) {
		const column = columns[name];
		if (column === undefined || value === undefined) continue;
		if (column.type === 'string' && column.values !== undefined && !column.values.some((known) => known === value)) {
			throw wrong(table, 'to be written', name, value, `one of ${column.values.join(', ')}`);
		}
		written[name] = column.type === 'date' && value === '' ? null : value;
	}
	return written;
}
