import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { findProcesses } from '../../../core/process';
import { redactor } from '../../../core/redact';
import { runCheck, type CheckRequest, type CheckResult } from '../../../core/step/check';

const SECRET = 'a-secret-of-nineteen';
const never = new AbortController().signal;

let worktree: string;
beforeAll(async () => {
	worktree = await realpath(await mkdtemp(join(tmpdir(), 'maestro-check-')));
});
afterAll(async () => await rm(worktree, { recursive: true, force: true }));

const MARK = 'MAESTRO_SESSION=check-of-this-test';
const run = async (command: string, more: Partial<CheckRequest> = {}, signal = never): Promise<CheckResult> => {
	let now = 0;
	const clock = (): Date => new Date((now += 1_000));
	return await runCheck({ command, worktree, branch: 'maestro/7', taskId: 7, marks: { MAESTRO_SESSION: 'check-of-this-test' }, timeoutMs: 60_000, ...more }, redactor([SECRET]), clock, signal);
};

describe('a check', () => {
	it('runs in the worktree and gives its exit code, its time and what it said', async () => {
		expect(await run('pwd; exit 3')).toEqual({ command: 'pwd; exit 3', exitCode: 3, timedOut: false, output: worktree, durationMs: 1_000 });
	});

	it('names the program that it begins with where the host has none of that name, and only then', async () => {
		expect(await run('no-such-program --all')).toMatchObject({ exitCode: 127, missing: 'no-such-program' });
		for (const command of ['./no-such-script.sh', 'A=1 no-such-program', 'cd . && no-such-program', 'exit 127', 'true', 'exit 3']) expect(await run(command)).not.toHaveProperty('missing');
	});

	it('may have several lines, quotes, and an end that the shell does not understand', async () => {
		expect(await run("echo 'one'\necho \"two\"")).toMatchObject({ exitCode: 0, output: 'one\ntwo' });
		expect(await run('echo begun; if')).toMatchObject({ exitCode: 2, output: expect.stringContaining('yntax error') });
	});

	it('says both of its outputs in the order in which it wrote them', async () => {
		expect((await run('echo 1; echo 2 >&2; echo 3; echo 4 >&2')).output).toBe('1\n2\n3\n4');
	});

	it('is kept to the end of what it said, and shows that there was more', async () => {
		const { output } = await run('seq 1 100000');
		expect(output.length).toBeLessThanOrEqual(8_001);
		expect(output).toMatch(/^….*\n99999\n100000$/s);
		expect((await run('printf "…short"')).output).toBe('…short');
		expect((await run('seq 1 1000')).output).toMatch(/^1\n2\n.*1000$/s);
	});

	it('has no secret in what it said, wherever the output is cut', async () => {
		for (let shift = 0; shift < SECRET.length + 1; shift += 1) {
			const { output } = await run(`i=0; while [ $i -lt 900 ]; do printf '%s\\n' ${SECRET}; i=$((i+1)); done; printf '%0${shift + 1}d' 0`);
			expect(output.replaceAll('[redacted]', '').replaceAll(/[\n…0]/g, '').replace(/^[a-z]*\]/, '')).toBe('');
		}
	});

	it('has in its environment what it works on and nothing else of this process', async () => {
		process.env.MAESTRO_CHECK_TEST = SECRET;
		const { output } = await run('env');
		delete process.env.MAESTRO_CHECK_TEST;
		expect(output).not.toContain('MAESTRO_CHECK_TEST');
		for (const line of ['CI=true', `MAESTRO_WORKTREE_PATH=${worktree}`, 'MAESTRO_BRANCH=maestro/7', 'MAESTRO_TASK_ID=7', MARK]) expect(output).toContain(line);
	});

	it('that hangs is stopped with all that it started, also what left its group or does not listen', async () => {
		expect(await run('(trap "" TERM INT HUP; while :; do sleep 1; done) & setsid sleep 311 & echo waiting; wait', { timeoutMs: 500 })).toMatchObject({ exitCode: null, timedOut: true, output: 'waiting' });
		expect(await findProcesses([MARK])).toEqual([]);
	});

	it('whose folder is gone could not be run', async () => {
		expect(await run('true', { worktree: join(worktree, 'gone') })).toMatchObject({ exitCode: null, timedOut: false, output: expect.stringMatching(/\w/) });
	});

	it('that is stopped by the Stop button throws, and nothing of it is left', async () => {
		const stop = new AbortController();
		const running = run('sleep 312', {}, stop.signal);
		while ((await findProcesses([MARK])).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
		stop.abort();
		await expect(running).rejects.toThrow(/abort/i);
		expect(await findProcesses([MARK])).toEqual([]);
	});
});
