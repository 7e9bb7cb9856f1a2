/** What a playbook adds to a step's own work. */
import { chmod, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { blank } from '../../core/task/blank';
import { newTask } from '../../core/task/create-task';
import { projectColumns } from '../../core/task/records';
import { MaestroRunPlaybookStep } from '../../nodes/MaestroRunPlaybookStep/MaestroRunPlaybookStep.node.js';
import { openFetchStore } from '../e2e/support/fetch-store';
import { startN8n } from '../e2e/support/n8n';
import { runNode } from '../engine/support/run-node';
import { basicPassword, startGitServer } from '../fixtures/git-http';
import { makeRemote } from '../fixtures/git-repositories';
import { countingProxy } from './counting-proxy';
import { median, milliseconds, timed, type Figure, type Measured } from './figure';

const STEPS = 20;
const WARM_UP = 3;
const FILES = 1_000;
const TARGET_MS = 300;
/** The real CLI takes twice as long and more until it reads its prompt; what Maestro does meanwhile costs no time. */
const START_UP_MS = 300;
const TOKEN = 'ghp_stand_in_for_the_benchmark_0123456789';
const signal = new AbortController().signal;

export const figure: Figure = {
	name: 'step',
	about: 'Run Playbook Step, the node in n8n-core with the data tables of a real n8n on SQLite, without the time of the agent and of the check',
	measure: async (say) => {
		const closers: (() => Promise<unknown>)[] = [];
		try {
			const root = await realpath(await mkdtemp(join(tmpdir(), 'maestro-bench-step-')));
			closers.push(async () => await rm(root, { recursive: true, force: true }));
			return await measure(root, closers, say);
		} finally {
			for (const close of closers.reverse()) await close();
		}
	},
};

/** Says when it began and when it ended, so that its time can be taken off; the rest of the step is Maestro's. */
const between = (clock: string, work: string): string => `date +%s%N >> ${clock}\n${work}\ndate +%s%N >> ${clock}\n`;
const timedScript = (clock: string, work: string): string => `#!/bin/sh\n${between(clock, work)}`;

/** An agent without a model: starts up, waits for its prompt (which is Maestro's time), changes a file, commits it, and reports in the CLI's own format. */
function agentScript(clock: string): string {
	const init = '{"type":"system","subtype":"init","session_id":"","model":"none","claude_code_version":"9.9.9"}';
	const result = '{"type":"result","subtype":"success","is_error":false,"num_turns":1,"result":"","total_cost_usd":0,"structured_output":{"status":"done","summary":"Done."}}';
	const work = `printf '%s\\n' '${init}'\necho more >> value.txt\ngit commit -q -am More\nprintf '%s\\n' '${result}'`;
	const version = 'if [ "$1" = --version ]; then echo "9.9.9 (Claude Code)"; exit 0; fi';
	return `#!/bin/sh\n${version}\n${between(clock, `sleep ${START_UP_MS / 1_000}`)}cat > /dev/null\n${between(clock, work)}`;
}

async function measure(root: string, closers: (() => Promise<unknown>)[], say: (line: string) => void): Promise<Measured[]> {
	process.env.MAESTRO_DATA_DIR = join(root, 'maestro');
	const files = Array.from({ length: FILES }, (_, index) => ({ path: `src/folder-${index % 20}/file-${index}.ts`, content: `export const value = ${index};\n` }));
	await makeRemote(join(root, 'remotes/acme/shop.git'), { files: [...files, { path: 'value.txt', content: 'value\n' }] });
	const gitServer = await startGitServer({ root: join(root, 'remotes'), authorize: (request) => (basicPassword(request) === TOKEN ? 'write' : 'none') });
	closers.push(async () => await gitServer.close());
	const n8n = await startN8n({ userFolder: join(root, 'n8n'), withPackage: false });
	closers.push(async () => await n8n.stop());
	const clock = join(root, 'clock');
	const [cliPath, checkPath] = [join(root, 'agent'), join(root, 'check')];
	await writeFile(cliPath, agentScript(clock));
	await writeFile(checkPath, timedScript(clock, 'test -f value.txt'));
	await Promise.all([cliPath, checkPath].map(async (path) => await chmod(path, 0o755)));

	const store = openFetchStore(n8n.url, n8n.apiKey);
	const [project] = await store.projects.insert([{ ...blank(projectColumns), name: 'shop', repository: 'acme/shop', active: true, minimumTrust: 'none', version: 1 }], signal);
	const [task] = await store.tasks.insert([newTask({ title: 'Raise', projectId: project?.id ?? 0, repository: 'acme/shop' })], signal);
	if (project === undefined || task === undefined) throw new Error('n8n gave no rows.');
	const text = Array.from({ length: STEPS + 2 * WARM_UP }, (_, index) => `- [ ] Step ${index + 1}\n  verify: ${checkPath}\n`).join('');
	const step = async (url: string): Promise<number> => {
		await writeFile(clock, '');
		const { ms, result } = await timed(
			async () =>
				await runNode(new MaestroRunPlaybookStep(), {
					parameters: { taskId: String(task.id), from: 'text', name: 'bench', text },
					credentials: {
						maestroClaudeApi: { authMethod: 'oauthToken', token: 'sk-ant-oat01-stand-in-for-the-benchmark', baseUrl: '', cliPath },
						maestroGithubApi: { accessToken: TOKEN, apiUrl: gitServer.url, webUrl: gitServer.url, webhookSecret: 'unused' },
						maestroN8nApi: { baseUrl: url, apiKey: n8n.apiKey },
					},
					executionId: '1',
				}),
		);
		if (result.error !== undefined) throw result.error;
		if (result.outputs[0]?.length !== 1) throw new Error(`The step left elsewhere than on Step Done: ${JSON.stringify(result.outputs).slice(0, 2_000)}`);
		return ms - (await timeOfOthers(clock));
	};
	// The first makes the worktree and the tables.
	for (let count = 0; count < WARM_UP; count++) await step(n8n.url);
	const found: number[] = [];
	for (let count = 0; count < STEPS; count++) {
		const ms = await step(n8n.url);
		found.push(ms);
		say(`step ${count + 1}: ${milliseconds(ms)}`);
	}
	const proxy = await countingProxy(n8n.url);
	closers.push(async () => await proxy.close());
	// The tables are looked for once, and the project is kept for a moment.
	await step(proxy.url);
	const before = proxy.requests.length;
	await step(proxy.url);
	const made = proxy.requests.slice(before);
	for (const request of made) say(`operation: ${request}`);
	const ms = median(found);
	return [
		{ what: `the bookkeeping of a step, median of ${STEPS}`, target: `≤ ${TARGET_MS} ms`, value: milliseconds(ms), met: ms <= TARGET_MS },
		{ what: 'the slowest of them', target: '', value: milliseconds(Math.max(...found)) },
		{ what: 'store operations of a step', target: '', value: String(made.length) },
	];
}

/** Of the agent, starting up and at work, and of the check. */
async function timeOfOthers(clock: string): Promise<number> {
	const marks = (await readFile(clock, 'utf8')).trim().split('\n').map((line) => Number(BigInt(line) / 1_000n) / 1_000);
	if (marks.length !== 6) throw new Error(`The agent and the check left ${marks.length} marks.`);
	return marks.reduce((sum, mark, index) => sum + (index % 2 === 0 ? -mark : mark), 0);
}
