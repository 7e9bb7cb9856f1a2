/** A whole installation on loopback: a real n8n with the bundled workflows, a stand-in for GitHub and one for the model. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startGithub, type Github } from '../../fixtures/github';
import { startModel, type Model, type Script } from '../../fixtures/model';
import { claudePath } from '../../fixtures/agent/cli';
import { addProject, createCredentials, type FormLogin, type CoreWorkflow, type FurtherWorkflow, importBundled, publishedAfterSetup, type WorkflowName } from './installation';
import { hasEnded, outputsOf } from './client';
import { startN8n, type N8n } from './n8n';
import { waitFor } from './poll';
import type { QueueOptions } from './queue';
import { property, record } from './rest';
import type { ChosenCredentials, WorkflowJson } from './workflows';

export { readWorkflow, WORKFLOWS, type WorkflowName } from './installation';

export interface StageOptions {
	readonly scripts: readonly Script[];
	/** Default: a small JavaScript project with a bug. */
	readonly repository?: { readonly fullName: string; readonly files: Readonly<Record<string, string>> };
	readonly env?: Record<string, string>;
	/** Of the project. */
	readonly project?: Readonly<Record<string, unknown>>;
	/** Changes a bundled workflow before it is imported. */
	readonly adapt?: (name: WorkflowName, workflow: WorkflowJson) => WorkflowJson;
	/** Do tasks go by the bundled playbooks, as they do for a user? Default: by one run of Spawn Agent, which most tests are about. */
	readonly playbooks?: boolean;
	/** Bundled workflows to import beside the four that every installation has. The test publishes them itself. */
	readonly further?: readonly FurtherWorkflow[];
	/** Data of further credentials by their type, such as `smtp`; chosen in every bundled workflow that takes one. */
	readonly furtherCredentials?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
	readonly n8nPort?: number;
	/** Executions are carried out by workers. */
	readonly queue?: QueueOptions;
	/** Of the Claude credential. Default: the real CLI. */
	readonly cliPath?: string;
}

export interface Stage {
	readonly n8n: N8n;
	readonly github: Github;
	readonly model: Model;
	readonly root: string;
	readonly fullName: string;
	readonly workflows: Readonly<Record<CoreWorkflow, string>>;
	readonly credentials: Readonly<Record<string, { id: string; name: string }>>;
	/** The id of any workflow that was imported. */
	workflow(name: WorkflowName): string;
	/** Who may fill in the set-up form. */
	readonly form: FormLogin;
	/** Tokens that must be found nowhere. */
	readonly secrets: { readonly claude: string; readonly github: string; readonly webhook: string };
	rows(table: string): Promise<Record<string, unknown>[]>;
	/** The only task, when its state is this. */
	taskWhen(status: string, limitMs?: number): Promise<Record<string, unknown>>;
	/** A whole sweep that begins now, instead of the next minute's. */
	reconcile(): Promise<void>;
	close(options?: { keep?: boolean }): Promise<void>;
}

export const SAMPLE = {
	fullName: 'octo/calculator',
	files: {
		'package.json': `${JSON.stringify({ name: 'calculator', version: '1.0.0', scripts: { test: 'node --test' } }, null, 2)}\n`,
		'README.md': '# Calculator\n',
		'add.js': 'exports.add = (a, b) => a - b;\n',
		'add.test.js': "const { test } = require('node:test');\nconst assert = require('node:assert');\nconst { add } = require('./add');\n\ntest('adds zero', () => assert.equal(add(2, 0), 2));\n",
	},
} as const;

/** The task names no playbook then. */
function withoutPlaybook(workflow: WorkflowJson): WorkflowJson {
	const nodes = workflow.nodes.map((node) => {
		const { playbook, ...options } = record(property(node.parameters, 'options'));
		return playbook === undefined ? node : { ...node, parameters: { ...record(node.parameters), options } };
	});
	return { ...workflow, nodes };
}

const secret = (prefix: string): string => `${prefix}${randomBytes(24).toString('hex')}`;

