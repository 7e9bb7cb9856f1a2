import { Buffer } from 'node:buffer';
import { platform } from 'node:process';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { endProcesses, sendSignal, type Marker } from './find';
import { startProcess, type NotStarted, type ProcessRequest, type StartedProcess } from './start';
import { Tail } from './tail';

export interface WatchOptions {
	/** Each piece of stdout. A promise holds the process back until it settles. */
	readonly onStdout: (chunk: Buffer) => void | Promise<void>;
	readonly onStarted?: (pid: number) => void;
	/** How much of stderr's end is kept, in bytes. */
	readonly stderrBytes: number;
	/** What asks the process to end when the signal aborts; SIGKILL follows after the grace, in milliseconds. */
	readonly endSignal: 'SIGINT' | 'SIGTERM';
	readonly graceMs: number;
}

export type ProcessEnd =
	| {
			readonly kind: 'exited';
			readonly exitCode: number | null;
			readonly signal: NodeJS.Signals | null;
			readonly stderr: string;
			/** The caller's signal asked for the end; the process may have exited with 0 all the same. */
			readonly cancelled: boolean;
			readonly durationMs: number;
	  }
	| ({ readonly kind: 'not_started' } & NotStarted);

/** Output that is still in the pipe after the end is read; whoever still holds the pipe after that long has escaped us. */
const DRAIN_MS = 3_000;

async function read(stream: Readable, onChunk: (chunk: Buffer) => void | Promise<void>): Promise<void> {
	try {
		for await (const chunk of stream) {
			if (!Buffer.isBuffer(chunk)) continue;
			const wait = onChunk(chunk);
			if (wait !== undefined) await wait;
		}
	} catch (error) {
		// Destroyed by us after the drain limit; any other failure is the consumer's and must surface.
		if (!stream.destroyed || !isPrematureClose(error)) throw error;
	}
}

const isPrematureClose = (error: unknown): boolean =>
	error instanceof Error && 'code' in error && (error.code === 'ERR_STREAM_PREMATURE_CLOSE' || error.code === 'ABORT_ERR');

/** Asks, waits, and then ends the group by force. Settles with the process. */
async function cancel(started: StartedProcess, options: WatchOptions): Promise<void> {
	sendSignal(-started.pid, options.endSignal);
	const ended = await Promise.race([started.exit.then(() => true), sleep(options.graceMs, false, { ref: false })]);
	if (!ended) sendSignal(-started.pid, 'SIGKILL');
}

/** What the process left behind. Elsewhere than on Linux only its own group can be found. */
async function endLeftovers(started: StartedProcess, markers: readonly Marker[]): Promise<void> {
	if (platform !== 'linux') sendSignal(-started.pid, 'SIGKILL');
	await endProcesses(markers, 'SIGKILL', 0);
}

/**
 * Runs a process to its end. When this settles, the process and every process that carries one of its markers have ended,
 * whichever way it went. Never rejects because of how the process ended.
 */
export async function watchProcess(request: ProcessRequest, options: WatchOptions, signal: AbortSignal): Promise<ProcessEnd> {
	signal.throwIfAborted();
	const startedAt = Date.now();
	const started = await startProcess(request);
	if ('code' in started) return { kind: 'not_started', ...started };
	const stderr = new Tail(options.stderrBytes);
	let cancelled = false;
	const onAbort = (): void => {
		cancelled = true;
		void cancel(started, options);
	};
	signal.addEventListener('abort', onAbort, { once: true });
	if (signal.aborted) onAbort();
	const reading = Promise.all([read(started.stdout, options.onStdout), read(started.stderr, (chunk) => stderr.push(chunk))]);
	// Looked at below; until then a failure must not count as unhandled.
	reading.catch(() => sendSignal(-started.pid, 'SIGKILL'));
	try {
		options.onStarted?.(started.pid);
		const { exitCode, signal: endedBy } = await started.exit;
		const durationMs = Date.now() - startedAt;
		await endLeftovers(started, [request.marker]);
		await drain(reading, started);
		return { kind: 'exited', exitCode, signal: endedBy, stderr: stderr.text(), cancelled, durationMs };
	} catch (error) {
		sendSignal(-started.pid, 'SIGKILL');
		await endLeftovers(started, [request.marker]);
		throw error;
	} finally {
		signal.removeEventListener('abort', onAbort);
	}
}

async function drain(reading: Promise<unknown>, started: StartedProcess): Promise<void> {
	const timer = new AbortController();
	const late = sleep(DRAIN_MS, undefined, { signal: timer.signal }).then(
		() => {
			started.stdout.destroy();
			started.stderr.destroy();
		},
		() => undefined,
	);
	try {
		await Promise.race([reading, late]);
	} finally {
		timer.abort();
	}
}
