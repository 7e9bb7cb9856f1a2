import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { endSession } from '../../core/agent/session-processes';
import { isMaestroError, MaestroError, messageOf } from '../../core/errors';
import { openWorkspace } from '../../core/session/workspace';
import { findPlaybook, playbooksOf, positionOf } from '../../core/task/playbooks';
import type { PlaybookState, Task } from '../../core/task/records';
import { giveUp, moveTask } from '../shared/agent/leave';
import { readClaude } from '../shared/credentials';
import { hostLeaving, watchHost } from '../shared/host-leaving';
import { runItems, type Leaving } from '../shared/items';
import { withNodeErrors } from '../shared/node-error';
import { requireProject, requireTask } from '../shared/records';
import { openGithub, openServices } from '../shared/services';
import { claimTry, endHere, purposeOf } from './claim';
import { leaveWaiting } from './gate';
import { goOn, wasTold } from './go-on';
import { leaveDone } from './leave';
import { isAskedAgain, isOther, nameOf, openPlaybook, sourceOf } from './open';
import { readParameters } from './parameters';
import { Warnings } from './warnings';
import type { StepNode } from './work';

const OUTPUTS = 5;
/** The last writes must not hang on the signal that has fired. */
const LAST_WRITES_MS = 30_000;

const OTHER_TEXT =
	'This task goes on with the playbook as it was when it began; what is given now differs: give another Name, or delete its row in maestro_playbooks to begin anew.';

/** Still waits for a person. */
function isWaiting(task: Task, row: PlaybookState, answer: string): boolean {
	return row.status === 'needs_input' && answer === '' && task.status === 'blocked';
}

async function worktreeFor({ github, services, signal }: StepNode, task: Task, takeUp: boolean) {
	const project = await requireProject(services, task.projectId, signal);
	const workspace = await openWorkspace({ kind: 'worktree', repository: github.repository(task.repository), task, project, takeUp }, signal);
	if (workspace.worktree === undefined) throw new Error('A worktree was asked for');
	return { project, workspace: { ...workspace, worktree: workspace.worktree } };
}

/** What went wrong while the task was this execution's, on the task. Gives what n8n is to be told. */
async function explain(error: unknown, task: Task, { services, signal }: StepNode): Promise<Error> {
	const known = error instanceof Error ? error : new Error(messageOf(error));
	if (!signal.aborted || hostLeaving.aborted) {
		await giveUp(error, task, services);
		return known;
	}
	const late = AbortSignal.timeout(LAST_WRITES_MS);
	// Where it was the agent that was stopped, that has been said.
	if ((await requireTask(services, task.id, late)).status === 'blocked') return known;
	await moveTask(services, task, 'blocked', 'Stopped by a person', [{ type: 'task.blocked', message: 'Stopped by a person' }], late);
	return new MaestroError('cancelled', 'The step was stopped', 'Set the task to pending to go on with it.', {}, error);
}

async function runForTask(node: StepNode): Promise<Leaving | undefined> {
	const { services, parameters, signal } = node;
	const [task, rows] = await Promise.all([requireTask(services, parameters.taskId, signal), playbooksOf(services, parameters.taskId, signal)]);
	const source = sourceOf(parameters.playbook, task);
	const row = findPlaybook(rows, nameOf(source));
	const isNew = row === undefined || isAskedAgain(task, row);
	if (!isNew && isOther(source, row)) node.warnings.add([OTHER_TEXT]);
	if (!isNew && row.status === 'completed') return await leaveDone(node, { task, row });
	if (!isNew && isWaiting(task, row, parameters.answer)) return await leaveWaiting(node, task, row);
	const at = isNew ? { playbook: nameOf(source), tries: 0, ticks: 0 } : { ...row, ticks: positionOf(row).ticks };
	// Without a row the playbook begins anew, and what runs gave before is of one that was deleted.
	const claim = await claimTry(node, task, purposeOf(task, at), row?.startedAt ?? services.clock.now().toISOString());
	if (claim === undefined) return undefined;
	try {
		const earlier = claim.kind === 'claimed' ? claim.run : undefined;
		// What outlived its n8n must not write into the worktree while it is brought up to date.
		if (earlier?.status === 'interrupted') await endSession(earlier.agentSessionId);
		const { project, workspace } = await worktreeFor(node, claim.task, earlier !== undefined);
		const opened = await openPlaybook(node, { task: claim.task, project, source, row, workspace });
		return await goOn(node, opened, { claim, workspace, wasTold: row === undefined || wasTold(task, row) });
	} catch (error) {
		if (!isMaestroError(error) || error.code !== 'lost_race') throw await explain(error, claim.task, node);
		endHere(node, `Another execution works on task ${claim.task.id}`);
		return undefined;
	}
}

async function runNode(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	watchHost();
	const services = await openServices(context);
	const github = await openGithub(context, services);
	const claude = await readClaude(context);
	services.addSecret(claude.auth.token);
	return await runItems(context, OUTPUTS, () => services.redact, async (itemIndex, signal) => {
		const parameters = readParameters(context, itemIndex);
		const input = context.getInputData()[itemIndex]?.json ?? {};
		return await runForTask({ context, services, github, claude, parameters, input, warnings: new Warnings(context, () => services.redact), signal });
	});
}

export async function run(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	return await withNodeErrors(context, async () => await runNode(context));
}
