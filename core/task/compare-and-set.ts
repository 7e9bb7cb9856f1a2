import { MaestroError } from '../errors';
import type { RowIdentity } from './columns';
import type { Run, Session, Task, Wait } from './records';
import { checkRunTransition, checkSessionTransition, checkTaskTransition, checkWaitTransition } from './states';
import type { Changes, Filter, Table } from './store';
import { backOff, type TaskTools } from './tools';

interface Guarded extends RowIdentity {
	version: number;
	owner: string;
}

/** A row that a person added in n8n's view has no version; it reads as 0, and no comparison with 0 finds it. */
function asItWas<R extends Guarded>(row: Guarded): Filter<R> {
	const id = { eq: row.id };
	return row.version === 0 ? { anyOf: [{ id, version: { eq: null } }, { id, version: { eq: 0 } }] } : { id, version: { eq: row.version } };
}

async function write<R extends Guarded>(table: Table<R>, row: Guarded, changes: Changes<R>, token: string, signal: AbortSignal): Promise<R | undefined> {
	const written = await table.update(asItWas<R>(row), { ...changes, version: row.version + 1, owner: token }, signal);
	return written.find((candidate) => candidate.owner === token);
}

/**
 * Writes `changes` if the row still has the version that `row` shows; gives the new row, or undefined when somebody else
 * was faster. `token` must be new at each call: on SQLite the loser of a race is handed the winner's row, and only the
 * token tells them apart. What was written although its answer was lost is found by a second look.
 */
export async function compareAndSet<R extends Guarded>(
	table: Table<R>,
	row: Guarded,
	changes: Changes<R>,
	token: string,
	signal: AbortSignal,
): Promise<R | undefined> {
	const mine = await write(table, row, changes, token, signal);
	if (mine !== undefined) return mine;
	const after = { id: { eq: row.id }, version: { eq: row.version + 1 }, owner: { eq: token } } as unknown as Filter<R>;
	const [found] = await table.find(after, { limit: 1 }, signal);
	return found;
}

export interface ChangeOptions {
	readonly attempts?: number;
}

/**
 * Reads, decides, and writes until no one came between. `decide` gives undefined to leave the row as it is.
 * Gives the row as it stands then, or undefined when there is no such row. Throws `lost_race` when too many came between.
 */
export async function change<R extends Guarded>(
	tools: TaskTools,
	table: Table<R>,
	id: number,
	decide: (row: R) => Changes<R> | undefined,
	signal: AbortSignal,
	options: ChangeOptions = {},
): Promise<R | undefined> {
	const attempts = options.attempts ?? 40;
	const byId = { id: { eq: id } } as unknown as Filter<R>;
	let token = tools.newToken();
	for (let attempt = 0; attempt < attempts; attempt++) {
		const [row] = await table.find(byId, { limit: 1 }, signal);
		if (row === undefined) return undefined;
		// The write before did get through; only its answer was lost.
		if (row.owner === token) return row;
		const changes = decide(row);
		if (changes === undefined) return row;
		token = tools.newToken();
		const written = await write(table, row, changes, token, signal);
		if (written !== undefined) return written;
		await backOff(tools, attempt, signal);
	}
	throw new MaestroError(
		'lost_race',
		`Row ${id} was changed by others ${attempts} times while Maestro tried to change it`,
		'Run this again. If it stays so, look for executions that work on the same task.',
		{ id, attempts },
	);
}

type Update<R extends RowIdentity> = (tools: TaskTools, row: R, changes: Changes<R>, signal: AbortSignal) => Promise<R | undefined>;

/** Each checks that the move is legal (`illegal_transition`), then writes; undefined: somebody else was faster. */
export const updateTask: Update<Task> = async (tools, row, changes, signal) => {
	checkTaskTransition(row.status, changes.status ?? row.status);
	return await compareAndSet(tools.store.tasks, row, changes, tools.newToken(), signal);
};
export const updateSession: Update<Session> = async (tools, row, changes, signal) => {
	checkSessionTransition(row.status, changes.status ?? row.status);
	return await compareAndSet(tools.store.sessions, row, changes, tools.newToken(), signal);
};
export const updateRun: Update<Run> = async (tools, row, changes, signal) => {
	checkRunTransition(row.status, changes.status ?? row.status);
	return await compareAndSet(tools.store.runs, row, changes, tools.newToken(), signal);
};
export const updateWait: Update<Wait> = async (tools, row, changes, signal) => {
	checkWaitTransition(row.status, changes.status ?? row.status);
	return await compareAndSet(tools.store.waits, row, changes, tools.newToken(), signal);
};

type Change<R extends RowIdentity> = (
	tools: TaskTools,
	id: number,
	decide: (row: R) => Changes<R> | undefined,
	signal: AbortSignal,
) => Promise<R | undefined>;

function checked<R>(decide: (row: R) => Changes<R & RowIdentity> | undefined, check: (row: R, changes: Changes<R & RowIdentity>) => void) {
	return (row: R) => {
		const changes = decide(row);
		if (changes !== undefined) check(row, changes);
		return changes;
	};
}

/** As `change`, with the legality of the move checked each time. */
export const changeTask: Change<Task> = async (tools, id, decide, signal) =>
	await change(tools, tools.store.tasks, id, checked(decide, (row, next) => checkTaskTransition(row.status, next.status ?? row.status)), signal);
export const changeSession: Change<Session> = async (tools, id, decide, signal) =>
	await change(tools, tools.store.sessions, id, checked(decide, (row, next) => checkSessionTransition(row.status, next.status ?? row.status)), signal);
