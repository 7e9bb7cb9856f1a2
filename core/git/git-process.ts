import { Buffer } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { endProcesses, type Marker } from '../process/find';
import { MaestroError, messageOf } from '../errors';
import { keepSimpleGitQuiet } from './quiet';

export interface GitCall {
	/** A directory that exists. */
	readonly cwd: string;
	readonly args: readonly string[];
	/** The whole environment: nothing comes from ours. */
	readonly env: Readonly<Record<string, string>>;
	readonly stdin?: string;
	/** Takes stdout piece by piece instead of having it collected, for output that may not fit in memory. */
	readonly onStdout?: (chunk: Buffer) => void;
	/** Ends git when it has said nothing for that long. */
	readonly silenceMs: number;
}

export interface GitEnd {
	readonly exitCode: number;
	readonly stdout: string;
	/** The last of it. */
	readonly stderr: string;
}

const NOTHING = Buffer.alloc(0);
const MAX_STDOUT = 64 * 1024 * 1024;
const MAX_STDERR = 64 * 1024;
const GRACE_MS = 3_000;
/** Output that is still in the pipe when git has exited is read; whoever holds the pipe longer than that is not git. */
const CLOSE_LIMIT_MS = 1_000;

/**
 * simple-git refuses these unless told that the values are the program's own. Here they are: every variable and argument
 * below is written in this folder, and none is taken from a repository.
 */
const OWN_SETTINGS = {
	allowUnsafeConfigEnvCount: true,
	allowUnsafeConfigPaths: true,
	allowUnsafeCredentialHelper: true,
	allowUnsafeFsMonitor: true,
	allowUnsafeHooksPath: true,
	allowUnsafeProtocolOverride: true,
	allowUnsafeTemplateDir: true,
	allowUnsafeAskPass: true,
	allowUnsafePager: true,
	allowUnsafeSshCommand: true,
} as const;

/** Runs one git command; how it ended is reported, not thrown. Throws `cancelled`, `timed_out` and `git_failed` (git is missing). */
export async function runGit(call: GitCall, signal: AbortSignal): Promise<GitEnd> {
	if (isAborted(signal)) throw cancelled();
	// Loaded on first use: n8n loads every node at its start.
	const { simpleGit, GitPluginError } = await import('simple-git');
	keepSimpleGitQuiet();
	const marker: Marker = `MAESTRO_COMMAND=${randomUUID()}`;
	const output = new Output(call.onStdout);
	const ending: Ending = { stopped: 'no', refusal: '', exitCode: -1, output };
	const git = simpleGit({
		baseDir: call.cwd,
		abort: signal,
		timeout: { block: call.silenceMs },
		// By default it takes what has come 50 ms after the exit for everything; on a busy host the rest of the output would be lost.
		completion: { onClose: true, onExit: CLOSE_LIMIT_MS },
		unsafe: OWN_SETTINGS,
		allowEnvironment: Object.keys(call.env),
		input: () => call.stdin,
		// simple-git takes a silent failure for a success; the exit code decides here.
		errors: (error, result) => {
			ending.exitCode = result.exitCode;
			if (error instanceof GitPluginError && error.plugin === 'timeout') ending.stopped = 'timeout';
			return undefined;
		},
	});
	const killer = killLater(marker, signal);
	try {
		await git
			.env({ ...call.env, MAESTRO_COMMAND: marker.slice(marker.indexOf('=') + 1) })
			.outputHandler((_command, stdout, stderr) => {
				// simple-git would keep all of it; its own listeners on the output are the first ones and nothing else uses them.
				stdout.removeAllListeners('data');
				stderr.removeAllListeners('data');
				stdout.on('data', (chunk: Buffer) => output.onStdout(chunk));
				stderr.on('data', (chunk: Buffer) => output.onStderr(chunk));
				// A command that has said nothing is given 50 ms more; at this end everything has been read.
				stdout.once('end', () => stdout.emit('data', NOTHING));
			})
			.raw([...call.args]);
	} catch (error) {
		ending.stopped = 'refused';
		ending.refusal = messageOf(error);
	} finally {
		killer.stop();
	}
	const aborted = isAborted(signal);
	if (aborted || ending.stopped === 'timeout') await endProcesses([marker], 'SIGKILL', 0);
	if (aborted) throw cancelled();
	if (output.failure !== undefined) throw output.failure;
	return settle(call, ending);
}

interface Ending {
	stopped: 'no' | 'timeout' | 'refused';
	refusal: string;
	exitCode: number;
	readonly output: Output;
}

function settle(call: GitCall, end: Ending): GitEnd {
	const command = call.args[0] ?? '';
	if (end.stopped === 'timeout') {
		throw new MaestroError(
			'timed_out',
			`git ${command} said nothing for ${Math.round(call.silenceMs / 1000)} seconds and was ended`,
			'Look at the network and at the load of the disk of this host, and start the task again.',
		);
	}
	if (end.stopped === 'refused') {
		throw new MaestroError('git_failed', `git ${command} could not be run: ${end.refusal}`, 'Report this: it is an error in Maestro.');
	}
	if (end.exitCode < 0) {
		throw new MaestroError(
			'git_failed',
			`git could not be started: ${end.output.stderr()}`,
			'Install git (2.39 or later) on the host or in the container that runs n8n and its workers.',
		);
	}
	return { exitCode: end.exitCode, stdout: end.output.stdout(), stderr: end.output.stderr() };
}

/** Asked anew each time: it changes while git runs, which the compiler cannot know. */
const isAborted = (signal: AbortSignal): boolean => signal.aborted;

function cancelled(): MaestroError {
	return new MaestroError('cancelled', 'The git command was cancelled', 'Start it again when it is wanted.');
}

/** simple-git asks git to end and then waits for as long as it takes; this sets a limit to that. */
function killLater(marker: Marker, signal: AbortSignal): { stop(): void } {
	let timer: NodeJS.Timeout | undefined;
	const onAbort = (): void => {
		timer = setTimeout(() => void endProcesses([marker], 'SIGKILL', 0), GRACE_MS);
	};
	signal.addEventListener('abort', onAbort, { once: true });
	return {
		stop: () => {
			signal.removeEventListener('abort', onAbort);
			clearTimeout(timer);
		},
	};
}

class Output {
	failure: Error | undefined;

	private readonly out: Buffer[] = [];

	private outBytes = 0;

	private err = Buffer.alloc(0);

	private readonly sink: ((chunk: Buffer) => void) | undefined;

	constructor(sink: ((chunk: Buffer) => void) | undefined) {
		this.sink = sink;
	}

	onStdout(chunk: Buffer): void {
		if (this.failure !== undefined) return;
		try {
			if (this.sink !== undefined) {
				this.sink(chunk);
				return;
			}
			this.outBytes += chunk.length;
			if (this.outBytes > MAX_STDOUT) throw new MaestroError('git_failed', 'git answered with more than 64 MB', 'Make the change smaller.');
			this.out.push(chunk);
		} catch (error) {
			// Thrown inside an event listener it would end n8n; it is thrown by runGit instead.
			this.failure = error instanceof Error ? error : new Error(String(error));
		}
	}

	onStderr(chunk: Buffer): void {
		const whole = Buffer.concat([this.err, chunk]);
		this.err = whole.subarray(Math.max(0, whole.length - MAX_STDERR));
	}

	stdout(): string {
		return Buffer.concat(this.out).toString('utf8');
	}

	stderr(): string {
		return this.err.toString('utf8');
	}
}
