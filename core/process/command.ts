import { randomUUID } from 'node:crypto';
import { Tail } from './tail';
import { watchProcess } from './watch';

export interface CommandRequest {
	readonly file: string;
	readonly args: readonly string[];
	readonly cwd: string;
	/** The whole environment: nothing comes from ours. */
	readonly env: Readonly<Record<string, string>>;
	readonly stdin?: string;
	readonly timeoutMs: number;
	/** How much of the end of each output is kept. */
	readonly outputBytes: number;
}

export type CommandEnd =
	| {
			readonly kind: 'exited';
			readonly exitCode: number | null;
			readonly signal: NodeJS.Signals | null;
			readonly stdout: string;
			readonly stderr: string;
			readonly timedOut: boolean;
			readonly cancelled: boolean;
	  }
	| { readonly kind: 'not_started'; readonly code: string; readonly message: string };

const GRACE_MS = 2_000;

/** Runs a short command; ends it with its whole tree at the time limit or when the signal aborts. Reports, never throws, how it ended. */
export async function runCommand(request: CommandRequest, signal: AbortSignal): Promise<CommandEnd> {
	const stdout = new Tail(request.outputBytes);
	const limit = AbortSignal.timeout(request.timeoutMs);
	const end = await watchProcess(
		{
			file: request.file,
			args: request.args,
			cwd: request.cwd,
			env: request.env,
			stdin: request.stdin ?? '',
			marker: `MAESTRO_COMMAND=${randomUUID()}`,
		},
		{ onStdout: (chunk) => stdout.push(chunk), stderrBytes: request.outputBytes, endSignal: 'SIGTERM', graceMs: GRACE_MS },
		AbortSignal.any([signal, limit]),
	);
	if (end.kind === 'not_started') return end;
	return {
		kind: 'exited',
		exitCode: end.exitCode,
		signal: end.signal,
		stdout: stdout.text(),
		stderr: end.stderr,
		timedOut: end.cancelled && !signal.aborted,
		cancelled: end.cancelled && signal.aborted,
	};
}
