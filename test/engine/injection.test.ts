/** Texts that try to command, on their way from what came in to what the agent's process is started with. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { branchName } from '../../core/git/branch';
import type { Task } from '../../core/task/records';
import { MaestroAwaitPr } from '../../nodes/MaestroAwaitPr/MaestroAwaitPr.node';
import { MaestroCreateTask } from '../../nodes/MaestroCreateTask/MaestroCreateTask.node';
import { MaestroRunPlaybookStep } from '../../nodes/MaestroRunPlaybookStep/MaestroRunPlaybookStep.node';
import { MaestroSpawnAgent } from '../../nodes/MaestroSpawnAgent/MaestroSpawnAgent.node';
import { attacksOn, type Attack } from '../fixtures/attacks';
import { LEFT_OUT, ordersIn, outsideFences } from '../fixtures/model';
import { makeRecordingCli, type RecordingCli } from '../fixtures/recording-cli';
import { openBench, REPOSITORY, type Bench } from './support/bench';
import { creating, SOURCES, takeIn, type Source } from './support/intake';
import { runNode, type NodeRun } from './support/run-node';

jest.setTimeout(180_000);

const SECRET_FILE = '/secret/order.txt';
const attacks = attacksOn(SECRET_FILE);
const harmless: Attack = { name: 'harmless', text: 'The cart is empty.' };
const FREE = new Set(['id', 'createdAt', 'updatedAt', 'owner', 'fingerprint', 'issueNumber', 'title', 'body', 'labels', 'url']);

let bench: Bench;
let cli: RecordingCli;
let root: string;
beforeAll(async () => {
	root = await mkdtemp(join(tmpdir(), 'maestro-injection-'));
	cli = await makeRecordingCli(root);
	bench = await openBench();
	await bench.project({ instructions: 'Use tabs.', ladder: 'email member: pull_request' });
});
afterAll(async () => {
	await bench.close();
	await rm(root, { recursive: true, force: true });
});

const credentials = (): Bench['credentials'] => ({ ...bench.credentials, maestroClaudeApi: { ...bench.credentials.maestroClaudeApi, cliPath: cli.path } });
const ok = (run: NodeRun): NodeRun => {
	if (run.error !== undefined) throw run.error;
	return run;
};

/** Another one for each run. */
const OWN = new Set(['_', 'MAESTRO_RUN']);

/** What the agent's process was started with, without what differs between any two runs; of its prompt what stands outside the fences. */
interface Start {
	readonly args: readonly string[];
	readonly env: Readonly<Record<string, string>>;
	readonly outside: string;
	readonly last: string;
	readonly fences: number;
}

async function startOf(task?: Pick<Task, 'id' | 'branch'>): Promise<Start> {
	const { args, env, blocks } = await cli.recorded();
	const session = args[args.findIndex((arg) => arg === '--session-id' || arg === '--resume') + 1] ?? '';
	const same = (text: string): string => {
		const named = text.replaceAll(session, 'SESSION').replaceAll(/\/(empty|sessions|worktrees\/octo\/shop|playbooks)\/[\w-]+/g, '/$1').replaceAll(/\/(run|repository-plugin)-\w+/g, '/$1');
		return task === undefined || task.branch === '' ? named : named.replaceAll(task.branch, 'BRANCH');
	};
	const [prompt = '', ...more] = blocks;
	const outside = outsideFences(prompt);
	return {
		args: args.map(same),
		env: Object.fromEntries(Object.entries(env).filter(([name]) => !OWN.has(name)).map(([name, value]) => [name, same(value)])),
		outside: same(outside),
		last: more.join('\n'),
		fences: outside.split(LEFT_OUT).length - 1,
	};
}

async function spawn(parameters: INodeParameters, input: IDataObject = {}): Promise<Start> {
	ok(await runNode(new MaestroSpawnAgent(), { parameters: { workspace: 'empty', sessionMode: 'new', ...parameters }, credentials: credentials(), input: [input] }));
	return await startOf();
}

