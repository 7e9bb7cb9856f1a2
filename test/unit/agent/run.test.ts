import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findSession } from '../../../core/agent/session-processes';
import { agentBench, TOKEN, type Bench } from '../../fixtures/agent/run';
import {
	bash,
	billing,
	done,
	drop,
	editTestCommit,
	hangBefore,
	hangInTheMiddle,
	longOutput,
	message,
	modelNotFound,
	overloaded,
	overloadedOnce,
	promptTooLong,
	question,
	rateLimited,
	say,
	structured,
	tenTurns,
	unauthorized,
	usageLimit,
	use,
	when,
	type Turn,
} from '../../fixtures/model';

let bench: Bench;
const always = (turns: readonly Turn[]) => [when(/[^]*/).turns(turns)];
const start = async (turns: readonly Turn[]): Promise<Bench> => (bench = await agentBench(always(turns)));
const git = (...args: string[]): string => execFileSync('git', args, { cwd: bench.worktree, encoding: 'utf8' }).trim();
afterEach(async () => await bench.close());

describe('a run that does its work', () => {
	it('edits, tests and commits as Maestro, and reports with cost, turns and tokens', async () => {
		await start(editTestCommit({ files: { 'src/greet.txt': "it's hello\n" }, test: 'grep -q hello src/greet.txt', commit: 'Greet', summary: 'It greets.' }));
		const result = await bench.run(bench.request());
		expect(result).toMatchObject({ outcome: { kind: 'completed' }, structuredOutput: { status: 'done', summary: 'It greets.' }, warnings: [] });
		expect(result.turns).toBeGreaterThan(3);
		expect(result.costUsd).toBeGreaterThan(0);
		expect(result.tokens.input).toBeGreaterThan(0);
		expect(result.cliVersion).toMatch(/^\d+\.\d+\.\d+$/);
		expect(git('log', '-1', '--format=%an %ae %s')).toBe('Maestro maestro@localhost Greet');
		expect(readFileSync(join(bench.worktree, 'src/greet.txt'), 'utf8')).toBe("it's hello\n");
		expect(git('status', '--porcelain')).toBe('');
	});

	it('hears nothing before it may begin, and loses none of its time meanwhile', async () => {
		await start([done('Done.')]);
		const mayBegin = new Promise<boolean>((resolve) => setTimeout(resolve, 4_000, true));
		let early = -1;
		setTimeout(() => (early = bench.model.requests.length), 3_900);
		const result = await bench.run(bench.request({ timeouts: { firstEventMs: 3_500, idleMs: 20_000, totalMs: 60_000 } }), { hooks: { mayBegin } });
		expect([early, result.outcome.kind]).toEqual([0, 'completed']);
	});

	it('that may not begin ends without a word', async () => {
		await start([done('Done.')]);
		const abort = new AbortController();
		const request = bench.request();
		let pid = 0;
		let never = (_may: boolean): void => undefined;
		const mayBegin = new Promise<boolean>((resolve) => {
			never = resolve;
		});
		const run = bench.run(request, { signal: abort.signal, hooks: { mayBegin, onStarted: (started: { pid: number }) => void (pid = started.pid) } });
		setTimeout(() => {
			abort.abort();
			never(false);
		}, 300);
		expect(await run).toMatchObject({ outcome: { kind: 'stopped' }, turns: 0, costUsd: 0 });
		expect([bench.model.requests.length, existsSync(`/proc/${pid}`), await findSession(request.session.id)]).toEqual([0, false, []]);
	});

	it('that hears no word ends by itself, as where n8n dies before it may begin', async () => {
		await start([done('Done.')]);
		const result = await bench.run(bench.request(), { hooks: { mayBegin: Promise.resolve(false) } });
		expect([bench.model.requests.length, result.turns, result.outcome.kind]).toEqual([0, 0, 'failed']);
	});

	it('says what it does, in one redacted line', async () => {
		await start([bash(`sleep 0.7\necho ${TOKEN}`), done('Waited.')]);
		await bench.run(bench.request());
		expect(bench.activities.map(({ text }) => text)).toContain('Bash: sleep 0.7 echo [redacted]');
	});

	it('goes through ten turns of reading, editing, testing and committing', async () => {
		bench = await agentBench([]);
		const file = join(bench.worktree, 'value.txt');
		writeFileSync(file, 'value 0\n');
		bench.model.setScripts(always(tenTurns(file)));
		const result = await bench.run(bench.request());
		expect(result.outcome).toEqual({ kind: 'completed' });
		expect(bench.model.requests).toHaveLength(10);
		expect(git('show', 'HEAD:value.txt')).toBe('value 3');
	});

	it('goes on in the same session with a later prompt, and counts the cost of each run for itself', async () => {
		bench = await agentBench([
			when('First part').turns([bash('echo one > one.txt'), done('One.')]),
			when('Second part').turns(({ prompts, turn }) => (turn === 0 ? bash('echo two > two.txt') : done(`After ${prompts.length} prompts.`))),
		]);
		const first = await bench.run(bench.request({ prompt: 'First part' }));
		const again = bench.request({ prompt: 'Second part', session: { mode: 'resume', id: first.sessionId } });
		const second = await bench.run(again, { previousCostUsd: first.costUsd });
		expect(second).toMatchObject({ outcome: { kind: 'completed' }, sessionId: first.sessionId, structuredOutput: { summary: 'After 2 prompts.' } });
		expect(second.costUsd).toBeGreaterThan(0);
		expect(second.costUsd).toBeLessThan(first.costUsd * 3);
		expect(existsSync(join(bench.worktree, 'two.txt'))).toBe(true);
	});

	it('hands on a question', async () => {
		await start([question('Which colour?')]);
		const result = await bench.run(bench.request());
		expect(result).toMatchObject({ outcome: { kind: 'completed' }, structuredOutput: { status: 'needs_input', question: 'Which colour?' } });
	});

	it('works with an API key, which reaches the service as one', async () => {
		await start([done('Ready.')]);
		const request = bench.request();
		const result = await bench.run({ ...request, auth: { ...request.auth, method: 'apiKey' } });
		expect(result.outcome).toEqual({ kind: 'completed' });
		expect(new Set(bench.model.requests.map(({ auth }) => auth))).toEqual(new Set(['x-api-key']));
	});

	it('tries again where the service was overloaded once, and says so', async () => {
		await start([overloadedOnce(done('At last.'))]);
		const result = await bench.run(bench.request());
		expect(result).toMatchObject({ outcome: { kind: 'completed' }, warnings: [expect.stringContaining('asked again')] });
	});

	it('keeps a very long answer within bounds', async () => {
		await start([longOutput(300_000)]);
		const result = await bench.run(bench.request({ outputSchema: undefined }));
		expect(result.outcome).toEqual({ kind: 'completed' });
		expect(Buffer.byteLength(result.finalText)).toBeLessThanOrEqual(64 * 1024);
	});

	it('takes a prompt that begins with a slash as text', async () => {
		await start([done('Read.')]);
		const result = await bench.run(bench.request({ prompt: '  /cost is what the issue says' }));
		expect(result.outcome).toEqual({ kind: 'completed' });
		expect(bench.model.requests[0]?.conversation?.lastPrompt).toContain('/cost is what');
	});
});

