import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { endSession } from '../../core/agent/session-processes';
import { nextStep, passGate } from '../../core/playbook';
import { openWorkspace } from '../../core/session/workspace';
import { findPlaybook, movePlaybook, positionOf } from '../../core/task/playbooks';
import type { PlaybookState, Task } from '../../core/task/records';
import type { Changes } from '../../core/task/store';
import { giveUp } from '../shared/agent/leave';
import { readClaude } from '../shared/credentials';
import { watchHost } from '../shared/host-leaving';
import { runItems, type Leaving } from '../shared/items';
import { withNodeErrors } from '../shared/node-error';
import { requireProject, requireTask } from '../shared/records';
import { openGithub, openServices } from '../shared/services';
import { item, leaveAtGate, leaveDone, leaveFailed, OUTPUT } from './leave';
import { isAskedAgain, nameOf, openPlaybook, sourceOf, type Subject } from './open';
import { readParameters } from './parameters';
import { claimTry, purposeOf, runStep } from './step';
import type { Opened, StepNode } from './work';

const OUTPUTS = 5;

/** What the row has to say before work goes on: an answer came, or a person started what had failed again. */
function takenUp(row: PlaybookState, answer: string): Changes<PlaybookState> | undefined {
	switch (row.status) {
		case 'needs_input':
			return { status: 'running', statusReason: '', answer: answer.slice(0, 20_000) };
		case 'failed':
			return { status: 'running', statusReason: '', triesBefore: row.tries, idleRuns: 0, finishedAt: null };
		case 'running':
		case 'completed':
			return undefined;
	}
}

/** Goes over what needs no agent, such as a gate that was answered, to the next step, and runs that. */
async function goOn(node: StepNode, first: Opened, claim: Parameters<typeof runStep>[3], workspace: Subject['workspace']): Promise<Leaving | undefined> {
	const { services, parameters, signal } = node;
	let opened = first;
	let isAnswered = opened.row.status === 'needs_input';
	const changes = takenUp(opened.row, parameters.answer);
	if (changes !== undefined) opened = { ...opened, row: await movePlaybook(services, opened.row, changes, signal) };
	for (;;) {
		const { row, playbook, task } = opened;
		const { next, position } = nextStep(playbook, positionOf(row));
		switch (next.kind) {
			case 'gate': {
				if (!isAnswered) return await leaveAtGate(node, opened, next);
				isAnswered = false;
				opened = { ...opened, row: await movePlaybook(services, row, { position: JSON.stringify(passGate(position, next.key)) }, signal) };
				continue;
			}
			case 'halt':
				return await leaveFailed(node, opened, 'halted', next.reason === '' ? 'A halt marker stands in the playbook' : next.reason, '');
			case 'limit':
				return await leaveFailed(node, opened, 'loop_limit', `${next.ticks} steps were done, and ${next.most} are the most that a playbook of this size may take: its steps are opened again without end`, '');
			case 'done': {
				const done = await movePlaybook(services, row, { status: 'completed', position: JSON.stringify(position), finishedAt: services.clock.now().toISOString() }, signal);
				return await leaveDone(node, { task, row: done });
			}
			case 'step': {
				const progress = `step ${next.number} of ${next.of}${playbook.loop ? `, loop ${position.loop}` : ''}`;
				const step = next.step.text.slice(0, 300);
				const isNew = row.progress !== progress || row.step !== step || row.position !== JSON.stringify(position);
				const moved = isNew ? await movePlaybook(services, row, { progress, step, position: JSON.stringify(position) }, signal) : row;
				if (node.context.getMode() === 'manual') node.context.sendMessageToUI(`${progress}: ${step}`);
				return await runStep(node, { ...opened, row: moved }, next, claim, workspace);
			}
		}
	}
}

/** Still waits for a person: asked again without an answer, it says the same again. */
function isWaiting(task: Task, row: PlaybookState, answer: string): boolean {
	return row.status === 'needs_input' && answer === '' && task.status === 'blocked';
}

async function runForTask(node: StepNode): Promise<Leaving | undefined> {
	const { services, parameters, github, signal } = node;
	const task = await requireTask(services, parameters.taskId, signal);
	const source = sourceOf(parameters.playbook, task);
	const known = await findPlaybook(services, task.id, nameOf(source), signal);
	const isNew = known === undefined || isAskedAgain(task, known);
	if (known !== undefined && !isNew) {
		if (known.status === 'completed') return await leaveDone(node, { task, row: known });
		if (isWaiting(task, known, parameters.answer)) return { output: OUTPUT.needs_input, json: item(node, task, known, { extra: { question: known.question } }) };
	}
	const at = isNew ? { playbook: nameOf(source), tries: 0, ticks: 0 } : { ...known, ticks: positionOf(known).ticks };
	const claim = await claimTry(node, task, purposeOf(task, at));
	if (claim === undefined) return undefined;
	try {
		const project = await requireProject(services, claim.task.projectId, signal);
		const earlier = claim.kind === 'claimed' ? claim.run : undefined;
		// What outlived its n8n must not write into the worktree while it is brought up to date.
		if (earlier?.status === 'interrupted') await endSession(earlier.agentSessionId);
		const workspace = await openWorkspace({ kind: 'worktree', repository: github.repository(task.repository), task: claim.task, project, takeUp: earlier !== undefined }, signal);
		if (workspace.worktree === undefined) throw new Error('A worktree was asked for');
		const subject: Subject = { task: claim.task, project, source, row: known, workspace: { ...workspace, worktree: workspace.worktree } };
		return await goOn(node, await openPlaybook(node, subject), claim, subject.workspace);
	} catch (error) {
		await giveUp(error, claim.task, services);
		throw error;
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
		return await runForTask({ context, services, github, claude, parameters, input, signal });
	});
}

export async function run(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	return await withNodeErrors(context, async () => await runNode(context));
}
