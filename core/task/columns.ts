/** A column of a data table: its type in n8n, and the values it may hold where they are a closed set. */
export interface Column<T> {
	readonly type: 'string' | 'number' | 'boolean' | 'date';
	readonly values?: readonly string[];
	/** Carries the TypeScript type only; never set. */
	readonly _type?: T;
}

export const text: Column<string> = { type: 'string' };
export const count: Column<number> = { type: 'number' };
export const flag: Column<boolean> = { type: 'boolean' };
/** ISO 8601, or null where it has not happened. */
export const date: Column<string | null> = { type: 'date' };

export function oneOf<const V extends string>(values: readonly V[]): Column<V> {
	return { type: 'string', values };
}

type AnyColumn = Column<string> | Column<number> | Column<boolean> | Column<string | null>;
export type Columns = Readonly<Record<string, AnyColumn>>;

/** The fields of a table's rows, without those that n8n adds. */
export type Fields<C extends Columns> = {
	-readonly [K in keyof C]: C[K] extends Column<infer T> ? T : never;
};

/** What n8n adds to each row. */
export interface RowIdentity {
	id: number;
	createdAt: string;
	updatedAt: string;
}

export type Row<C extends Columns> = Fields<C> & RowIdentity;

/** `version` and `owner` carry the compare-and-set (see compare-and-set.ts). */
export const guarded = { version: count, owner: text } as const;
