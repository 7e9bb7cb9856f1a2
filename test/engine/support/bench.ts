/** What a node works with in these tests: stand-ins for n8n's API, GitHub and the model; real git and the real CLI. */
import { mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { blank } from '../../../core/task/blank';
import { newTask } from '../../../core/task/create-task';
import { projectColumns, subscriptionColumns, type Project, type Subscription, type Task } from '../../../core/task/records';
import type { Store } from '../../../core/task/store';
import { openFetchStore } from '../../e2e/support/fetch-store';
import { claudePath } from '../../fixtures/agent/cli';
import { startGithub, type Github } from '../../fixtures/github';
import { startModel, type Model, type Script } from '../../fixtures/model';
import { startN8nApi, type N8nApi } from '../../fixtures/n8n-api';
import type { Credentials } from './workflow';

export const CLAUDE_TOKEN = 'sk-ant-oat01-stand-in-token-for-tests';
export const GITHUB_TOKEN = 'ghp_standInTokenForTheEngineTests0001';
export const WEBHOOK_SECRET = 'hook-secret-of-the-engine-tests';
export const REPOSITORY = 'octo/shop';

const FILES = { 'README.md': '# Shop\n', 'src/cart.js': 'exports.cart = [];\n', 'package.json': '{"name":"shop"}\n', 'package-lock.json': '{"name":"shop"}\n' };

export interface Bench {
	readonly api: N8nApi;
	readonly github: Github;
	readonly model: Model;
	/** The tables, past the node. */
	readonly store: Store;
	readonly dataDir: string;
	readonly credentials: Credentials;
	project(fields?: Partial<Project>): Promise<Project>;
	task(fields?: Partial<Task>): Promise<Task>;
	reload(task: Pick<Task, 'id'>): Promise<Task>;
	subscription(fields?: Partial<Subscription>): Promise<Subscription>;
	/** The messages of the timeline, oldest first. */
	timeline(): Promise<{ type: string; message: string }[]>;
	/** Folders below the data directory. */
	folders(...path: string[]): Promise<string[]>;
	/** Runs a node as an execution that n8n knows of while it lasts, and not afterwards. */
	asExecution<T>(id: string, work: () => Promise<T>): Promise<T>;
	close(): Promise<void>;
}

const signal = new AbortController().signal;

export async function openBench(scripts: readonly Script[] = []): Promise<Bench> {
	const root = await realpath(await mkdtemp(join(tmpdir(), 'maestro-engine-')));
	const dataDir = join(root, 'data');
	process.env.MAESTRO_DATA_DIR = dataDir;
	const api = await startN8nApi();
	// That in which the node under test runs, where a test says nothing else (see workflow.ts).
	api.setExecution('execution-1', 'running');
	const github = await startGithub({ root: join(root, 'github'), token: GITHUB_TOKEN, login: 'maestro-bot', scopes: ['repo', 'admin:repo_hook'] });
	await github.createRepository({ fullName: REPOSITORY, files: FILES });
	const model = await startModel({ token: CLAUDE_TOKEN, scripts });
	const store = openFetchStore(api.url, api.apiKey);
	const one = <T>([row]: T[]): T => {
		if (row === undefined) throw new Error('There is no such row');
		return row;
	};
	return {
		api,
		github,
		model,
		store,
		dataDir,
		credentials: {
			maestroClaudeApi: { authMethod: 'oauthToken', token: CLAUDE_TOKEN, baseUrl: model.url, cliPath: claudePath() },
			maestroGithubApi: { accessToken: GITHUB_TOKEN, apiUrl: github.apiUrl, webUrl: github.webUrl, webhookSecret: WEBHOOK_SECRET },
			maestroN8nApi: { baseUrl: api.url, apiKey: api.apiKey },
		},
		project: async (fields = {}) =>
			one(await store.projects.insert([{ ...blank(projectColumns), name: REPOSITORY, repository: REPOSITORY, active: true, minimumTrust: 'collaborator', version: 1, ...fields }], signal)),
		task: async (fields = {}) => one(await store.tasks.insert([newTask({ title: 'Mend the cart', projectId: 1, repository: REPOSITORY, ...fields })], signal)),
		reload: async ({ id }) => one(await store.tasks.find({ id: { eq: id } }, { limit: 1 }, signal)),
		subscription: async (fields = {}) => one(await store.subscriptions.insert([{ ...blank(subscriptionColumns), workflowId: 'w', nodeId: 'n', path: '/webhook/maestro', events: 'task.ready', version: 1, ...fields }], signal)),
		timeline: async () => (await store.events.find({}, { limit: 500 }, signal)).map(({ type, message }) => ({ type, message })),
		folders: async (...path) => await readdir(join(dataDir, ...path)).catch((): string[] => []),
		asExecution: async (id, work) => {
			api.setExecution(id, 'running');
			try {
				return await work();
			} finally {
				api.setExecution(id, undefined);
			}
		},
		close: async () => {
			await model.close();
			await github.close();
			await api.close();
			await rm(root, { recursive: true, force: true, maxRetries: 5 });
		},
	};
}