describe('a run that fails', () => {
	it.each([
		['a refused token', [unauthorized()], 'auth'],
		['an empty account', [billing()], 'billing'],
		['an unknown model', [modelNotFound()], 'model_not_found'],
		['a prompt that is too long', [promptTooLong()], 'prompt_too_long'],
		['a run without the output asked for', [say('I am done.')], 'schema_missing'],
		['an output that never meets the schema', [structured({ wrong: 1 })], 'schema_retries'],
		['too many turns', [bash('true')], 'max_turns'],
	])('names %s', async (_, turns, failure) => {
		await start(turns);
		const result = await bench.run(bench.request({ maxTurns: 8 }));
		expect(result.outcome).toMatchObject({ kind: 'failed', failure });
		expect(result.transcriptPath).toBeTruthy();
	});

	it('names a denied tool with its input, where the agent reports that it was blocked', async () => {
		const outside = join('/', 'outside-of-the-worktree');
		await start([use('Write', { file_path: outside, content: 'x' }), structured({ status: 'blocked', summary: 'I may not write there.' })]);
		const result = await bench.run(bench.request());
		expect(result.outcome).toMatchObject({ kind: 'failed', failure: 'tool_denied' });
		expect(result.permissionDenials).toEqual([{ tool: 'Write', input: expect.stringContaining(outside) }]);
	});

	it('stands where a tool was denied and the agent found another way', async () => {
		await start([use('Write', { file_path: '/outside-of-the-worktree', content: 'x' }), done('Done without it.')]);
		const result = await bench.run(bench.request());
		expect(result.outcome).toEqual({ kind: 'completed' });
		expect(result.permissionDenials).toHaveLength(1);
	});

	it('pauses for a usage limit until the time that the service names', async () => {
		const resetsAt = new Date(Math.floor(Date.now() / 1000) * 1000 + 3_600_000);
		await start([usageLimit(resetsAt)]);
		const result = await bench.run(bench.request());
		expect(result.outcome).toEqual({ kind: 'paused', reason: 'usage_limit', resumeAt: resetsAt });
	});

	it('says that the session to resume is missing', async () => {
		await start([done('Never.')]);
		const result = await bench.run(bench.request({ session: { mode: 'resume', id: randomUUID() } }));
		expect(result.outcome).toMatchObject({ kind: 'failed', failure: 'session_missing' });
	});

	it('says that the session id is in use', async () => {
		await start([done('Once.')]);
		const request = bench.request();
		await bench.run(request);
		expect((await bench.run(request)).outcome).toMatchObject({ kind: 'failed', failure: 'session_in_use' });
	});
});

