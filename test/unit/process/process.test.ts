import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endProcesses, findProcesses, runCommand, watchProcess, type Marker, type WatchOptions } from '../../../core/process';

const program = (name: string): string => join(__dirname, 'programs', `${name}.mjs`);
const never = new AbortController().signal;
const marker = (): Marker => `MAESTRO_TEST=${randomUUID()}`;
const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}`) && !readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') Z ');

function collecting(options: Partial<WatchOptions> = {}): { text: () => string; options: WatchOptions } {
	const chunks: Buffer[] = [];
	return {
		text: () => Buffer.concat(chunks).toString('utf8'),
		options: { onStdout: (chunk) => void chunks.push(Buffer.from(chunk)), stderrBytes: 1_000, endSignal: 'SIGINT', graceMs: 200, ...options },
	};
}

const node = (name: string, args: string[] = []) => ({
	file: process.execPath,
	args: [program(name), ...args],
	cwd: tmpdir(),
	env: { PATH: process.env['PATH'] ?? '' },
	stdin: '',
	marker: marker(),
});

describe('a watched process', () => {
	it('gets its stdin, its secret on descriptor 3 and no variable but those given', async () => {
		const output = collecting();
		const request = { ...node('echo', ['--secret']), stdin: 'a prompt', secret: 'the-secret-token' };
		const end = await watchProcess(request, output.options, never);
		expect(end).toMatchObject({ kind: 'exited', exitCode: 0, stderr: 'a word on stderr', cancelled: false });
		const told: unknown = JSON.parse(output.text());
		expect(told).toMatchObject({ stdin: 'a prompt', secret: 'the-secret-token', args: ['--secret'] });
		expect(told).toHaveProperty('env', { PATH: request.env.PATH, MAESTRO_TEST: request.marker.split('=')[1] });
	});

	it('starts before its stdin is there, and gets it then', async () => {
		const output = collecting();
		let give = (_text: string): void => undefined;
		const stdin = new Promise<string>((resolve) => {
			give = resolve;
		});
		const end = watchProcess({ ...node('echo', ['--secret']), stdin, secret: 'a-secret' }, { ...output.options, onStarted: () => void setTimeout(() => give('a late prompt'), 100) }, never);
		expect(await end).toMatchObject({ kind: 'exited', exitCode: 0 });
		expect(JSON.parse(output.text())).toMatchObject({ stdin: 'a late prompt', secret: 'a-secret' });
	});

	it('gets an empty stdin where there will be none, and is no failure where it has ended before', async () => {
		const output = collecting();
		expect(await watchProcess({ ...node('echo'), stdin: Promise.reject(new Error('no')), secret: 's' }, output.options, never)).toMatchObject({ exitCode: 0 });
		expect(JSON.parse(output.text())).toMatchObject({ stdin: '' });
		const late = new Promise<string>((resolve) => setTimeout(resolve, 300, 'x'.repeat(1_000_000)));
		expect(await watchProcess({ ...node('echo'), file: 'true', args: [], stdin: late }, collecting().options, never)).toMatchObject({ kind: 'exited', exitCode: 0 });
		await late;
		expect(await watchProcess({ ...node('echo'), file: '/nowhere/at/all', stdin: late }, collecting().options, never)).toMatchObject({ kind: 'not_started', code: 'ENOENT' });
	});

	it('is ended by force with a child in a session of its own, when it ignores the polite signal', async () => {
		const abort = new AbortController();
		const output = collecting();
		const onStdout = (chunk: Buffer): void => {
			void output.options.onStdout(chunk);
			abort.abort();
		};
		const end = await watchProcess(node('stubborn'), { ...output.options, onStdout }, abort.signal);
		expect(end).toMatchObject({ kind: 'exited', signal: 'SIGKILL', cancelled: true });
		expect(isAlive(Number(output.text()))).toBe(false);
	});

	it('leaves no child behind when it ends by itself', async () => {
		const output = collecting();
		const end = await watchProcess(node('leaves-child'), output.options, never);
		expect(end).toMatchObject({ kind: 'exited', exitCode: 3, cancelled: false });
		expect(isAlive(Number(output.text()))).toBe(false);
	});

	it('that cannot be started is reported with its code', async () => {
		const end = await watchProcess({ ...node('echo'), file: '/nowhere/claude' }, collecting().options, never);
		expect(end).toMatchObject({ kind: 'not_started', code: 'ENOENT' });
	});

	it('does not stop the host from seeing that its reader failed', async () => {
		const onStdout = (): void => {
			throw new Error('the disk is full');
		};
		await expect(watchProcess(node('stubborn'), collecting({ onStdout }).options, never)).rejects.toThrow('the disk is full');
	});

	it('that does not read its stdin is no failure', async () => {
		const request = { ...node('echo'), file: 'true', args: [], stdin: 'x'.repeat(1_000_000), secret: 'unread-token' };
		expect(await watchProcess(request, collecting().options, never)).toMatchObject({ kind: 'exited', exitCode: 0 });
	});
});

describe('a command', () => {
	const request = { cwd: tmpdir(), env: { PATH: process.env['PATH'] ?? '' }, timeoutMs: 10_000, outputBytes: 10 };

	it('gives the end of its outputs', async () => {
		const end = await runCommand({ ...request, file: 'sh', args: ['-c', 'echo 0123456789abc; echo no >&2; exit 4'] }, never);
		expect(end).toMatchObject({ exitCode: 4, stdout: '…456789abc\n', stderr: 'no\n', timedOut: false });
	});

	it('is ended with its tree at its time limit', async () => {
		const end = await runCommand({ ...request, file: 'sh', args: ['-c', 'setsid sleep 300 & echo $!; wait'], timeoutMs: 300 }, never);
		expect(end).toMatchObject({ kind: 'exited', timedOut: true, cancelled: false });
		if (end.kind === 'exited') expect(isAlive(Number(end.stdout))).toBe(false);
	});

	it('tells a cancel from a time limit', async () => {
		const abort = new AbortController();
		setTimeout(() => abort.abort(), 100);
		const end = await runCommand({ ...request, file: 'sleep', args: ['300'] }, abort.signal);
		expect(end).toMatchObject({ kind: 'exited', timedOut: false, cancelled: true });
	});
});

describe('a marker', () => {
	it('finds and ends what carries it, and nothing else', async () => {
		const [ours, theirs] = [marker(), marker()];
		const start = (mark: Marker) => spawn('sleep', ['300'], { env: { ...process.env, MAESTRO_TEST: mark.split('=')[1] }, detached: true });
		const [mine, other] = [start(ours), start(theirs)];
		try {
			expect((await findProcesses([ours])).map(({ pid }) => pid)).toEqual([mine.pid]);
			expect(await endProcesses([ours], 'SIGTERM', 2_000)).toBe(1);
			expect(await findProcesses([ours])).toEqual([]);
			expect((await findProcesses([theirs])).map(({ pid }) => pid)).toEqual([other.pid]);
		} finally {
			mine.kill('SIGKILL');
			other.kill('SIGKILL');
		}
	});
});
