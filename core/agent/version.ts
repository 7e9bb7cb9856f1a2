import { tmpdir } from 'node:os';
import { MaestroError } from '../errors';
import { runCommand } from '../process';
import { fromHost } from './environment';

/** The oldest tried: 2.1.210 knows no `--permission-prompts`, and cannot read a token from descriptor 3 where that is a socket, as Node makes it. */
export const MINIMUM_VERSION = '2.1.270';

const TIMEOUT_MS = 20_000;
const checked = new Map<string, string>();

/** Negative where `a` is older. */
export function compareVersions(a: string, b: string): number {
	const [left, right] = [a, b].map((version) => version.split('.').map(Number));
	for (let part = 0; part < 3; part++) {
		const difference = (left?.[part] ?? 0) - (right?.[part] ?? 0);
		if (difference !== 0) return difference;
	}
	return 0;
}

const missing = (cliPath: string, why: string, cause?: string): MaestroError =>
	new MaestroError(
		'cli_missing',
		`The Claude Code CLI "${cliPath}" cannot be run: ${why}`,
		'Install it where n8n runs ("npm install -g @anthropic-ai/claude-code") and enter its full path in the Maestro Claude credential, field "CLI Path".',
		{ cliPath },
		cause,
	);

/**
 * The CLI's version, asked for once for each path while n8n runs. Throws `cli_missing` or `cli_too_old`; a failure is asked for again,
 * so that an installation mends it.
 */
export async function checkVersion(cliPath: string, signal: AbortSignal): Promise<string> {
	const known = checked.get(cliPath);
	if (known !== undefined) return known;
	const cwd = tmpdir();
	const env = { ...fromHost(process.env), HOME: cwd, DISABLE_AUTOUPDATER: '1', CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1' };
	const end = await runCommand({ file: cliPath, args: ['--version'], cwd, env, timeoutMs: TIMEOUT_MS, outputBytes: 2_000 }, signal);
	if (end.kind === 'not_started') throw missing(cliPath, end.message);
	signal.throwIfAborted();
	const version = /(\d+\.\d+\.\d+)/.exec(end.stdout)?.[1];
	if (end.exitCode !== 0 || version === undefined) {
		const said = (end.stderr.trim() || end.stdout.trim()).slice(0, 300);
		throw missing(cliPath, end.timedOut ? 'it did not answer' : `"--version" gave exit code ${end.exitCode} and: ${said}`);
	}
	if (compareVersions(version, MINIMUM_VERSION) < 0) {
		throw new MaestroError(
			'cli_too_old',
			`The Claude Code CLI "${cliPath}" is version ${version}; Maestro needs ${MINIMUM_VERSION} or later`,
			'Update it where n8n runs ("npm install -g @anthropic-ai/claude-code"), or enter the path of a newer one in the Maestro Claude credential, field "CLI Path".',
			{ cliPath, version },
		);
	}
	checked.set(cliPath, version);
	return version;
}
