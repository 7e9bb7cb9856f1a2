import { fillVariables, formatVariables, nextStep, type Next } from '../../core/playbook';
import { movePlaybook, positionOf } from '../../core/task/playbooks';
import type { PlaybookState, Task } from '../../core/task/records';
import { dispatchReady } from '../shared/dispatch';
import type { Leaving } from '../shared/items';
import { withoutEffects } from '../shared/markdown';
import { changeTask, costOf, runsOfTask } from '../shared/records';
import { NOTICE_LIMIT, questionNotice } from '../shared/agent/notice';
import { howToGoOn } from './answer';
import { item, OUTPUT } from './leave';
import { reopen } from './open';
import type { Opened, StepNode } from './work';

type Gate = Extract<Next, { kind: 'gate' }>;
type At = Pick<Opened, 'row' | 'playbook' | 'folder'>;

const SHOWN_ARTIFACT = 8_000;
const MAX_ARTIFACT = 16_000;

/** What a person is to look at: a file of the playbook's folder, else of the repository as it was committed. Null: there is none. */
async function readArtifact({ services, github, signal }: StepNode, task: Task, { row, folder }: At, path: string): Promise<string | null> {
	const committed = async (): Promise<string | undefined> => {
		const files = await github.repository(task.repository).readTexts(row.headSha, path, signal).catch(() => []);
		return files.find((file) => file.path === path.replace(/^\.?\//, ''))?.text;
	};
	const text = (await folder.file(path)) ?? (row.headSha === '' ? undefined : await committed());
	if (text === undefined) return null;
	const shown = text.length <= MAX_ARTIFACT ? text : `${text.slice(0, MAX_ARTIFACT)}\n[cut: ${text.length - MAX_ARTIFACT} characters more]`;
	return services.redact(shown);
}

interface Shown {
	readonly question: string;
	readonly artifact: { readonly path: string; readonly text: string | null } | undefined;
	readonly notice: string;
}

async function show(node: StepNode, task: Task, at: At, gate: Gate): Promise<Shown> {
	const { row, playbook, folder } = at;
	const documentName = playbook.documents[gate.document]?.name ?? '';
	const documentPath = folder.documentPath(documentName);
	const variables = formatVariables({ agentName: 'Maestro', worktree: '', branch: task.branch, folder: folder.path, documentName, documentPath, loop: positionOf(row).loop, now: node.services.clock.now() });
	const fill = (text: string): string => fillVariables(text, variables).text;
	const question = gate.reason === '' ? 'The playbook waits for a person here.' : fill(gate.reason);
	const path = fill(gate.artifact);
	const artifact = path === '' ? undefined : { path, text: await readArtifact(node, task, at, path) };
	if (artifact?.text === null) {
		node.warnings.add([`The artifact "${path}" of the gate is not there, neither in the playbook's folder nor in the repository as the step before left it. Correct "artifact" in the playbook, or have a step before write that file.`]);
	}
	const details = artifact === undefined || artifact.text === null ? '' : `\n\n<details><summary>${withoutEffects(path, 200)}</summary>\n\n${withoutEffects(artifact.text, SHOWN_ARTIFACT)}\n\n</details>`;
	const notice = `The playbook "${row.playbook}" waits for a person before it goes on:\n\n${withoutEffects(question, NOTICE_LIMIT)}${details}\n\nTo let it go on, ${howToGoOn(task)}.`;
	return { question, artifact, notice };
}

/** A gate: a person looks at what was done and says how to go on. */
export async function leaveAtGate(node: StepNode, { task, ...at }: Opened, gate: Gate): Promise<Leaving> {
	const { services, signal } = node;
	const { row } = at;
	const { question, ...shown } = await show(node, task, at, gate);
	const costUsd = costOf(await runsOfTask(services, task.id, signal));
	// The task first: a row that waits beside a task that does not would count as answered.
	const blocked = await changeTask(services, task.id, () => ({ status: 'blocked', statusReason: `Question: ${question}`.slice(0, 500), claimedUntil: null, costUsd }), signal, [
		{ type: 'playbook.gate', message: question.slice(0, 1_000), detail: { playbook: row.playbook, artifact: gate.artifact } },
		{ type: 'session.needs_input', message: question.slice(0, 1_000), sessionId: row.sessionId },
		{ type: 'task.blocked', message: 'The playbook waits for a person' },
	]);
	const waiting = await movePlaybook(services, row, { status: 'needs_input', statusReason: question.slice(0, 500), question: question.slice(0, 4_000), askedAt: services.clock.now().toISOString() }, signal);
	await dispatchReady(services, signal);
	return { output: OUTPUT.needs_input, json: item(node, blocked, waiting, { extra: { question, ...shown } }) };
}

/** Asked again without an answer, it says the same again. */
export async function leaveWaiting(node: StepNode, task: Task, row: PlaybookState): Promise<Leaving> {
	const { services, signal } = node;
	const at = await reopen(node, task, row);
	const next = at === undefined ? undefined : nextStep(at.playbook, positionOf(row)).next;
	if (at !== undefined && next?.kind === 'gate') return { output: OUTPUT.needs_input, json: item(node, task, row, { extra: await show(node, task, { ...at, row }, next) }) };
	const [session] = row.sessionId === 0 ? [] : await services.store.sessions.find({ id: { eq: row.sessionId } }, { limit: 1 }, signal);
	const notice = questionNotice(row.question, howToGoOn(task));
	return { output: OUTPUT.needs_input, json: item(node, task, row, { ...(session === undefined ? {} : { session }), extra: { question: row.question, notice } }) };
}
