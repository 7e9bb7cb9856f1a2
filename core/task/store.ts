import type { RowIdentity } from './columns';
import type { Alias, Lock, PlaybookState, Project, Run, Session, Subscription, Subtask, Task, TaskSession, TimelineEvent, Wait } from './records';

type Scalar = string | number | boolean | null;

/** One condition on a column. n8n's data tables know these and no others. */
export type Condition =
	| { readonly eq: Scalar }
	| { readonly neq: Scalar }
	| { readonly gt: string | number }
	| { readonly gte: string | number }
	| { readonly lt: string | number }
	| { readonly lte: string | number };

/** All must hold; `anyOf` holds when one of its members does. */
export type Where<R> = { readonly [K in keyof R]?: Condition | readonly Condition[] };
export type Filter<R> = Where<R> | { readonly anyOf: ReadonlyArray<Where<R>> };

export interface FindOptions {
	/** At most so many rows; all pages are read until then. */
	limit: number;
	/** Default: by id, ascending. */
	newestFirst?: boolean;
}

export type NewRow<R extends RowIdentity> = Omit<R, keyof RowIdentity>;
export type Changes<R extends RowIdentity> = Partial<NewRow<R>>;

/** Every call takes a signal and counts as one operation, or as one for each page. */
export interface Table<R extends RowIdentity> {
	find(filter: Filter<R>, options: FindOptions, signal: AbortSignal): Promise<R[]>;
	insert(rows: ReadonlyArray<NewRow<R>>, signal: AbortSignal): Promise<R[]>;
	/** Gives the rows that n8n reports as changed; see compare-and-set.ts for when to believe them. */
	update(filter: Filter<R>, changes: Changes<R>, signal: AbortSignal): Promise<R[]>;
	remove(filter: Filter<R>, signal: AbortSignal): Promise<number>;
}

export interface Store {
	readonly projects: Table<Project>;
	readonly tasks: Table<Task>;
	/** Further fingerprints of tasks. */
	readonly aliases: Table<Alias>;
	readonly subtasks: Table<Subtask>;
	readonly sessions: Table<Session>;
	readonly runs: Table<Run>;
	readonly taskSessions: Table<TaskSession>;
	readonly playbooks: Table<PlaybookState>;
	readonly events: Table<TimelineEvent>;
	readonly waits: Table<Wait>;
	readonly subscriptions: Table<Subscription>;
	readonly locks: Table<Lock>;
	/** How many operations this store has made, for the bench. */
	readonly operations: number;
}
