import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startGithub, type Github } from '../fixtures/github';
import { startModel, type Model } from '../fixtures/model';
import { N8nClient } from './support/client';
import { repositoryRoot } from './support/paths';
import { waitFor } from './support/poll';
import { freePort } from './support/ports';
import { processesIn } from './support/processes';
import { list, property, text } from './support/rest';
import { SAMPLE } from './support/stage';

const secrets = { claude: `sk-ant-oat01-${randomBytes(24).toString('hex')}`, github: `ghp_${randomBytes(24).toString('hex')}` };

interface Started {
	readonly child: ChildProcess;
	readonly url: string;
	readonly output: () => string;
	/** As a terminal does: to everything that runs in it. */
	pressCtrlC(): Promise<number | null>;
}

describe('npm start', () => {
	const root = realpathSync(mkdtempSync(join(tmpdir(), 'maestro-start-')));
	const folder = join(root, 'kept');
	let github: Github | undefined;
	let model: Model | undefined;
	let port = 0;
	const running: ChildProcess[] = [];

	beforeAll(async () => {
		github = await startGithub({ root: join(root, 'github'), token: secrets.github, login: 'maestro-bot', scopes: ['repo', 'admin:repo_hook'] });
		await github.createRepository({ fullName: SAMPLE.fullName, files: SAMPLE.files });
		model = await startModel({ token: secrets.claude, scripts: [] });
		port = await freePort();
	}, 60_000);
	afterAll(async () => {
		for (const child of running) if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
		await waitFor('the end of what npm start started', () => (processesIn(folder).length === 0 ? true : undefined));
		await model?.close();
		await github?.close();
		rmSync(root, { recursive: true, force: true });
	}, 60_000);

	function run(env: Record<string, string>): { child: ChildProcess; output: () => string } {
		const { PATH = '', HOME = '' } = process.env;
		// As npm does it: the entry behind every script, so that a signal goes through all of them.
		const args = [join(repositoryRoot, 'tools/run.mjs'), 'start'];
		const child = spawn(process.execPath, args, { cwd: repositoryRoot, env: { PATH, HOME, ...env }, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
		running.push(child);
		let seen = '';
		for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (seen += chunk.toString()));
		return { child, output: () => seen };
	}

	async function start(): Promise<Started> {
		const urls = { GITHUB_API_URL: github?.apiUrl ?? '', GITHUB_WEB_URL: github?.webUrl ?? '', ANTHROPIC_BASE_URL: model?.url ?? '' };
		const { child, output } = run({ CLAUDE_CODE_OAUTH_TOKEN: secrets.claude, GH_TOKEN: secrets.github, MAESTRO_REPO: SAMPLE.fullName, MAESTRO_START_FOLDER: folder, N8N_PORT: String(port), ...urls });
		await waitFor('npm start to greet', () => {
			if (child.exitCode !== null) throw new Error(`npm start ended: ${output()}`);
			return output().includes('End it with Ctrl+C') ? true : undefined;
		}, { limitMs: 120_000, seen: output });
		return {
			child,
			url: `http://127.0.0.1:${port}`,
			output,
			pressCtrlC: async () => {
				const ended = once(child, 'exit');
				if (child.pid !== undefined) process.kill(-child.pid, 'SIGINT');
				await ended;
				return child.exitCode;
			},
		};
	}

	async function inventory(url: string): Promise<{ workflows: string[]; credentials: string[]; projects: unknown[]; hooks: number }> {
		const kept: unknown = JSON.parse(readFileSync(join(folder, 'maestro-start.json'), 'utf8'));
		const client = new N8nClient(url, text(kept, 'apiKey'), '');
		const workflows = list(await client.api('/workflows?limit=250'), 'data');
		const credentials = list(await client.api('/credentials?limit=250'), 'data');
		return {
			workflows: workflows.map((workflow) => `${text(workflow, 'name')}: ${property(workflow, 'active') === true ? 'published' : 'not published'}`).sort(),
			credentials: credentials.map((credential) => text(credential, 'type')).sort(),
			projects: ((await client.tableRows('maestro_projects')) ?? []).map((row) => row.repository),
			hooks: new Set(github?.requests.filter(({ method, path, status }) => method === 'POST' && path.endsWith('/hooks') && status === 201)).size,
		};
	}

	test('says what is missing and ends with 1 when a variable is not set', async () => {
		const { child, output } = run({ GH_TOKEN: secrets.github });
		await once(child, 'close');
		expect(child.exitCode).toBe(1);
		expect(output()).toContain('CLAUDE_CODE_OAUTH_TOKEN');
		expect(output()).toContain('MAESTRO_REPO');
		expect(output()).not.toContain('  GH_TOKEN');
	}, 60_000);

	test('sets an n8n up once, ends with Ctrl+C leaving nothing behind, and finds all of it at the next start', async () => {
		const first = await start();
		await waitFor('the webhooks at GitHub', async () => ((await inventory(first.url)).hooks >= 2 ? true : undefined), { seen: first.output });
		const made = await inventory(first.url);
		expect(made.workflows).toEqual(['Maestro: GitHub issue to task: published', 'Maestro: reconcile: published', 'Maestro: set-up: published', 'Maestro: task to pull request: published']);
		expect(made.credentials).toEqual(['httpBasicAuth', 'maestroClaudeApi', 'maestroGithubApi', 'maestroN8nApi']);
		expect(made.projects).toEqual([SAMPLE.fullName]);
		expect(first.output()).toContain(`${first.url}/webhook/maestro/github`);
		expect(first.output()).toContain('N8N_WEBHOOK_URL');
		expect(statSync(join(folder, 'maestro-start.json')).mode & 0o777).toBe(0o600);
		// Its setup script is a shell command: nobody may fill it in without the password.
		expect((await fetch(`${first.url}/form/maestro-setup`)).status).toBe(401);
		expect((await fetch(`${first.url}/form/maestro-setup`, { method: 'POST', body: new FormData() })).status).toBe(401);

		expect(await first.pressCtrlC()).toBe(0);
		expect(processesIn(folder)).toEqual([]);
		await expect(fetch(first.url)).rejects.toThrow('fetch failed');

		const second = await start();
		expect(await inventory(second.url)).toEqual(made);
		expect(await second.pressCtrlC()).toBe(0);
		expect(processesIn(folder)).toEqual([]);
		for (const secret of Object.values(secrets)) expect(first.output() + second.output()).not.toContain(secret);
	}, 300_000);
});
