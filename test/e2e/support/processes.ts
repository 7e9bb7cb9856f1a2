import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface RunningProcess {
	readonly pid: number;
	readonly args: readonly string[];
	readonly cwd: string;
}

/** The processes whose working directory is `folder` or below it (Linux only; elsewhere none). */
export function processesIn(folder: string): RunningProcess[] {
	return allPids().flatMap((pid) => {
		const found = look(pid);
		return found !== undefined && (found.cwd === folder || found.cwd.startsWith(`${folder}/`)) ? [found] : [];
	});
}

export function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return !isZombie(pid);
	} catch {
		return false;
	}
}

/** Whether a process was started by `ancestor`, or by what that started. */
export function isBelow(pid: number, ancestor: number): boolean {
	for (let now = pid; now > 1; ) {
		const parent = parentOf(now);
		if (parent === ancestor) return true;
		now = parent;
	}
	return false;
}

/** 0: there is none, or it ended meanwhile. */
export function parentOf(pid: number): number {
	try {
		const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
		// The name before it may hold anything, also brackets.
		return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
	} catch {
		return 0;
	}
}

function allPids(): number[] {
	if (process.platform !== 'linux') return [];
	return readdirSync('/proc')
		.filter((name) => /^\d+$/.test(name))
		.map(Number);
}

function look(pid: number): RunningProcess | undefined {
	try {
		const cwd = readlinkSync(`/proc/${pid}/cwd`).replace(/ \(deleted\)$/, '');
		const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
		return { pid, args, cwd };
	} catch {
		return undefined; // It ended meanwhile, or belongs to someone else.
	}
}

function isZombie(pid: number): boolean {
	try {
		return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
	} catch {
		return false;
	}
}