describe.each(SOURCES)('what comes from %s', (source: Source) => {
	const tasks = new Map<string, Task>();
	let plain: Start;

	beforeAll(async () => {
		const input: IDataObject[] = [];
		const offset = SOURCES.indexOf(source) * 1_000;
		for (const [index, { text }] of [harmless, ...attacks].entries()) {
			// As n8n keeps items between nodes.
			const item: IDataObject = JSON.parse(JSON.stringify(await takeIn(bench, source, text, offset + index + 1)));
			input.push(item);
		}
		const before = bench.api.rows('maestro_tasks').length;
		const { outputs } = ok(await runNode(new MaestroCreateTask(), { parameters: creating(source), credentials: bench.credentials, input }));
		expect(outputs.map((items) => items.length)).toEqual([attacks.length + 1, 0]);
		const rows = await bench.store.tasks.find({}, { limit: 500 }, new AbortController().signal);
		for (const [index, task] of rows.slice(before).entries()) tasks.set([harmless, ...attacks][index]?.name ?? '', task);
		plain = await spawn({ taskId: String(taskOf(harmless).id), purpose: 'implement' });
	});

	function taskOf({ name }: Attack): Task {
		const task = tasks.get(name);
		if (task === undefined) throw new Error(`There is no task of ${name}`);
		return task;
	}

	const bound = (task: Task): object => Object.fromEntries(Object.entries(task).filter(([name]) => !FREE.has(name)));

	it('is told to the agent, and only inside a fence', () => {
		expect(taskOf(harmless)).toMatchObject({ body: expect.stringContaining(harmless.text), statusReason: '', status: 'pending', repository: REPOSITORY, playbook: '', branch: '' });
		expect(plain).toMatchObject({ fences: 1, last: 'Begin.', outside: expect.stringMatching(/^About this project, from its owner:\n\nUse tabs\.\n\nDo the task/) });
		expect(plain.outside).not.toContain('cart is empty');
	});

	it.each(attacks)('$name chooses nothing of its task', (attack) => {
		const task = taskOf(attack);
		expect(bound(task)).toEqual(bound(taskOf(harmless)));
		expect(task.fingerprint).toMatch(/^(github:octo\/shop#\d+|sentry:[\w-]+:\d+|email:[\w@.+-]+)$/);
		expect(task.title).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
		expect(branchName({ issueNumber: task.issueNumber, taskId: task.id, title: task.title, regressionOf: task.regressionOf })).toMatch(/^maestro\/[a-z0-9-]{1,52}$/);
	});

	it.each(attacks)('$name changes nothing in how the agent is started and what it is told outside the fence', async (attack) => {
		const start = await spawn({ taskId: String(taskOf(attack).id), purpose: 'implement' });
		expect(start).toEqual(plain);
		expect(ordersIn(start.outside)).toEqual([]);
	});

	it('changes nothing of a step of a playbook, its variables or its marks, also where the check says it', async () => {
		const outputOf = async (name: string, text: string): Promise<string> => {
			await writeFile(join(root, name), text);
			return `cat '${join(root, name)}'; false`;
		};
		const step = async (attack: Attack, title: string, body: string): Promise<Start> => {
			const task = await bench.task({ ...taskOf(attack), title, body, status: 'pending' });
			const verify = await outputOf('said', body);
			const playbook = `# One\n\n- [ ] Do it on {{GIT_BRANCH}}, pass {{LOOP_NUMBER}}\n  change: no\n  verify: ${verify}\n`;
			const { outputs } = ok(await runNode(new MaestroRunPlaybookStep(), { parameters: { taskId: String(task.id), from: 'text', name: 'one', text: playbook, options: { retries: 1 } }, credentials: credentials() }));
			expect(outputs[4]).toMatchObject([{ failure: 'check_failed' }]);
			return await startOf({ id: task.id, branch: (outputs[4]?.[0]?.session as { branch?: string } | undefined)?.branch ?? '' });
		};
		const expected = await step(harmless, harmless.text, harmless.text);
		expect(expected.outside).toContain('did not pass');
		expect(expected.fences).toBeGreaterThanOrEqual(1);
		const all = attacks.map((attack) => taskOf(attack).body.slice(0, 500)).join('\n\n');
		for (const attack of attacks.filter((_, index) => index % 20 === SOURCES.indexOf(source))) {
			expect(await step(attack, taskOf(attack).title, `${attack.text}\n${all}`)).toEqual(expected);
		}
	});
});

describe('what comes back on a pull request', () => {
	/** Fewer parts than go into one prompt. */
	const SHARE = 15;
	const shares = Array.from({ length: Math.ceil(attacks.length / SHARE) }, (_, index) => attacks.slice(index * SHARE, (index + 1) * SHARE));
	let opened = 0;
	let plain: Start;

	async function feedback(given: readonly Attack[]): Promise<IDataObject> {
		const branch = `maestro/fed-back-${++opened}`;
		await bench.github.pushCommit({ repository: REPOSITORY, branch, files: { 'src/cart.js': `${opened}\n` } });
		const at = { repository: REPOSITORY, number: await bench.github.openPullRequest({ repository: REPOSITORY, head: branch, title: 'Mend', author: 'maestro-bot' }) };
		await bench.github.review(at, { state: 'changes_requested', body: given.map(({ text }) => text).join('\n').slice(0, 15_000), comments: given.map(({ text }) => ({ path: `src/${text}.js`, line: 1, body: text })) });
		for (const { text } of given) await bench.github.setCheck(at, text.slice(0, 200), 'failure', { log: `${text}\n`, summary: text });
		const task = await bench.task({ status: 'in_review', pullRequestNumber: at.number, branch });
		const { outputs } = ok(await runNode(new MaestroAwaitPr(), { parameters: { taskId: String(task.id), options: { settleSeconds: 0 } }, credentials: bench.credentials, baseUrl: bench.api.url }));
		const item = outputs.flat()[0];
		if (item === undefined) throw new Error('Nothing came back.');
		return item;
	}

	const answer = async (given: readonly Attack[]): Promise<Start> => await spawn({ purpose: 'feedback', prompt: 'Answer it.', options: { includeTask: false } }, await feedback(given));
	/** Each line once: there is one fence for each part. */
	const lines = ({ outside }: Start): string[] => [...new Set(outside.split('\n'))];

	beforeAll(async () => {
		plain = await answer([harmless]);
	});

	it.each(shares.map((given) => [given.map(({ name }) => name).join(', '), given] as const))('stands inside the fences: %s', async (_, given) => {
		const start = await answer(given);
		expect(start.fences).toBe(plain.fences + 2 * (given.length - 1));
		expect({ ...start, outside: lines(start), fences: 0 }).toEqual({ ...plain, outside: lines(plain), fences: 0 });
		expect(ordersIn(start.outside)).toEqual([]);
	});
});
