/** What the end-to-end tests do to a stage and ask of it: one task through the bundled workflows, and looks at what it left. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { bash, editTestCommit, when, type Conversation, type EditTestCommit, type Reply, type Script, type Turn } from '../../fixtures/model';
import type { Execution } from './client';
import { waitFor } from './poll';
import { parentOf } from './processes';
import { list, property, record, text } from './rest';
import type { Stage, StageOptions } from './stage';
import type { WorkflowJson } from './workflows';

export type RowOf = Record<string, unknown>;

/** A review counts at once: a test does not wait for a reviewer to finish. */
export const atOnce: NonNullable<StageOptions['adapt']> = (_, workflow) => withOptions(workflow, { settleSeconds: 0 });

/** Changes parameters and options of Maestro Await PR. */
export function withOptions(workflow: WorkflowJson, options: RowOf, parameters: RowOf = {}): WorkflowJson {
	const nodes = workflow.nodes.map((node) =>
		String(node.type).endsWith('maestroAwaitPr')
			? { ...node, parameters: { ...record(node.parameters), ...parameters, options: { ...record(property(node.parameters, 'options')), ...options } } }
			: node);
	return { ...workflow, nodes };
}

/** Opens an issue and labels it. Gives its number. */
export function askFor(stage: Stage, title: string): number {
	const number = stage.github.openIssue({ repository: stage.fullName, title, body: `Please: ${title}`, association: 'OWNER' });
	stage.github.addLabel({ repository: stage.fullName, number }, 'auto');
	return number;
}

/** So many signals of one issue, each of something that happened to it: a body that GitHub sends twice counts once. Gives the ids of the deliveries. */
export function labelOften(stage: Stage, issue: number, times: number): string[] {
	const at = { repository: stage.fullName, number: issue };
	return Array.from({ length: times }, (_, index) => {
		stage.github.comment(at, `Comment ${index}`);
		return stage.github.addLabel(at, 'auto');
	}).flat();
}

export async function taskOf(stage: Stage, issue: number): Promise<RowOf | undefined> {
	return (await stage.rows('maestro_tasks')).find((task) => task.issueNumber === issue);
}

export async function taskIs(stage: Stage, issue: number, status: string, limitMs = 60_000): Promise<RowOf> {
	return await waitFor(
		`the task of issue ${issue} to be ${status}`,
		async () => {
			const task = await taskOf(stage, issue);
			return task?.status === status ? task : undefined;
		},
		{ limitMs, everyMs: 250, seen: async () => await situation(stage, issue) },
	);
}

/** For the message of a test that failed. */
async function situation(stage: Stage, issue: number): Promise<unknown> {
	const task = await taskOf(stage, issue);
	const of = async (table: string): Promise<RowOf[]> => (await stage.rows(table)).filter((row) => row.taskId === task?.id);
	return {
		task: task === undefined ? undefined : [task.status, task.statusReason, task.executionId, task.attempts],
		runs: (await of('maestro_runs')).map((run) => [run.purpose, run.status, run.epoch, run.failure, run.statusReason]),
		waits: (await of('maestro_waits')).map((wait) => [wait.status, wait.lastVerdict, wait.executionId]),
		executions: (await stage.n8n.client.listExecutions({ workflowId: stage.workflows.taskToPr })).slice(0, 6).map(({ id, status }) => [id, status]),
		log: (await stage.n8n.log()).trimEnd().split('\n').slice(-6),
	};
}

/** Parked: the execution waits in n8n's database, and a row says what it waits for. */
export async function asleep(stage: Stage, taskId: unknown, limitMs = 60_000): Promise<{ wait: RowOf; execution: Execution }> {
	return await waitFor(
		`task ${String(taskId)} to be asleep`,
		async () => {
			const wait = (await stage.rows('maestro_waits')).find((row) => row.taskId === taskId && row.status === 'waiting');
			if (wait === undefined) return undefined;
			const waiting = await stage.n8n.client.listExecutions({ workflowId: stage.workflows.taskToPr, status: 'waiting' });
			const execution = waiting.find(({ id }) => id === String(wait.executionId));
			return execution === undefined ? undefined : { wait, execution };
		},
		{ limitMs, seen: async () => ({ waits: (await stage.rows('maestro_waits')).map(({ id, taskId: of, status, lastVerdict, executionId }) => ({ id, of, status, lastVerdict, executionId })), executions: (await stage.n8n.client.listExecutions({ workflowId: stage.workflows.taskToPr })).slice(0, 6).map(({ id, status }) => [id, status]) }) },
	);
}

export async function runsOf(stage: Stage, taskId: unknown): Promise<RowOf[]> {
	return (await stage.rows('maestro_runs')).filter((run) => run.taskId === taskId);
}

export async function sessionsOf(stage: Stage, taskId: unknown): Promise<RowOf[]> {
	return (await stage.rows('maestro_sessions')).filter((session) => session.taskId === taskId);
}

export async function eventsOf(stage: Stage, taskId: unknown, type: string): Promise<RowOf[]> {
	return (await stage.rows('maestro_events')).filter((event) => event.taskId === taskId && event.type === type);
}

/** The pull requests whose branch belongs to this issue. */
export function pullRequestsOf(stage: Stage, issue: number): number[] {
	return stage.github
		.pullRequests(stage.fullName)
		.filter(({ pull }) => pull?.head.startsWith(`maestro/${issue}-`))
		.map(({ number }) => number);
}

