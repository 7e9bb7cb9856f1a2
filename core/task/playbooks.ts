import { MaestroError } from '../errors';
import type { Position } from '../playbook/playbook';
import { z } from '../schema';
import { blank } from './blank';
import { compareAndSet } from './compare-and-set';
import { playbookColumns, type PlaybookState } from './records';
import type { Changes } from './store';
import type { TaskTools } from './tools';

const position = z.object({
	loop: z.number().int().min(1),
	document: z.number().int().min(0),
	done: z.array(z.string()),
	ticksInPass: z.number().int().min(0),
	ticks: z.number().int().min(0),
	gates: z.array(z.string()),
});

const stepRecord = z.object({
	/** Of all steps that were done in this playbook, from 1. */
	tick: z.number(),
	loop: z.number(),
	step: z.string(),
	summary: z.string(),
	sha: z.string(),
	costUsd: z.number(),
	check: z.object({ command: z.string(), expect: z.enum(['pass', 'fail']), exitCode: z.number().nullable(), durationMs: z.number() }).optional(),
	/** Files that prove this step by failing before the next: nobody may change them afterwards. */
	proofs: z.array(z.string()).optional(),
});
/** What was done at one step. */
export type StepRecord = z.infer<typeof stepRecord>;

const MAX_RECORDS = 60;
const MAX_CHECKS = 30_000;

function parsed<T>(schema: z.ZodType<T>, json: string, what: string, row: PlaybookState): T {
	try {
		return schema.parse(JSON.parse(json));
	} catch (cause) {
		throw new MaestroError(
			'bad_playbook',
			`The ${what} of playbook "${row.playbook}" of task ${row.taskId} cannot be read`,
			`Delete row ${row.id} of maestro_playbooks to begin the playbook anew.`,
			{ task: row.taskId, row: row.id },
			cause,
		);
	}
}

/** Throws `bad_playbook` where somebody edited the row. */
export function positionOf(row: PlaybookState): Position {
	return parsed(position, row.position, 'position', row);
}

export function recordsOf(row: PlaybookState): StepRecord[] {
	return row.checks === '' ? [] : parsed(z.array(stepRecord), row.checks, 'record', row);
}

/** Which record can be missed first: the oldest that proves nothing to the steps of now. */
function leastNeeded(records: readonly StepRecord[], loop: number): number {
	const found = records.findIndex((record) => record.loop !== loop || (record.proofs ?? []).length === 0);
	return found === -1 ? 0 : found;
}

/** Not all are kept where that would be too much for a column. */
export function withRecord(row: PlaybookState, record: StepRecord): string {
	const records = [...recordsOf(row).filter((known) => known.tick !== record.tick), record];
	while (records.length > 1 && (records.length > MAX_RECORDS || JSON.stringify(records).length > MAX_CHECKS)) records.splice(leastNeeded(records.slice(0, -1), record.loop), 1);
	return JSON.stringify(records);
}

const MAX_PLAYBOOKS = 200;

/** Of a task, the oldest first. */
export async function playbooksOf(tools: Pick<TaskTools, 'store'>, taskId: number, signal: AbortSignal): Promise<PlaybookState[]> {
	return await tools.store.playbooks.find({ taskId: { eq: taskId } }, { limit: MAX_PLAYBOOKS }, signal);
}

/** Should two executions have inserted one each, all agree on the older. */
export function findPlaybook(rows: readonly PlaybookState[], playbook: string): PlaybookState | undefined {
	return rows.find((row) => row.playbook === playbook);
}

export async function startPlaybook(tools: TaskTools, draft: Partial<PlaybookState> & Pick<PlaybookState, 'taskId' | 'playbook' | 'position' | 'sha256'>, signal: AbortSignal): Promise<PlaybookState> {
	const row = { ...blank(playbookColumns), ...draft, status: 'running' as const, startedAt: tools.clock.now().toISOString(), version: 1, owner: tools.newToken() };
	await tools.store.playbooks.insert([row], signal);
	const found = findPlaybook(await playbooksOf(tools, draft.taskId, signal), draft.playbook);
	if (found === undefined) throw new MaestroError('n8n_api', 'n8n took a new row of maestro_playbooks but does not show it', 'Check the version of n8n.');
	return found;
}

/** Throws `lost_race` when another execution moved it: only one may work on a playbook of a task. */
export async function movePlaybook(tools: TaskTools, row: PlaybookState, changes: Changes<PlaybookState>, signal: AbortSignal): Promise<PlaybookState> {
	const moved = await compareAndSet(tools.store.playbooks, row, changes, tools.newToken(), signal);
	if (moved !== undefined) return moved;
	throw new MaestroError('lost_race', `Another execution works on playbook "${row.playbook}" of task ${row.taskId}`, 'Let that one go on; this one has nothing left to do.', { task: row.taskId });
}