export async function openStage(options: StageOptions): Promise<Stage> {
	const root = await realpath(await mkdtemp(join(tmpdir(), 'maestro-stage-')));
	const secrets = { claude: secret('sk-ant-oat01-'), github: secret('ghp_'), webhook: secret('hook-') };
	const closers: (() => Promise<void>)[] = [async () => await rm(root, { recursive: true, force: true, maxRetries: 5 })];
	const closeAll = async (): Promise<void> => {
		for (const close of closers.reverse()) await close();
	};
	try {
		const { fullName, files } = options.repository ?? SAMPLE;
		const github = await startGithub({ root: join(root, 'github'), token: secrets.github, login: 'maestro-bot', scopes: ['repo', 'admin:repo_hook'] });
		closers.push(async () => await github.close());
		await github.createRepository({ fullName, files });
		const model = await startModel({ token: secrets.claude, scripts: options.scripts });
		closers.push(async () => await model.close());
		const n8n = await startN8n({ userFolder: join(root, 'n8n'), ...(options.n8nPort === undefined ? {} : { port: options.n8nPort }), ...(options.env === undefined ? {} : { env: options.env }), ...(options.queue === undefined ? {} : { queue: options.queue }) });
		closers.push(async () => await n8n.stop({ keepFolder: true }));
		const { client } = n8n;
		const form = { user: 'owner', password: secret('form-') };
		const further: Record<string, ChosenCredentials[string]> = {};
		for (const [type, data] of Object.entries(options.furtherCredentials ?? {})) further[type] = await client.createCredential(type, type, { ...data });
		const own = await createCredentials(n8n, {
			claude: { token: secrets.claude, baseUrl: model.url, cliPath: options.cliPath ?? claudePath() },
			github: { token: secrets.github, apiUrl: github.apiUrl, webUrl: github.webUrl, webhookSecret: secrets.webhook },
			form,
		});
		const credentials = { ...further, ...own };
		const adapt: NonNullable<StageOptions['adapt']> = (name, workflow) => {
			const adapted = options.playbooks === true ? workflow : withoutPlaybook(workflow);
			return options.adapt === undefined ? adapted : options.adapt(name, adapted);
		};
		const importOne = async (name: WorkflowName): Promise<string> => await importBundled(client, name, credentials, adapt);
		const workflows = {
			setup: await importOne('setup'),
			issueToTask: await importOne('issueToTask'),
			taskToPr: await importOne('taskToPr'),
			reconcile: await importOne('reconcile'),
		};
		const imported: Partial<Record<WorkflowName, string>> = { ...workflows };
		for (const name of options.further ?? []) imported[name] = await importOne(name);
		await client.publish(workflows.setup);
		await addProject(n8n, workflows.setup, form, fullName, options.project);
		for (const name of publishedAfterSetup) await client.publish(workflows[name]);
		// n8n answers a publish before the triggers have registered themselves.
		await waitFor('the webhooks at GitHub', () => (github.requests.filter(({ method, path, status }) => method === 'POST' && path.endsWith('/hooks') && status === 201).length >= 2 ? true : undefined), {
			limitMs: 30_000,
			seen: async () => (await n8n.log()).split('\n').slice(-5),
		});
		await waitFor('the subscription to task.ready', async () => (((await client.tableRows('maestro_subscriptions')) ?? []).length > 0 ? true : undefined));
		const rows = async (table: string): Promise<Record<string, unknown>[]> => (await client.tableRows(table)) ?? [];
		return {
			n8n,
			github,
			model,
			root,
			fullName,
			workflows,
			workflow: (name) => {
				const id = imported[name];
				if (id === undefined) throw new Error(`The stage was opened without the workflow ${name}.`);
				return id;
			},
			credentials,
			form,
			secrets,
			rows,
			taskWhen: async (status, limitMs = 60_000) =>
				await waitFor(`a task that is ${status}`, async () => (await rows('maestro_tasks')).find((task) => task.status === status), {
					limitMs,
					seen: async () => ({ tasks: (await rows('maestro_tasks')).map((task) => [task.id, task.status, task.statusReason]), executions: (await client.listExecutions()).slice(0, 8).map(({ id, workflowId, status }) => ({ id, workflowId, status })) }),
				}),
			reconcile: async () => {
				// The published schedule sweeps as well: beside its sweep one's own would do nothing, and what it has passed already would not be looked at.
				await waitFor('a sweep', async () => {
					const id = await client.runManually(workflows.reconcile, 'Each minute');
					const execution = await waitFor('its end', async () => {
						const now = await client.getExecution(id);
						return hasEnded(now) ? now : undefined;
					}, { limitMs: 60_000 });
					return execution.status !== 'success' || (outputsOf(execution, 'Reconcile')[0] ?? []).length > 0 ? execution : undefined;
				}, { limitMs: 120_000, everyMs: 1_000 });
			},
			close: async ({ keep = false } = {}) => {
				if (!keep) await closeAll();
			},
		};
	} catch (error) {
		await closeAll();
		throw error;
	}
}
