import type { Readable, Writable } from 'node:stream';
import type { Marker } from './find';

export interface ProcessRequest {
	readonly file: string;
	readonly args: readonly string[];
	readonly cwd: string;
	/** The whole environment: nothing comes from ours. */
	readonly env: Readonly<Record<string, string>>;
	/** A promise: the process starts without it, and gets it when it is there. */
	readonly stdin: string | Promise<string>;
	/** Written to file descriptor 3, which is then closed. A secret travels this way: it shows in no argument, variable or file. */
	readonly secret?: string;
	/** Put into its environment, so that it and its children are found again. */
	readonly marker: Marker;
}

export interface StartedProcess {
	readonly pid: number;
	readonly stdout: Readable;
	readonly stderr: Readable;
	/** Settles when the process itself ends, though its children may hold its output open. */
	readonly exit: Promise<{ readonly exitCode: number | null; readonly signal: NodeJS.Signals | null }>;
}

export interface NotStarted {
	/** `ENOENT`, `EACCES`, `E2BIG`, … */
	readonly code: string;
	readonly message: string;
}

function streamOf(stream: Readable | null): Readable {
	if (stream === null) throw new TypeError('A started process has no output stream');
	return stream;
}

/** A process that ends before it has read its input says so by its end. */
function feed(input: Writable | null, text: Promise<string>): void {
	input?.on('error', () => undefined);
	text.then((whole) => input?.end(whole), () => input?.end());
}

/** The one place where a process starts. It leads a process group of its own, so that its whole tree can be ended. */
export async function startProcess(request: ProcessRequest): Promise<StartedProcess | NotStarted> {
	// Loaded on first use: n8n loads every node at its start.
	const { execa } = await import('execa');
	const separator = request.marker.indexOf('=');
	const child = execa(request.file, [...request.args], {
		cwd: request.cwd,
		env: { ...request.env, [request.marker.slice(0, separator)]: request.marker.slice(separator + 1) },
		extendEnv: false,
		detached: true,
		cleanup: false,
		reject: false,
		buffer: false,
		stripFinalNewline: false,
		windowsHide: true,
		stdio: [
			typeof request.stdin === 'string' ? new TextEncoder().encode(request.stdin) : 'pipe',
			'pipe',
			'pipe',
			...(request.secret === undefined ? [] : [new TextEncoder().encode(request.secret)]),
		],
	});
	const exit = new Promise<{ exitCode: number | null; signal: NodeJS.Signals | null }>((resolve) => {
		child.nodeChildProcess.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
	});
	const { pid, stdout, stderr } = child.nodeChildProcess;
	if (pid === undefined) {
		const { code, originalMessage, shortMessage } = await child;
		return { code: code ?? 'unknown', message: originalMessage ?? shortMessage ?? 'The process did not start' };
	}
	if (typeof request.stdin !== 'string') feed(child.nodeChildProcess.stdin, request.stdin);
	return { pid, stdout: streamOf(stdout), stderr: streamOf(stderr), exit };
}
