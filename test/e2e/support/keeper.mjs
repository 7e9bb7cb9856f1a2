// Stands between a test and the n8n that it starts. Its standard input is a pipe from the test: when that closes, however
// the test ended, n8n and everything it started goes too. Arguments: log file, folder, program, its arguments.
import { spawn } from 'node:child_process';
import { openSync, readdirSync, readlinkSync } from 'node:fs';

const GRACE_MS = 10_000;
const [logPath, folder, program, ...args] = process.argv.slice(2);
const log = openSync(logPath, 'a');
// A group of its own, so that it can be ended as one.
const child = spawn(program, args, { cwd: folder, detached: true, stdio: ['ignore', log, log] });
child.on('error', (error) => finish({ error: error.message }));
child.on('exit', (code, signal) => tell({ exit: { code, signal } }));
if (child.pid !== undefined) tell({ pid: child.pid });

process.stdin.resume();
process.stdin.on('end', end);
process.stdin.on('error', end);
// Ctrl-C reaches the whole terminal; the test decides what happens then.
process.on('SIGINT', () => undefined);

function tell(message) {
	process.stdout.write(`${JSON.stringify(message)}\n`, () => undefined);
}
process.stdout.on('error', () => undefined);

function finish(message) {
	tell(message);
	process.exit(1);
}

let ending = false;
function end() {
	if (ending) return;
	ending = true;
	if (child.exitCode !== null || child.signalCode !== null) sweep();
	child.on('exit', sweep);
	kill(child.pid, 'SIGTERM');
	setTimeout(sweep, GRACE_MS);
}

/** n8n's group, and whatever works in its folder: agents lead groups of their own. */
function sweep() {
	kill(-child.pid, 'SIGKILL');
	for (const pid of workingIn(folder)) kill(pid, 'SIGKILL');
	process.exit(0);
}

function workingIn(directory) {
	try {
		return readdirSync('/proc')
			.filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid && worksIn(name, directory))
			.map(Number);
	} catch {
		return []; // No /proc on this system.
	}
}

function worksIn(pid, directory) {
	try {
		const cwd = readlinkSync(`/proc/${pid}/cwd`).replace(/ \(deleted\)$/, '');
		return cwd === directory || cwd.startsWith(`${directory}/`);
	} catch {
		return false; // Gone, or another user's.
	}
}

function kill(pid, signal) {
	try {
		process.kill(pid, signal);
	} catch (error) {
		if (error.code !== 'ESRCH' && error.code !== 'EPERM') throw error;
	}
}
