/** What Maestro adds to the agent itself. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { runNode } from '../engine/support/run-node';
import { REPORT_SCHEMA } from '../../core/agent/report';
import { agentCommand } from '../../core/agent/command';
import { MaestroSpawnAgent } from '../../nodes/MaestroSpawnAgent/MaestroSpawnAgent.node.js';
import { taskView } from '../../nodes/shared/views';
import { newTask } from '../../core/task/create-task';
import { blank } from '../../core/task/blank';
import { projectColumns, type Task } from '../../core/task/records';
import { startN8n } from '../e2e/support/n8n';
import { openFetchStore } from '../e2e/support/fetch-store';
import { claudePath } from '../fixtures/agent/cli';
import { basicPassword, startGitServer } from '../fixtures/git-http';
import { git, makeRemote } from '../fixtures/git-repositories';
import { done, startModel, tenTurns, when } from '../fixtures/model';
import { countingProxy } from './counting-proxy';
import { median, medianRatio, milliseconds, pairs, timed, times, type Figure, type Measured } from './figure';

const PAIRS = 9;
const SLOW_PAIRS = 3;
/** A turn of a real model takes longer. */
const TURN_MS = 1_000;
const TOKEN = 'ghp_stand_in_for_the_benchmark_0123456789';
const CLAUDE_TOKEN = 'sk-ant-oat01-stand-in-for-the-benchmark';
const PROMPT = 'Raise the value in value.txt.';
const signal = new AbortController().signal;

export const figure: Figure = {
	name: 'spawn',
	about: 'Spawn Agent, the node in n8n-core with the data tables of a real n8n as its store, next to a bare `claude -p`',
	measure: async (say) => {
		const closers: (() => Promise<unknown>)[] = [];
		try {
			const root = await realpath(await mkdtemp(join(tmpdir(), 'maestro-bench-spawn-')));
			closers.push(async () => await rm(root, { recursive: true, force: true }));
			return await measure(root, closers, say);
		} finally {
			for (const close of closers.reverse()) await close();
		}
	},
};

async function measure(root: string, closers: (() => Promise<unknown>)[], say: (line: string) => void): Promise<Measured[]> {
	process.env.MAESTRO_DATA_DIR = join(root, 'maestro');
	const remote = join(root, 'remotes/acme/shop.git');
	await makeRemote(remote, { files: [{ path: 'value.txt', content: 'value 0\n' }, { path: 'README.md', content: '# Shop\n' }] });
	const gitServer = await startGitServer({ root: join(root, 'remotes'), authorize: (request) => (basicPassword(request) === TOKEN ? 'write' : 'none') });
	closers.push(async () => await gitServer.close());
	const worktree = join(root, 'maestro/worktrees/acme/shop/1');
	const model = await startModel({ token: CLAUDE_TOKEN, scripts: [when(/Raise the value/).turns(tenTurns(join(worktree, 'value.txt'))), when(/.*/s).turns([done('Nothing to do.')])] });
	closers.push(async () => await model.close());
	const n8n = await startN8n({ userFolder: join(root, 'n8n'), withPackage: false });
	closers.push(async () => await n8n.stop());

	const store = openFetchStore(n8n.url, n8n.apiKey);
	const [project] = await store.projects.insert([{ ...blank(projectColumns), name: 'shop', repository: 'acme/shop', active: true, minimumTrust: 'none', version: 1 }], signal);
	if (project === undefined) throw new Error('n8n gave no project.');
	const makeTask = async (): Promise<Task> => {
		const [task] = await store.tasks.insert([newTask({ title: 'Raise', status: 'pending', projectId: project.id, repository: 'acme/shop' })], signal);
		if (task === undefined) throw new Error('n8n gave no task.');
		return task;
	};
	let modelUrl = model.url;
	const credentials = (n8nUrl: string) => ({
		maestroClaudeApi: { authMethod: 'oauthToken', token: CLAUDE_TOKEN, baseUrl: modelUrl, cliPath: claudePath() },
		maestroGithubApi: { accessToken: TOKEN, apiUrl: gitServer.url, webUrl: gitServer.url, webhookSecret: 'unused' },
		maestroN8nApi: { baseUrl: n8nUrl, apiKey: n8n.apiKey },
	});
	let number = 0;
	const spawnAgent = async (task: Task, purpose: string, prompt: string, n8nUrl = n8n.url): Promise<void> => {
		const run = await runNode(new MaestroSpawnAgent(), {
			input: [{ task: { ...taskView(task) } }],
			parameters: { taskId: task.id, purpose, prompt, sessionKey: `bench:${++number}`, options: { includeTask: false } },
			credentials: credentials(n8nUrl),
			executionId: '1',
		});
		if (run.error !== undefined) throw run.error;
		if (run.outputs[0]?.length !== 1) throw new Error(`Spawn Agent left elsewhere than on Completed: ${JSON.stringify(run.outputs).slice(0, 2000)}`);
	};
	const reset = async (): Promise<void> => {
		const base = await git(worktree, 'rev-parse', 'refs/remotes/origin/main');
		await git(worktree, 'reset', '--quiet', '--hard', base);
	};
	/** The ten turns really happened. */
	const check = async (): Promise<void> => {
		const found = await git(worktree, 'show', 'HEAD:value.txt');
		if (found !== 'value 3') throw new Error(`The session did not do its work: ${found}`);
	};

	// The first run of a task makes its worktree; it is not paired. It also has the CLI's version asked for, once for each process.
	const task = await makeTask();
	await spawnAgent(task, 'warm-up', PROMPT);
	await check();

	const ours = async (): Promise<number> => {
		await reset();
		const [now] = await store.tasks.find({ id: { eq: task.id } }, { limit: 1 }, signal);
		const { ms } = await timed(async () => await spawnAgent(now ?? task, `pair:${++number}`, PROMPT));
		await check();
		return ms;
	};
	const bare = async (): Promise<number> => {
		await reset();
		const configDir = join(root, 'bare', String(++number));
		await mkdir(configDir, { recursive: true });
		const { ms } = await timed(async () => await bareClaude(worktree, configDir, modelUrl));
		await check();
		return ms;
	};
	const found = await pairs(PAIRS, ours, bare, say);
	const ratio = medianRatio(found);
	const slow = await countingProxy(model.url, TURN_MS);
	closers.push(async () => await slow.close());
	modelUrl = slow.url;
	const slowRatio = medianRatio(await pairs(SLOW_PAIRS, ours, bare, say));
	modelUrl = model.url;
	return [
		{ what: 'Spawn Agent over bare claude -p, ten turns at once', target: '≤ 1.05 ×', value: times(ratio), met: ratio <= 1.05 },
		{ what: 'what that is in time', target: '', value: milliseconds(median(found.map((pair) => pair.ours - pair.bare))) },
		{ what: `the same with ${TURN_MS / 1000} s a turn`, target: '≤ 1.05 ×', value: times(slowRatio), met: slowRatio <= 1.05 },
		await operations(makeTask, spawnAgent, n8n.url, closers, say),
	];
}

