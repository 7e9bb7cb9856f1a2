/** Runs Maestro Run Playbook Step on tasks of a bench, with the real CLI and a scripted model. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { IDataObject, INodeParameters } from 'n8n-workflow';

import type { PlaybookState, Project, Session, Task } from '../../../core/task/records';
import { MaestroRunPlaybookStep } from '../../../nodes/MaestroRunPlaybookStep/MaestroRunPlaybookStep.node';
import { bash, done, quote, when, type Conversation, type Pattern, type Reply, type Script } from '../../fixtures/model';
import { openBench, type Bench } from './bench';
import { runNode, type NodeRun, type RunOptions } from './run-node';

export const OUTPUTS = ['step', 'done', 'input', 'paused', 'failed'] as const;
export type Output = (typeof OUTPUTS)[number];

export interface Left {
	readonly output: Output | undefined;
	readonly json: IDataObject;
	readonly run: NodeRun;
}

export interface PlaybookBench extends Bench {
	/** One run of the node, as n8n gives it. */
	run(task: Pick<Task, 'id'>, parameters?: INodeParameters, options?: RunOptions): Promise<NodeRun>;
	/** One run of the node: where the item left. Throws what the node threw. */
	go(task: Pick<Task, 'id'>, parameters?: INodeParameters, options?: RunOptions): Promise<Left>;
	/** Runs the node until the item leaves elsewhere than on Step Done; gives each leaving. */
	goThrough(task: Pick<Task, 'id'>, parameters?: INodeParameters): Promise<Left[]>;
	scripts(...given: Script[]): void;
	state(task: Pick<Task, 'id'>): Promise<PlaybookState>;
	sessions(task: Pick<Task, 'id'>): Promise<Session[]>;
	/** A file of the playbook's folder, or its path. */
	copy(task: Pick<Task, 'id'>, file: string): Promise<string>;
	folder(task: Pick<Task, 'id'>): Promise<string>;
	worktree(task: Pick<Task, 'id'>): string;
	/** What the agent was asked at the beginning of each launch since the last call of `scripts`. */
	launches(): Conversation[];
	/** The tables' ids, to make n8n fail on one of them. */
	tableId(name: string): Promise<string>;
	timelineOf(task: Pick<Task, 'id'>, type: string): Promise<string[]>;
}

const never = new AbortController().signal;

/** A playbook that is written in the node. */
export const text = (playbook: string, name = 'steps'): INodeParameters => ({ from: 'text', name, text: playbook });
export const write = (path: string, content: string): string => `mkdir -p "$(dirname ${quote(path)})" && printf '%s' ${quote(content)} > ${quote(path)}`;
export const commit = (message: string): string => `git add -A && git commit -q -m ${quote(message)}`;
export const says = (...commands: string[]): Reply[] => [...commands.map((command): Reply => bash(command)), done('Done.')];
/** An agent that does this in the shell, then says that it is done. */
export const work = (pattern: Pattern, ...commands: string[]): Script => when(pattern).turns(says(...commands));
export const sentBack: Pattern = ({ lastPrompt }) => lastPrompt.includes('did not pass');
/** The last prompt asks for this step. */
export const atStep = (step: string): Pattern => ({ lastPrompt }) => new RegExp(`<step>\n.*\\] ${step.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&')}`).test(lastPrompt);

async function only(folder: string, names: readonly string[]): Promise<string> {
	const [name, ...more] = names;
	if (name === undefined || more.length > 0) throw new Error(`There should be one playbook in ${folder}: ${names.join(', ')}`);
	return await Promise.resolve(join(folder, name));
}

export async function openPlaybookBench(project: Partial<Project> = {}): Promise<PlaybookBench> {
	const bench = await openBench();
	await bench.project(project);
	let since = 0;
	let execution = 0;
	const run: PlaybookBench['run'] = async (task, parameters = {}, options = {}) => {
		const executionId = options.executionId ?? `execution-${++execution}`;
		return await bench.asExecution(executionId, async () => await runNode(new MaestroRunPlaybookStep(), { parameters: { taskId: String(task.id), ...parameters }, credentials: bench.credentials, ...options, executionId }));
	};
	const go: PlaybookBench['go'] = async (task, parameters, options) => {
		const result = await run(task, parameters, options);
		if (result.error !== undefined) throw result.error;
		const index = result.outputs.findIndex((items) => items.length > 0);
		return { output: OUTPUTS[index], json: result.outputs[index]?.[0] ?? {}, run: result };
	};
	const folder: PlaybookBench['folder'] = async ({ id }) => {
		const parent = join(bench.dataDir, 'playbooks', String(id));
		return await only(parent, await bench.folders('playbooks', String(id)));
	};
	return {
		...bench,
		run,
		go,
		goThrough: async (task, parameters) => {
			const lefts: Left[] = [];
			do lefts.push(await go(task, parameters));
			while (lefts.at(-1)?.output === 'step' && lefts.length < 100);
			return lefts;
		},
		scripts: (...given) => {
			since = bench.model.requests.length;
			bench.model.setScripts(given);
		},
		state: async (task) => {
			const rows = await bench.store.playbooks.find({ taskId: { eq: task.id } }, { limit: 2 }, never);
			const [row] = rows;
			if (row === undefined || rows.length > 1) throw new Error(`There should be one row, and there are ${rows.length}`);
			return row;
		},
		sessions: async (task) => await bench.store.sessions.find({ taskId: { eq: task.id } }, { limit: 50 }, never),
		copy: async (task, file) => await readFile(join(await folder(task), file), 'utf8'),
		folder,
		worktree: ({ id }) => join(bench.dataDir, 'worktrees', 'octo', 'shop', String(id)),
		launches: () => bench.model.requests.slice(since).flatMap(({ conversation }) => (conversation !== undefined && conversation.turn === 0 && conversation.attempt === 0 && conversation.tools.length > 0 ? [conversation] : [])),
		tableId: async (name) => {
			const answer = await fetch(`${bench.api.url}/api/v1/data-tables?limit=100`, { headers: { 'x-n8n-api-key': bench.api.apiKey } });
			const body: unknown = await answer.json();
			const tables: unknown = typeof body === 'object' && body !== null && 'data' in body ? body.data : [];
			const found: unknown = Array.isArray(tables) ? tables.find((table: unknown) => typeof table === 'object' && table !== null && 'name' in table && table.name === name) : undefined;
			if (typeof found === 'object' && found !== null && 'id' in found) return String(found.id);
			throw new Error(`There is no table ${name}`);
		},
		timelineOf: async ({ id }, type) => (await bench.store.events.find({ taskId: { eq: id }, type: { eq: type } }, { limit: 200 }, never)).map(({ message }) => message),
	};
}
