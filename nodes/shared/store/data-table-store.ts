import { TABLES } from '../../../core/task/records';
import type { Store } from '../../../core/task/store';
import { createCall, type Pauses, type SendStoreRequest } from './connection';
import { prepareTables, type TableIds } from './schema';
import { createTable, type TableAccess } from './table';

export interface DataTableStoreOptions extends Pauses {
	readonly send: SendStoreRequest;
	readonly baseUrl: string;
	/** Tells one n8n, and one key's view of it, from another; must not contain the key itself. */
	readonly cacheKey: string;
}

/** The tables are looked for once in each process and n8n; the promise is kept so that many at once look once. */
const prepared = new Map<string, Promise<TableIds>>();
const MAX_PREPARED = 20;

/** The store in n8n's data tables, through its public API. Makes and upgrades the tables on first use. */
export function createDataTableStore(options: DataTableStoreOptions): Store {
	let operations = 0;
	const call = createCall(options.baseUrl, options.send, options);
	const key = options.cacheKey;
	const remembered = new WeakMap<TableIds, Promise<TableIds>>();
	const access: TableAccess = {
		call,
		async ids(signal) {
			let promise = prepared.get(key);
			if (promise === undefined) {
				promise = prepareTables(call, signal);
				if (prepared.size >= MAX_PREPARED) prepared.clear();
				prepared.set(key, promise);
			}
			try {
				const ids = await promise;
				remembered.set(ids, promise);
				return ids;
			} catch (error) {
				if (prepared.get(key) === promise) prepared.delete(key);
				// Whoever began to look was stopped; that must not stop the others who waited for it.
				if (!signal.aborted && error instanceof Error && error.name === 'AbortError') return await access.ids(signal);
				throw error;
			}
		},
		forget(stale) {
			if (prepared.get(key) === remembered.get(stale)) prepared.delete(key);
		},
		counted: () => {
			operations++;
		},
	};
	return {
		projects: createTable('maestro_projects', TABLES.maestro_projects, access),
		tasks: createTable('maestro_tasks', TABLES.maestro_tasks, access),
		aliases: createTable('maestro_aliases', TABLES.maestro_aliases, access),
		subtasks: createTable('maestro_subtasks', TABLES.maestro_subtasks, access),
		sessions: createTable('maestro_sessions', TABLES.maestro_sessions, access),
		runs: createTable('maestro_runs', TABLES.maestro_runs, access),
		taskSessions: createTable('maestro_task_sessions', TABLES.maestro_task_sessions, access),
		playbooks: createTable('maestro_playbooks', TABLES.maestro_playbooks, access),
		events: createTable('maestro_events', TABLES.maestro_events, access),
		waits: createTable('maestro_waits', TABLES.maestro_waits, access),
		subscriptions: createTable('maestro_subscriptions', TABLES.maestro_subscriptions, access),
		locks: createTable('maestro_locks', TABLES.maestro_locks, access),
		get operations() {
			return operations;
		},
	};
}
