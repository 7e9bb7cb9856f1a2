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
