import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, closeSync, readFileSync, mkdirSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import { ToolError } from './report.mjs';

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Runs a program in this terminal and gives its exit code (128 + signal number when a signal ended it). */
export async function runHere(command, args, { cwd, env }) {
	const child = spawn(command, args, { cwd, env, stdio: 'inherit' });
	// A terminal sends Ctrl-C to the child as well; a supervisor signals only this process, so it has to be passed on.
	const forward = (signal) => child.kill(signal);
	for (const signal of FORWARDED) process.on(signal, forward);
	try {
		const [code, signal] = await once(child, 'close');
		return code ?? 128 + (constants.signals[signal] ?? 0);
	} finally {
		for (const signal of FORWARDED) process.off(signal, forward);
	}
}

/** Runs a set-up step with its output in a log file; a failure shows the end of that log. */
export async function runLogged(command, args, { cwd, env, log, what }) {
	mkdirSync(dirname(log), { recursive: true });
	const file = openSync(log, 'a');
	try {
		const child = spawn(command, args, { cwd, env, stdio: ['ignore', file, file] });
		const forward = (signal) => {
			child.kill(signal);
			process.exitCode = 128 + constants.signals[signal];
		};
		for (const signal of FORWARDED) process.on(signal, forward);
		try {
			const [code, signal] = await once(child, 'close');
			if (code === 0) return;
			const end = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-20).join('\n');
			throw new ToolError(`${what} failed (${signal ?? `exit code ${code}`}). The end of ${log}:\n${end}`);
		} finally {
			for (const forwarded of FORWARDED) process.off(forwarded, forward);
		}
	} catch (error) {
		if (error.code === 'ENOENT') throw new ToolError(`${what} failed: there is no program "${command}". Install it and try again.`);
		throw error;
	} finally {
		closeSync(file);
	}
}