/** The subjects on the branch of a pull request, newest first, without what the base branch has. */
export function commitsOf(stage: Stage, pullRequest: number): string[] {
	const { pull } = stage.github.issue({ repository: stage.fullName, number: pullRequest });
	const { gitPath } = stage.github.repositoryState(stage.fullName);
	const out = execFileSync('git', ['log', '--format=%s', pull?.headSha ?? '', '--not', 'main'], { cwd: gitPath, encoding: 'utf8' });
	return out.trim().split('\n').filter(Boolean);
}

/** Work that says when it began and goes on only when the test lets it. */
export interface Gate {
	/** For the script of the model: the agent stands in a tool until the gate is open. */
	readonly turn: Turn;
	reached(times?: number): Promise<void>;
	/** How often an agent came here. */
	times(): number;
	open(): void;
}

export function gate(folder: string, name: string): Gate {
	const [arrivals, opened] = [join(folder, `${name}.arrivals`), join(folder, `${name}.open`)];
	const times = (): number => (existsSync(arrivals) ? readFileSync(arrivals, 'utf8').split('\n').filter(Boolean).length : 0);
	return {
		turn: bash(`echo here >> '${arrivals}'; for i in $(seq 1 500); do test -e '${opened}' && break; sleep 0.2; done`),
		times,
		reached: async (wanted = 1) => {
			await waitFor(`an agent to stand at ${name}`, () => (times() >= wanted ? true : undefined), { limitMs: 60_000 });
		},
		open: () => writeFileSync(opened, ''),
	};
}

/** As an agent does that finds its commit made already: a second try adds nothing. */
export function workOnce(work: EditTestCommit): Turn[] {
	const turns = editTestCommit(work);
	return turns.map((turn, index) => (index === turns.length - 2 ? bash(`git add -A && (git diff --cached --quiet || git commit -q -m '${work.commit}')`) : turn));
}

/** The reply of these turns, for a script that is made while it talks. */
export function act(turns: readonly Turn[], conversation: Conversation): Reply {
	return when(/^/).turns(turns).reply(conversation);
}

/** Does what the title of the task says and commits under it. */
export const doAsTitled: Script = when(/^/).turns((conversation) => {
	const title = /^Title: (.+)$/m.exec(conversation.lastPrompt)?.[1] ?? 'Untitled';
	return act(workOnce({ files: { [`${title.replaceAll(' ', '-')}.txt`]: `${title}\n` }, test: '', commit: title, summary: `${title}.` }), conversation);
});

/** The CLI processes of a session: each a root, without what it started itself. */
export function agentsOf(agentSessionId: string): number[] {
	const found = new Map<number, number>();
	for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
		try {
			const args = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
			const at = args.findIndex((argument) => argument === '--resume' || argument === '--session-id');
			if (at < 0 || args[at + 1] !== agentSessionId) continue;
			found.set(Number(name), parentOf(Number(name)));
		} catch {
			continue; // It ended while it was looked at.
		}
	}
	return [...found].filter(([, parent]) => !found.has(parent)).map(([pid]) => pid);
}

/** Looks many times a second how many agents of a session are alive at once, until `end` gives the most that were. */
export function watchAgents(agentSessionId: string): { end(): { most: number; pids: number[] } } {
	const pids = new Set<number>();
	let most = 0;
	const look = (): void => {
		const now = agentsOf(agentSessionId);
		most = Math.max(most, now.length);
		for (const pid of now) pids.add(pid);
	};
	look();
	const timer = setInterval(look, 50);
	return {
		end: () => {
			clearInterval(timer);
			look();
			return { most, pids: [...pids] };
		},
	};
}

/** Changes rows as a person does in n8n's Data tables view. */
export async function editRows(stage: Stage, table: string, id: unknown, data: RowOf): Promise<void> {
	const filter = encodeURIComponent(JSON.stringify({ name: table }));
	const found = list(await stage.n8n.client.api(`/data-tables?filter=${filter}`), 'data').find((each) => property(each, 'name') === table);
	const body = { filter: { type: 'and', filters: [{ columnName: 'id', condition: 'eq', value: id }] }, data };
	await stage.n8n.client.api(`/data-tables/${text(found, 'id')}/rows/update`, { method: 'PATCH', body });
}

const SET_STATUS: WorkflowJson = {
	name: 'Set the status of a task',
	nodes: [
		{ id: 'a', name: 'Webhook', type: 'n8n-nodes-base.webhook', typeVersion: 2, position: [0, 0], webhookId: 'set-status', parameters: { httpMethod: 'POST', path: 'set-status', responseMode: 'lastNode' } },
		{
			id: 'b',
			name: 'Maestro',
			type: 'n8n-nodes-maestro.maestro',
			typeVersion: 1,
			position: [220, 0],
			parameters: { resource: 'task', operation: 'update', taskId: '={{ $json.body.task }}', taskFields: { status: '={{ $json.body.status }}' } },
		},
	],
	connections: { Webhook: { main: [[{ node: 'Maestro', type: 'main', index: 0 }]] } },
	settings: { executionOrder: 'v1' },
};

/** Gives a function that sets a task's status with the Maestro node, as a person's own workflow does. */
export async function statusSetter(stage: Stage): Promise<(taskId: unknown, status: string) => Promise<void>> {
	const id = await stage.n8n.client.importWorkflow(SET_STATUS, stage.credentials);
	await stage.n8n.client.publish(id);
	return async (task, status) => {
		const answer = await stage.n8n.client.postWebhook('set-status', { task, status });
		if (answer.status !== 200) throw new Error(`Setting the status answered ${answer.status}: ${answer.body}`);
	};
}

/** The execution of the bundled flow that a task stands in now. */
export async function executionOf(stage: Stage, issue: number): Promise<string> {
	return await waitFor('the execution of the task', async () => {
		const id = (await taskOf(stage, issue))?.executionId;
		return typeof id === 'string' && id !== '' ? id : undefined;
	});
}