/** n8n's own requests are counted, so an operation that takes two would count twice. */
async function operations(makeTask: () => Promise<Task>, spawnAgent: (task: Task, purpose: string, prompt: string, n8nUrl: string) => Promise<void>, n8nUrl: string, closers: (() => Promise<unknown>)[], say: (line: string) => void): Promise<Measured> {
	const proxy = await countingProxy(n8nUrl);
	closers.push(async () => await proxy.close());
	// The tables are looked for once in each process, the project is kept for a moment: neither is the session's.
	await spawnAgent(await makeTask(), 'implement', 'Say that nothing is to be done.', proxy.url);
	const task = await makeTask();
	const before = proxy.requests.length;
	await spawnAgent(task, 'implement', 'Say that nothing is to be done.', proxy.url);
	const made = proxy.requests.slice(before);
	for (const request of made) say(`one turn: ${request}`);
	return { what: 'store operations of a one-turn session', target: '≤ 6', value: String(made.length), met: made.length <= 6 };
}

/** The command that Maestro starts, started by nobody but this process. */
async function bareClaude(cwd: string, configDir: string, baseUrl: string): Promise<void> {
	const command = agentCommand(
		{
			cliPath: claudePath(),
			auth: { method: 'oauthToken', token: CLAUDE_TOKEN, baseUrl },
			cwd,
			configDir,
			transcriptPath: '',
			prompt: PROMPT,
			session: { mode: 'new', id: randomUUID() },
			model: '',
			fallbackModel: '',
			maxTurns: 100,
			maxBudgetUsd: 10,
			tools: ['Bash', 'Edit', 'Read', 'Write', 'Glob', 'Grep', 'Skill'],
			allowedTools: ['Bash'],
			permissionMode: 'acceptEdits',
			outputSchema: REPORT_SCHEMA,
			mcpServers: {},
			pluginDirs: [],
			folders: [],
			repositoryExtensions: true,
			sandbox: false,
			timeouts: { firstEventMs: 60_000, idleMs: 60_000, totalMs: 60_000 },
			gitIdentity: { name: 'Maestro', email: 'maestro@users.noreply.github.com' },
		},
		{ env: process.env, isRoot: process.getuid?.() === 0, apiRetries: 5 },
		{ home: configDir, mcpConfig: '', repositoryPlugin: '', memoryDir: cwd, commandName: '' },
	);
	const child = spawn(command.file, command.args, { cwd, env: command.env, stdio: ['pipe', 'pipe', 'inherit', 'pipe'] });
	const ended = new Promise<number | null>((resolve, reject) => {
		child.on('error', reject);
		child.on('close', resolve);
	});
	const descriptor = child.stdio[3];
	if (child.stdin === null || child.stdout === null || descriptor === null || descriptor === undefined || !('end' in descriptor)) throw new Error('The CLI has no pipes.');
	descriptor.end(CLAUDE_TOKEN);
	child.stdin.end(command.stdin);
	const output = text(child.stdout);
	const code = await ended;
	if (code !== 0) throw new Error(`The bare CLI ended with ${code}: ${(await output).slice(-2_000)}`);
}
