import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentRequest, AgentResult, RunAgent } from '../../../../core/agent/agent';
import { MaestroError } from '../../../../core/errors';
import { runSession, type SessionEffects, type SessionResult, type SessionRun } from '../../../../core/session/run-session';
import type { Workspace } from '../../../../core/session/workspace';
import { blank } from '../../../../core/task/blank';
import { STALE_MS } from '../../../../core/task/leases';
import { runColumns, sessionColumns, type Run, type Session } from '../../../../core/task/records';
import type { Store } from '../../../../core/task/store';
import { createMemoryStore } from '../../../fixtures/memory-store';
import { testTools } from '../../../fixtures/task-tools';

const signal = new AbortController().signal;
const HEAD = 'c'.repeat(40);

const done: AgentResult = {
	outcome: { kind: 'completed' },
	sessionId: '',
	model: 'a-model',
	cliVersion: '2.1.270',
	turns: 4,
	costUsd: 0.25,
	durationMs: 1,
	tokens: { input: 1, output: 1, cacheRead: 0, cacheWrite: 0 },
	finalText: '',
	structuredOutput: { status: 'done', summary: 'Mended.' },
	permissionDenials: [],
	warnings: ['One line was broken'],
	transcriptPath: '',
};

describe('a run of an agent in a session', () => {
	let dataDir: string;
	let store: Store;
	let tools: ReturnType<typeof testTools>;
	let asked: AgentRequest[];
	let ended: string[];
	let agent: RunAgent;
	beforeEach(async () => {
		dataDir = await mkdtemp(join(tmpdir(), 'maestro-run-session-'));
		store = createMemoryStore({ sqliteRace: true });
		tools = testTools(store);
		asked = [];
		ended = [];
		agent = async () => await Promise.resolve(done);
	});
	afterEach(async () => await rm(dataDir, { recursive: true }));

	const workspace: Workspace = {
		path: '/work/tree',
		branch: 'maestro/1-mend',
		worktree: undefined,
		warnings: ['Not up to date'],
		adopt: async () => await Promise.resolve({ headSha: HEAD, uncommitted: [], warnings: [] }),
		remove: async () => await Promise.resolve(),
	};
	const request = (fields: Partial<SessionRun> = {}): SessionRun => ({
		taskId: 1,
		projectId: 2,
		purpose: 'feedback:abc/def',
		sessionKey: 'task:1',
		session: undefined,
		earlier: undefined,
		workspace,
		executionId: 'e1',
		agent: {
			cliPath: 'claude',
			auth: { method: 'oauthToken', token: 't', baseUrl: '' },
			prompt: 'Do it.',
			model: '',
			fallbackModel: '',
			maxTurns: 0,
			maxBudgetUsd: 0,
			tools: [],
			allowedTools: [],
			permissionMode: 'default',
			mcpServers: {},
			pluginDirs: [],
			folders: [],
			repositoryExtensions: false,
			sandbox: false,
			timeouts: { firstEventMs: 1, idleMs: 1, totalMs: 1 },
		},
		onActivity: () => undefined,
		...fields,
	});
	const effects = (hostLeaving: AbortSignal = signal): SessionEffects => ({
		tools,
		dataDir,
		hostLeaving,
		runAgent: async (given, cost, hooks, abort) => {
			asked.push(given);
			if (!(await hooks.mayBegin)) return { ...done, structuredOutput: undefined, outcome: { kind: 'stopped' } };
			return await agent(given, cost, hooks, abort);
		},
		endSession: async (id) => {
			ended.push(id);
			return await Promise.resolve(0);
		},
	});
	const start = async (fields: Partial<SessionRun> = {}, hostLeaving?: AbortSignal): Promise<SessionResult> => await runSession(request(fields), effects(hostLeaving), signal);
	const sessions = async (): Promise<Session[]> => await store.sessions.find({}, { limit: 10 }, signal);
	const runs = async (): Promise<Run[]> => await store.runs.find({}, { limit: 10 }, signal);
	const types = async (): Promise<string[]> => (await store.events.find({}, { limit: 10 }, signal)).map(({ type }) => type);

	async function session(fields: Partial<Session>): Promise<Session> {
		const [row] = await store.sessions.insert([{ ...blank(sessionColumns), key: 'task:1', taskId: 1, agentSessionId: 'agent-1', configDir: join(dataDir, 'sessions/agent-1'), version: 1, ...fields }], signal);
		if (row === undefined) throw new Error('no session');
		return row;
	}
	const holder = async (sessionId: number, fields: Partial<Run>): Promise<Run[]> =>
		await store.runs.insert([{ ...blank(runColumns), taskId: 1, sessionId, purpose: 'implement', status: 'running', heartbeatAt: tools.clock.now().toISOString(), epoch: 1, version: 1, ...fields }], signal);

	it('that is new begins a conversation and says in the records how it ended', async () => {
		const result = await start();
		expect(result).toMatchObject({ kind: 'ended', ending: { status: 'completed' }, warnings: ['Not up to date', 'One line was broken'] });
		const [row] = await sessions();
		expect(row).toMatchObject({ key: 'task:1', status: 'completed', workspace: '/work/tree', branch: 'maestro/1-mend', model: 'a-model', turns: 4, costUsd: 0.25, transcript: `transcripts/${row?.agentSessionId}/feedback-abc-def-1.jsonl` });
		expect(await runs()).toMatchObject([{ status: 'completed', purpose: 'feedback:abc/def', epoch: 1, headSha: HEAD, summary: 'Mended.', report: '{"status":"done","summary":"Mended."}', sessionId: row?.id }]);
		expect(asked).toMatchObject([{ session: { mode: 'new', id: row?.agentSessionId }, cwd: '/work/tree', transcriptPath: join(dataDir, row?.transcript ?? '') }]);
		expect(await types()).toEqual(['session.started', 'session.completed']);
		expect(ended).toEqual([]);
	});

	it('starts its process at once, and tells it what to do only when the rows of session and run are there', async () => {
		const seen: unknown[] = [];
		const watching: SessionEffects = {
			...effects(),
			runAgent: async (_request, _cost, { mayBegin }) => {
				seen.push([(await sessions()).length, (await runs()).length]);
				seen.push(await mayBegin, [(await sessions()).map(({ status }) => status), (await runs()).map(({ status }) => status)]);
				return done;
			},
		};
		await runSession(request(), watching, signal);
		expect(seen).toEqual([[0, 0], true, [['running'], ['running']]]);
	});

	it('leaves to a caller that asks for it the timeline, which goes with the caller\'s own lines or after all', async () => {
		const first = await start({ leavesRest: true });
		if (first.kind !== 'ended') throw new Error(first.kind);
		expect([await runs(), first.session]).toMatchObject([[{ status: 'completed' }], { status: 'completed', turns: 4, costUsd: 0.25 }]);
		expect(await types()).toEqual([]);
		expect(first.rest.take().map(({ type }) => type)).toEqual(['session.started', 'session.completed']);
		expect(await first.rest.settle()).toMatchObject({ id: first.session.id, status: 'completed', version: 2 });
		expect(await types()).toEqual([]);
		const second = await start({ leavesRest: true, purpose: 'step:2' });
		if (second.kind !== 'ended') throw new Error(second.kind);
		await second.rest.settle();
		await second.rest.settle();
		expect(await types()).toEqual(['session.started', 'session.completed']);
	});

	/** What an agent was told, that waits for its prompt as the CLI does. */
	const untold = (given: SessionEffects, result = done): { readonly effects: SessionEffects; readonly told: boolean[]; readonly stopped: boolean[] } => {
		const [told, stopped]: [boolean[], boolean[]] = [[], []];
		return {
			told,
			stopped,
			effects: {
				...given,
				runAgent: async (_request, _cost, { mayBegin }, abort) => {
					told.push((await mayBegin) ?? true);
					stopped.push(abort.aborted);
					return result;
				},
			},
		};
	};

	it('ends its process untold where another execution has taken the run', async () => {
		const [earlier] = await holder(0, { status: 'interrupted' });
		if (earlier === undefined) throw new Error('no run');
		await store.runs.update({ id: { eq: earlier.id } }, { version: 2, owner: 'another' }, signal);
		const waiting = untold(effects());
		expect(await runSession(request({ earlier }), waiting.effects, signal)).toEqual({ kind: 'busy' });
		expect([waiting.told, waiting.stopped]).toEqual([[false], [true]]);
	});

	it('ends its process untold where the rows cannot be written', async () => {
		store = createMemoryStore({
			before: (table, operation) => {
				if (table === 'maestro_runs' && operation === 'insert') throw new MaestroError('tables_full', 'The tables are full', 'Raise the limit.');
			},
		});
		tools = testTools(store);
		const waiting = untold(effects());
		await expect(runSession(request(), waiting.effects, signal)).rejects.toMatchObject({ code: 'tables_full' });
		expect([waiting.told, waiting.stopped]).toEqual([[false], [true]]);
	});

	it.each([
		['a person stops it', 'stopped'],
		['n8n is shut down', 'interrupted'],
	] as const)('ends its process untold where %s while the rows are written, and says so in them', async (what, status) => {
		const stop = new AbortController();
		// With the last row on its way, which is written all the same.
		store = createMemoryStore({
			before: (table, operation) => {
				if (table === 'maestro_runs' && operation === 'insert') stop.abort();
			},
		});
		tools = testTools(store);
		const isStop = what === 'a person stops it';
		const waiting = untold(effects(isStop ? signal : stop.signal), { ...done, structuredOutput: undefined, outcome: { kind: 'stopped' } });
		expect(await runSession(request(), waiting.effects, isStop ? stop.signal : signal)).toMatchObject({ kind: 'ended' });
		expect([waiting.told, waiting.stopped]).toEqual([[false], [true]]);
		expect([(await runs()).map((row) => row.status), (await sessions()).map((row) => row.status)]).toEqual([[status], [status]]);
	});

	it('goes on in a conversation that the CLI has kept, and begins it where it has not', async () => {
		const earlier = await session({ status: 'completed', turns: 3, costUsd: 1 });
		await start({ session: earlier });
		const folder = join(earlier.configDir, 'projects/-work-tree');
		await mkdir(folder, { recursive: true });
		await writeFile(join(folder, 'agent-1.jsonl'), '{}\n');
		const [now] = await sessions();
		await start({ session: now ?? earlier });
		expect(asked.map(({ session: { mode, id } }) => [mode, id])).toEqual([['new', 'agent-1'], ['resume', 'agent-1']]);
		expect(await sessions()).toMatchObject([{ turns: 11, costUsd: 1.5 }]);
		expect(ended).toEqual(['agent-1', 'agent-1']);
		expect((await types()).filter((type) => type === 'session.resumed')).toHaveLength(2);
	});

	it.each(['running', 'spawning'] as const)('takes up a session that is %s while no run of it is: its holder died between two writes', async (status) => {
		const stuck = await session({ status });
		expect(await start({ session: stuck })).toMatchObject({ kind: 'ended', session: { id: stuck.id, status: 'completed' } });
	});

	it('takes up a session whose holder has not been heard of for too long', async () => {
		const stuck = await session({ status: 'running' });
		await holder(stuck.id, {});
		tools.advance(STALE_MS);
		expect(await start({ session: stuck })).toMatchObject({ kind: 'ended' });
	});

	it('leaves a session alone that a run has, and asks no agent', async () => {
		const held = await session({ status: 'running' });
		await holder(held.id, {});
		tools.advance(STALE_MS - 5_000);
		expect(await start({ session: held })).toEqual({ kind: 'busy' });
		expect([asked, ended]).toEqual([[], []]);
		expect(await sessions()).toMatchObject([{ status: 'running', version: 1 }]);
	});

	it('is not kept from a session by runs that have ended, or that are of another session', async () => {
		const stuck = await session({ status: 'running' });
		await holder(stuck.id, { status: 'failed' });
		await holder(stuck.id + 1, {});
		expect(await start({ session: stuck })).toMatchObject({ kind: 'ended' });
	});

	it('gives one session to one of two that want it at once', async () => {
		const stuck = await session({ status: 'interrupted' });
		const results = await Promise.all([start({ session: stuck, executionId: 'e1' }), start({ session: stuck, executionId: 'e2' })]);
		expect(results.map(({ kind }) => kind).sort()).toEqual(['busy', 'ended']);
		expect(asked).toHaveLength(1);
	});

	it('that could not be started is written as failed with what to do, and thrown', async () => {
		agent = async () => await Promise.reject(new MaestroError('cli_missing', 'There is no claude', 'Install it.'));
		await expect(start()).rejects.toMatchObject({ code: 'cli_missing' });
		expect(await runs()).toMatchObject([{ status: 'failed', failure: 'cli_missing', statusReason: 'There is no claude. Install it.' }]);
		expect(await sessions()).toMatchObject([{ status: 'failed' }]);
		expect(await types()).toEqual(['session.started', 'session.failed']);
	});

	it('whose run was given to another meanwhile writes nothing over it', async () => {
		agent = async () => {
			await store.runs.update({ id: { eq: 1 } }, { epoch: 2, version: 7, owner: 'another', executionId: 'e2' }, signal);
			return done;
		};
		expect(await start()).toEqual({ kind: 'lost' });
		expect(await runs()).toMatchObject([{ epoch: 2, version: 7, executionId: 'e2', status: 'running', headSha: '' }]);
		expect(await types()).toEqual([]);
	});

	it('writes its end also where the row moved because an answer of n8n was lost', async () => {
		agent = async () => {
			await store.runs.update({ id: { eq: 1 } }, { version: 7, owner: 'ours' }, signal);
			return done;
		};
		expect(await start()).toMatchObject({ kind: 'ended' });
		expect(await runs()).toMatchObject([{ status: 'completed', version: 8 }]);
	});

	it('ends with n8n\'s shutdown as interrupted', async () => {
		const leaving = new AbortController();
		agent = async (_request, _cost, _hooks, abort) => {
			leaving.abort(new Error('n8n is being shut down'));
			return await Promise.resolve({ ...done, structuredOutput: undefined, outcome: abort.aborted ? { kind: 'stopped' } : { kind: 'completed' } });
		};
		expect(await start({}, leaving.signal)).toMatchObject({ kind: 'ended', ending: { status: 'interrupted' } });
		expect(await sessions()).toMatchObject([{ status: 'interrupted' }]);
		expect(await types()).toEqual(['session.started', 'session.interrupted']);
	});

	it('with a question keeps it on the session, and leaves it to the events of the task to ask it', async () => {
		agent = async () => await Promise.resolve({ ...done, structuredOutput: { status: 'needs_input', summary: 's', question: 'Which?' } });
		await start();
		expect(await sessions()).toMatchObject([{ status: 'needs_input', question: 'Which?' }]);
		expect(await types()).toEqual(['session.started']);
	});
});
