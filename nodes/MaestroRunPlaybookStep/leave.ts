import type { IDataObject } from 'n8n-workflow';
import type { Examination } from '../../core/step/examine';
import { movePlaybook, recordsOf } from '../../core/task/playbooks';
import type { PlaybookState, Run, Session, Task } from '../../core/task/records';
import { moveTask } from '../shared/agent/leave';
import { NOTICE_LIMIT } from '../shared/agent/notice';
import { toJson, type Leaving } from '../shared/items';
import { withoutEffects } from '../shared/markdown';
import { changeTask, costOf, runsOfTask } from '../shared/records';
import { runView, sessionView, taskView } from '../shared/views';
import { proofOf } from './proof';
import { failed, type Failing } from './settle';
import type { Opened, StepNext, StepNode } from './work';

export const OUTPUT = { step_done: 0, playbook_done: 1, needs_input: 2, paused: 3, failed: 4 } as const;

const SHOWN_PATHS = 50;
const SHOWN_TEXT = 2_000;
const SHOWN_PROMPT = 20_000;

function playbookView(row: PlaybookState): IDataObject {
	const { playbook, status, progress, step, headSha } = row;
	return { name: playbook, status, progress, step, headSha };
}

export interface Told {
	readonly session?: Session;
	readonly run?: Run;
	readonly extra?: object;
}

/** What came in and is still of use further on; an answer is used once. */
export function item(node: StepNode, task: Task, row: PlaybookState, { session, run, extra }: Told = {}): IDataObject {
	const { event, signal, project, notice, answer, question, artifact, step, reason, failure, warnings, ...kept } = node.input;
	return toJson({
		...kept,
		task: taskView(task),
		playbook: playbookView(row),
		...(session === undefined ? {} : { session: sessionView(session) }),
		...(run === undefined ? {} : { run: runView(run) }),
		...extra,
		warnings: node.warnings.all,
	});
}

/** Which step it was, what its agent was sent, and what all its tries cost. `prompt`: of the last try; undefined where that was before a crash. */
export function stepHead({ services }: Pick<StepNode, 'services'>, next: StepNext, prompt: string | undefined, costUsd: number): object {
	return { number: next.number, of: next.of, text: next.step.text.slice(0, SHOWN_TEXT), prompt: prompt === undefined ? null : cut(services.redact(prompt)), costUsd };
}

const cut = (text: string): string => (text.length <= SHOWN_PROMPT ? text : `${text.slice(0, SHOWN_PROMPT)}\n[cut: ${text.length - SHOWN_PROMPT} characters more]`);

/** What a person sees of a step in the output of its node run, besides its head. */
export function stepView({ judgement, changedPaths, check, notes }: Examination, sha: string): object {
	return {
		passed: judgement.passed,
		...(judgement.passed ? {} : { problem: judgement.problem }),
		sha,
		changedPaths: changedPaths.slice(0, SHOWN_PATHS),
		check: check === undefined ? null : check,
		notes,
	};
}

/** The end of a playbook, said again as often as it is asked for. */
export async function leaveDone(node: StepNode, { task, row }: Pick<Opened, 'task' | 'row'>): Promise<Leaving> {
	const { services, signal } = node;
	const records = recordsOf(row);
	const costUsd = costOf(await runsOfTask(services, task.id, signal));
	// The flow that carries the task on is this one now.
	const taken = await changeTask(services, task.id, (now) => ({
		executionId: services.executionId,
		workflowId: services.workflowId,
		costUsd,
		...(now.status === 'pending' ? { status: 'in_progress' as const } : {}),
	}), signal);
	const summary = records.length < 2 ? (records[0]?.summary ?? '') : records.map(({ step, summary: said }) => `- **${step.slice(0, 200)}** ${said}`).join('\n');
	const plan: unknown = row.plan === '' ? undefined : JSON.parse(row.plan);
	return {
		output: OUTPUT.playbook_done,
		json: item(node, taken, row, { extra: { report: { status: 'done', summary }, proof: proofOf(records), steps: records, ...(plan === undefined ? {} : { plan }) } }),
	};
}

/** Takes the playbook and its task out of work, because a person is needed. `output`: what a check said. */
export async function leaveFailed(node: StepNode, { task, row }: Pick<Opened, 'task' | 'row'>, failing: Failing, output: string, told: Told = {}): Promise<Leaving> {
	const { services, signal } = node;
	const { failure, reason } = failing;
	const stands = row.status === 'failed' ? row : await movePlaybook(services, row, failed(failing, services.clock.now()), signal);
	const moved = await moveTask(services, task, 'failed', `${failure}: ${reason}`, [{ sessionId: told.session?.id, runId: told.run?.id, type: 'task.failed', message: `${row.progress}: ${reason}`, detail: { failure, playbook: row.playbook } }], signal);
	const quoted = output === '' ? '' : `\n\n\`\`\`\n${output.replaceAll('```', "'''").slice(-4_000)}\n\`\`\``;
	const notice = `The playbook "${row.playbook}" stopped at ${row.progress || 'its beginning'} (${failure}): ${withoutEffects(`${reason}${quoted}`, NOTICE_LIMIT)}`;
	return { output: OUTPUT.failed, json: item(node, moved ?? task, stands, { ...told, extra: { ...told.extra, failure, reason, notice } }) };
}

/** Says again why a playbook failed: its task never heard of it, since n8n went away between the two. */
export async function leaveFailedAgain(node: StepNode, { task, row }: Pick<Opened, 'task' | 'row'>): Promise<Leaving> {
	const [, failure = 'failed', reason = row.statusReason] = /^(\w+): ([^]*)$/.exec(row.statusReason) ?? [];
	return await leaveFailed(node, { task, row }, { failure, reason }, row.problemOutput);
}
