import { MaestroError } from '../errors';
import { hostEnvironment, runCommand } from '../process';
import type { Worktree } from './git';

const TAIL_BYTES = 4_000;

export interface SetupRequest {
	readonly taskId: number;
	readonly mirror: string;
	readonly script: string;
	readonly timeoutMs: number;
}

/** Runs the project's setup script in a worktree. No secret is in its environment, because what it starts is anybody's code. */
export async function runSetup(worktree: Worktree, request: SetupRequest, signal: AbortSignal): Promise<void> {
	const env = hostEnvironment({
		MAESTRO_WORKTREE_PATH: worktree.path,
		MAESTRO_BRANCH: worktree.branch,
		MAESTRO_MAIN_REPO_PATH: request.mirror,
		MAESTRO_BASE_BRANCH: worktree.baseBranch,
		MAESTRO_TASK_ID: String(request.taskId),
	});
	const end = await runCommand(
		{ file: '/bin/sh', args: ['-c', request.script], cwd: worktree.path, env, timeoutMs: request.timeoutMs, outputBytes: TAIL_BYTES },
		signal,
	);
	if (end.kind === 'not_started') throw failed(request.taskId, `could not be started: ${end.message}`, '');
	if (end.cancelled) throw new MaestroError('cancelled', `The setup script of task ${request.taskId} was cancelled`, 'Start the task again when it is wanted.');
	if (end.timedOut) throw failed(request.taskId, `was ended after ${Math.round(request.timeoutMs / 1000)} seconds`, `${end.stdout}\n${end.stderr}`);
	if (end.exitCode !== 0) throw failed(request.taskId, `ended with ${end.exitCode ?? end.signal ?? 'an error'}`, `${end.stdout}\n${end.stderr}`);
}

function failed(taskId: number, how: string, output: string): MaestroError {
	return new MaestroError(
		'setup_failed',
		`The setup script ${how}\n${output.trim()}`.trim(),
		'Mend the setup script of the project; it runs again in the same worktree when the task is started again.',
		{ taskId },
	);
}
