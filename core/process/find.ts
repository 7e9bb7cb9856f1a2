import { readFile, readdir } from 'node:fs/promises';
import { platform } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

/** `NAME=value` as it stands in a process's environment, for example `MAESTRO_SESSION=<uuid>`. Children inherit it. */
export type Marker = `${string}=${string}`;

export interface FoundProcess {
	readonly pid: number;
	/** Clock ticks since boot: with the pid, names one process for good, though pids are used again. */
	readonly startTime: string;
}

const PARALLEL_READS = 32;
const ROUNDS = 40;
const ROUND_MS = 25;

/** The start time out of `/proc/<pid>/stat`, or undefined where the process is gone. The name in it may hold spaces and brackets. */
async function startTimeOf(pid: number): Promise<string | undefined> {
	try {
		const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
		return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
	} catch {
		// Gone between the listing and the read: that is the answer.
		return undefined;
	}
}

async function hasMarker(pid: number, markers: readonly string[]): Promise<boolean> {
	try {
		const environment = `\0${await readFile(`/proc/${pid}/environ`, 'latin1')}`;
		return markers.some((marker) => environment.includes(`\0${marker}\0`));
	} catch {
		// Another user's process, or gone: not one of ours that we could end.
		return false;
	}
}

async function carries(pid: number, markers: readonly string[]): Promise<FoundProcess | undefined> {
	// Almost none does, and one read says so; only then is it made sure that it was the same process all the time.
	if (!(await hasMarker(pid, markers))) return undefined;
	const startTime = await startTimeOf(pid);
	if (startTime === undefined || !(await hasMarker(pid, markers))) return undefined;
	return (await startTimeOf(pid)) === startTime ? { pid, startTime } : undefined;
}

/**
 * Every process on this host that was started with one of the markers in its environment.
 * Reads /proc, so it finds nothing on other systems than Linux; a process that cleared its environment is not found either.
 */
export async function findProcesses(markers: readonly Marker[]): Promise<FoundProcess[]> {
	if (platform !== 'linux' || markers.length === 0) return [];
	const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
	const found: FoundProcess[] = [];
	for (let at = 0; at < pids.length; at += PARALLEL_READS) {
		const batch = await Promise.all(pids.slice(at, at + PARALLEL_READS).map(async (pid) => await carries(pid, markers)));
		found.push(...batch.filter((process) => process !== undefined));
	}
	return found.filter(({ pid }) => pid !== process.pid);
}

/** Signals one process, if it is still the one that was found. False: it is gone. */
async function signalFound(found: FoundProcess, signal: NodeJS.Signals): Promise<boolean> {
	if ((await startTimeOf(found.pid)) !== found.startTime) return false;
	return sendSignal(found.pid, signal);
}

/** A negative pid means its process group. False: there is none such, or it is not ours. */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
	try {
		process.kill(pid, signal);
		return true;
	} catch {
		// ESRCH: it has ended by itself, which is what was wanted. EPERM: another user's.
		return false;
	}
}

/**
 * Ends every process that carries one of the markers, and those that they start meanwhile. SIGINT or SIGTERM is sent once;
 * SIGKILL follows for whatever is left after `graceMs`. Gives how many were there.
 */
export async function endProcesses(markers: readonly Marker[], signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL', graceMs: number): Promise<number> {
	const seen = new Set<string>();
	const note = (found: FoundProcess): void => void seen.add(`${found.pid}:${found.startTime}`);
	let left = await findProcesses(markers);
	left.forEach(note);
	if (signal !== 'SIGKILL' && left.length > 0) {
		for (const found of left) await signalFound(found, signal);
		const until = Date.now() + graceMs;
		while (left.length > 0 && Date.now() < until) {
			await sleep(ROUND_MS);
			left = await findProcesses(markers);
		}
	}
	for (let round = 0; left.length > 0 && round < ROUNDS; round++) {
		left.forEach(note);
		for (const found of left) await signalFound(found, 'SIGKILL');
		await sleep(ROUND_MS);
		left = await findProcesses(markers);
	}
	return seen.size;
}
