import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

import { isAlive, processesIn } from './processes';

const STOP_LIMIT_MS = 20_000;

export interface HostProcess {
	readonly pid: number;
	/** True until the process has ended. */
	isRunning(): boolean;
	/** SIGTERM, at most 20 s of patience, then everything in its group and folder is ended. */
	stop(): Promise<void>;
	/** SIGKILL to this one process, as a crash would; what it started lives on. */
	kill9(): Promise<void>;
	/** After it ended by itself: nobody looks after it any more, and what it started lives on. */
	letGo(): void;
}

/** Starts a program that cannot outlive this process (see keeper.mjs). `folder` is its working directory. */
export async function startHostProcess(options: {
	/** Default: this Node. */
	readonly program?: string;
	readonly args: readonly string[];
	readonly folder: string;
	readonly env: Record<string, string>;
	readonly logPath: string;
}): Promise<HostProcess> {
	const keeper = spawn(process.execPath, [join(__dirname, 'keeper.mjs'), options.logPath, options.folder, options.program ?? process.execPath, ...options.args], {
		env: options.env,
		stdio: ['pipe', 'pipe', 'inherit'],
	});
	const pid = await firstPid(keeper);
	const isRunning = (): boolean => isAlive(pid);
	const release = async (): Promise<void> => {
		if (keeper.exitCode !== null || keeper.signalCode !== null) return;
		const ended = once(keeper, 'exit');
		keeper.stdin.end();
		await ended;
	};
	return {
		pid,
		isRunning,
		stop: async () => {
			await Promise.race([release(), sleep(STOP_LIMIT_MS, undefined, { ref: false })]);
			for (const left of processesIn(options.folder)) kill(left.pid, 'SIGKILL');
		},
		kill9: async () => {
			kill(pid, 'SIGKILL');
			while (isRunning()) await sleep(5);
			// The keeper would sweep up what a crash leaves behind, which is what a crash test wants to look at.
			keeper.kill('SIGKILL');
		},
		letGo: () => void keeper.kill('SIGKILL'),
	};
}

async function firstPid(keeper: ChildProcess): Promise<number> {
	if (keeper.stdout === null) throw new Error('The keeper has no output.');
	const lines = createInterface({ input: keeper.stdout });
	const signal = AbortSignal.timeout(10_000);
	const [line] = await Promise.race([once(lines, 'line', { signal }), once(keeper, 'exit', { signal })]);
	const message: unknown = typeof line === 'string' ? JSON.parse(line) : undefined;
	if (typeof message === 'object' && message !== null && 'pid' in message && typeof message.pid === 'number') return message.pid;
	throw new Error(`The program did not start: ${String(line)}`);
}

function kill(pid: number, signal: NodeJS.Signals): void {
	try {
		process.kill(pid, signal);
	} catch (error) {
		if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
	}
}
