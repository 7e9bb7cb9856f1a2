import { hostEnvironment, runCommand } from '../process';
import type { Redact } from '../redact';

export interface CheckRequest {
	/** A shell command. */
	readonly command: string;
	readonly worktree: string;
	readonly branch: string;
	readonly taskId: number;
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
}

const TAIL_BYTES = 8_000;

/** Runs the command that checks a step, with no secret in its environment, and ends it with all that it started. Throws only when `signal` is aborted. */
export async function runCheck(request: CheckRequest, redact: Redact, now: () => Date, signal: AbortSignal): Promise<CheckResult> {
	const { command, worktree, branch, taskId, timeoutMs } = request;
	const began = now().getTime();
	const end = await runCommand(
		{
			file: '/bin/sh',
			args: ['-c', command],
			cwd: worktree,
			env: hostEnvironment({ CI: 'true', MAESTRO_WORKTREE_PATH: worktree, MAESTRO_BRANCH: branch, MAESTRO_TASK_ID: String(taskId) }),
			timeoutMs,
			outputBytes: TAIL_BYTES,
		},
		signal,
	);
	signal.throwIfAborted();
	const durationMs = now().getTime() - began;
	if (end.kind === 'not_started') return { command, exitCode: null, timedOut: false, output: end.message, durationMs };
	const output = redact([end.stdout.trim(), end.stderr.trim()].filter((part) => part !== '').join('\n'));
	return { command, exitCode: end.timedOut ? null : end.exitCode, timedOut: end.timedOut, output, durationMs };
}