describe('a run that is ended', () => {
	it.each([
		['before the first answer', hangBefore(), { firstEventMs: 1_500, idleMs: 60_000, totalMs: 60_000 }, 'first_event_timeout'],
		['that stalls in the middle of an answer', hangInTheMiddle(), { firstEventMs: 60_000, idleMs: 60_000, totalMs: 2_500 }, 'total_timeout'],
	])('%s by its time limit is no success', async (_, reply, timeouts, failure) => {
		await start([reply]);
		const request = bench.request({ timeouts });
		const result = await bench.run(request);
		expect(result).toMatchObject({ outcome: { kind: 'failed', failure }, sessionId: request.session.id });
		expect(await findSession(request.session.id)).toEqual([]);
	});

	it('after going silent is no success', async () => {
		await start([bash('true'), hangInTheMiddle()]);
		const result = await bench.run(bench.request({ timeouts: { firstEventMs: 60_000, idleMs: 2_000, totalMs: 60_000 } }));
		expect(result.outcome).toMatchObject({ kind: 'failed', failure: 'idle_timeout' });
		expect(result.turns).toBeGreaterThan(0);
	});

	it('by its caller is stopped, and leaves no process, not even one that hides in a session of its own', async () => {
		await start([bash('setsid nohup sleep 300 >/dev/null 2>&1 & echo started'), bash('sleep 300')]);
		const request = bench.request();
		const abort = new AbortController();
		const stopWhenBusy = ({ text }: { text: string }): void => {
			if (text.includes('sleep 300') && !text.includes('setsid')) setTimeout(() => abort.abort(), 500);
		};
		let pid = 0;
		const hooks = { onActivity: stopWhenBusy, onStarted: (started: { pid: number }) => void (pid = started.pid) };
		const result = await bench.run(request, { signal: abort.signal, hooks });
		expect(result).toMatchObject({ outcome: { kind: 'stopped' }, sessionId: request.session.id });
		expect(pid).toBeGreaterThan(0);
		expect(existsSync(`/proc/${pid}`)).toBe(false);
		expect(await findSession(request.session.id)).toEqual([]);
	});
});

describe('the rest of the service\'s failures', () => {
	it.each([
		['overloaded for good', overloaded(), { kind: 'paused', reason: 'overloaded' }],
		['rate limited', rateLimited(1), { kind: 'paused', reason: 'rate_limit' }],
		['out of reach', drop(), { kind: 'failed', failure: 'server_error' }],
	])('are told apart: %s', async (_, reply, outcome) => {
		await start([reply]);
		expect((await bench.run(bench.request())).outcome).toMatchObject(outcome);
	});

	it('a time limit that strikes while the CLI waits for the service is a pause', async () => {
		await start([rateLimited(30)]);
		const result = await bench.run(bench.request({ timeouts: { firstEventMs: 60_000, idleMs: 60_000, totalMs: 8_000 } }));
		expect(result.outcome).toMatchObject({ kind: 'paused', reason: 'rate_limit' });
	});

	it('a message of several tool calls is one turn', async () => {
		await start([message({ type: 'tool_use', name: 'Bash', input: { command: 'echo 1' } }, { type: 'tool_use', name: 'Bash', input: { command: 'echo 2' } }), done('Both.')]);
		expect((await bench.run(bench.request())).outcome).toEqual({ kind: 'completed' });
		expect(bench.model.requests.at(-1)?.conversation?.toolResults.map(({ text }) => text).sort()).toEqual(['1', '2']);
	});
});
