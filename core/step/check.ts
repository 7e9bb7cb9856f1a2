import { Buffer } from 'node:buffer';
import { hostEnvironment, runCommand } from '../process';
import type { Redact } from '../redact';

export interface CheckRequest {
	/** A shell command. */
	readonly command: string;
	readonly worktree: string;
	readonly branch: string;
	readonly taskId: number;
	/** By which what is left of it is found again, should n8n go away meanwhile. */
	readonly marks: Readonly<Record<string, string>>;
	readonly timeoutMs: number;
}

export interface CheckResult {
	readonly command: string;
	/** Null: it did not end by itself. */
	readonly exitCode: number | null;
	readonly timedOut: boolean;
	/** The end of what it said, redacted and bounded. */
	readonly output: string;
	readonly durationMs: number;
	/** The program that the command begins with, where this host has none of that name. */
	readonly missing?: string;
}

const KEPT = 8_000;
/** Longer than any secret: what a cut leaves of one is no longer known for a secret, and goes with this. */
const CUT_OFF = 2_000;
const READ_BYTES = KEPT + 4 * CUT_OFF;

function endOf(said: string, redact: Redact): string {
	const isCut = Buffer.byteLength(said) > READ_BYTES;
	const text = redact(said).slice(isCut ? CUT_OFF : 0).trim();
	return text.length > KEPT || isCut ? `…${text.slice(-KEPT)}` : text;
}

/** The shell's word for a program that it does not find, be it the command itself or something that this calls. */
const NOT_FOUND = 127;
const LOOK_UP_MS = 10_000;
/** No path, which may lead into the worktree, and no assignment. */
const PROGRAM = /^\s*([A-Za-z0-9_][\w.+-]*)(?=\s|;|$)/;

async function missingProgram({ command, worktree, marks }: CheckRequest, signal: AbortSignal): Promise<string | undefined> {
	const program = PROGRAM.exec(command)?.[1];
	if (program === undefined) return undefined;
	const end = await runCommand({ file: '/bin/sh', args: ['-c', 'command -v "$1"', 'sh', program], cwd: worktree, env: hostEnvironment(marks), timeoutMs: LOOK_UP_MS, outputBytes: 1_000 }, signal);
	return end.kind === 'exited' && !end.timedOut && end.exitCode !== 0 ? program : undefined;
}

/** Runs the command that checks a step, with no secret in its environment, and ends it with all that it started. Throws only when `signal` is aborted. */
export async function runCheck(request: CheckRequest, redact: Redact, now: () => Date, signal: AbortSignal): Promise<CheckResult> {
	const { command, worktree, branch, taskId, marks, timeoutMs } = request;
	const began = now().getTime();
	const end = await runCommand(
		{
			file: '/bin/sh',
			// One stream, so that what went wrong stands where it was said.
			args: ['-c', `exec 2>&1\n${command}`],
			cwd: worktree,
			env: hostEnvironment({ ...marks, CI: 'true', MAESTRO_WORKTREE_PATH: worktree, MAESTRO_BRANCH: branch, MAESTRO_TASK_ID: String(taskId) }),
			timeoutMs,
			outputBytes: READ_BYTES,
		},
		signal,
	);
	signal.throwIfAborted();
	const ranMs = now().getTime() - began;
	// Ending it with all that it started takes a moment more than its limit.
	const durationMs = end.kind === 'exited' && end.timedOut ? timeoutMs : ranMs;
	if (end.kind === 'not_started') return { command, exitCode: null, timedOut: false, output: end.message, durationMs };
	const missing = !end.timedOut && end.exitCode === NOT_FOUND ? await missingProgram(request, signal) : undefined;
	signal.throwIfAborted();
	return { command, exitCode: end.timedOut ? null : end.exitCode, timedOut: end.timedOut, output: endOf(end.stdout, redact), durationMs, ...(missing === undefined ? {} : { missing }) };
}
