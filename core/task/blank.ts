import type { Columns, Fields } from './columns';

/** A row with nothing in it: '', 0, false, null, and the first of a closed set of values. */
export function blank<C extends Columns>(columns: C): Fields<C> {
	const entries = Object.entries(columns).map(([name, column]) => {
		switch (column.type) {
			case 'string':
				return [name, column.values?.[0] ?? ''];
			case 'number':
				return [name, 0];
			case 'boolean':
				return [name, false];
			case 'date':
				return [name, null];
		}
	});
	// The switch above is what Fields says, column for column; a mapped type cannot be built up by hand.
	return Object.fromEntries(entries) as Fields<C>;
}
