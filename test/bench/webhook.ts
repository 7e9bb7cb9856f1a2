/** From a signed webhook to the agent's process, next to a webhook of n8n's own that starts a process. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { property, record } from '../e2e/support/rest';
import { openStage, type Stage } from '../e2e/support/stage';
import { waitFor } from '../e2e/support/poll';
import type { WorkflowJson } from '../e2e/support/workflows';
import { claudePath } from '../fixtures/agent/cli';
import { bash, done, when } from '../fixtures/model';
import { median, milliseconds, pairs, type Figure } from './figure';
import { makeStamp } from './stamp';

const PAIRS = 7;

const bareWorkflow = (command: string): WorkflowJson => ({
	name: 'Bare',
	nodes: [
		{ id: 'a', name: 'Webhook', type: 'n8n-nodes-base.webhook', typeVersion: 2, position: [0, 0], webhookId: 'bare', parameters: { httpMethod: 'POST', path: 'bare', responseMode: 'onReceived' } },
		{ id: 'b', name: 'Execute Command', type: 'n8n-nodes-base.executeCommand', typeVersion: 1, position: [220, 0], parameters: { command } },
	],
	connections: { Webhook: { main: [[{ node: 'Execute Command', type: 'main', index: 0 }]] } },
	settings: { executionOrder: 'v1' },
});

export const figure: Figure = {
	name: 'webhook',
	about: 'a signed webhook until the agent process starts, next to Webhook → Execute Command in the same n8n; mirror warm',
	measure: async (say) => {
		const folder = await mkdtemp(join(tmpdir(), 'maestro-bench-webhook-'));
		const agent = await makeStamp(folder, 'agent', `exec '${claudePath()}' "$@"`);
		const command = await makeStamp(folder, 'command', 'exit 0');
		const stage = await openStage({
			scripts: [when(/.*/s).turns([bash('echo changed >> README.md && git add -A && git commit -q -m Change'), done('Changed.')])],
			cliPath: agent.path,
			// n8n leaves its Execute Command node out unless told otherwise.
			env: { NODES_EXCLUDE: '[]' },
		});
		try {
			const { github, n8n, fullName: repository } = stage;
			const bareId = await n8n.client.importWorkflow(bareWorkflow(command.path));
			await n8n.client.publish(bareId);
			let issues = 0;
			let last = 0;
			const ours = async (): Promise<number> => {
				const number = github.openIssue({ repository, title: `Change ${++issues}`, body: 'Please.', association: 'OWNER' });
				await github.delivered();
				const sentAt = Date.now();
				last = sentAt;
				github.addLabel({ repository, number }, 'auto');
				const ms = (await agent.after(sentAt)) - sentAt;
				// The rest of the task is no part of it, and must not run beside the next one.
				await waitFor('the pull request', async () => {
					const tasks = await stage.rows('maestro_tasks');
					const task = tasks.find((row) => row.issueNumber === number);
					if (task?.status === 'failed' || task?.status === 'blocked') throw new Error(`The task is ${task.status}: ${String(task.statusReason)}`);
					return task?.status === 'in_review' ? true : undefined;
				}, { limitMs: 90_000, everyMs: 250 });
				await waitFor('the execution to sleep', async () => ((await n8n.client.listExecutions({ status: 'running' })).length === 0 ? true : undefined), { limitMs: 60_000, everyMs: 250 });
				return ms;
			};
			const bare = async (): Promise<number> => {
				const sentAt = Date.now();
				const [{ status }, startedAt] = await Promise.all([n8n.client.postWebhook('bare', {}), command.after(sentAt)]);
				if (status !== 200) throw new Error(`The bare webhook answered ${status}.`);
				return startedAt - sentAt;
			};
			// The first of each loads what is loaded on first use, makes the mirror and has the CLI's version asked for.
			say(`first: Maestro ${milliseconds(await ours())}, bare ${milliseconds(await bare())}`);
			const found = await pairs(PAIRS, ours, bare, say, milliseconds);
			for (const line of await course(stage, last)) say(line);
			const whole = median(found.map((pair) => pair.ours));
			return [
				{ what: 'signed webhook to agent process started', target: '≤ 1 s', value: milliseconds(whole), met: whole <= 1000 },
				{ what: 'bare webhook to command started', target: '', value: milliseconds(median(found.map((pair) => pair.bare))) },
			];
		} finally {
			await stage.close();
			await rm(folder, { recursive: true, force: true });
		}
	},
};

/** When each node began, by n8n's own count, in the executions since a moment. */
async function course(stage: Stage, since: number): Promise<string[]> {
	const lines: { at: number; line: string }[] = [];
	for (const workflowId of [stage.workflows.issueToTask, stage.workflows.taskToPr]) {
		const [newest] = await stage.n8n.client.listExecutions({ workflowId });
		if (newest === undefined) continue;
		const { data } = await stage.n8n.client.getExecution(newest.id);
		for (const [node, runs] of Object.entries(record(property(data, 'resultData', 'runData')))) {
			const run: unknown = Array.isArray(runs) ? runs[0] : undefined;
			const at = Number(property(run, 'startTime')) - since;
			lines.push({ at, line: `last one: ${node} began after ${milliseconds(at)} and took ${milliseconds(Number(property(run, 'executionTime')))}` });
		}
	}
	return lines.sort((a, b) => a.at - b.at).map(({ line }) => line);
}
