import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { MaestroError } from '../../core/errors';
import { loadPlaybook, startPosition, type Playbook } from '../../core/playbook';
import { MAX_DOCUMENT_BYTES, openPlaybookFolder } from '../../core/step/folder';
import type { DocumentText } from '../../core/step/originals';
import { movePlaybook, startPlaybook } from '../../core/task/playbooks';
import type { PlaybookState, Project, Task } from '../../core/task/records';
import { BUNDLED_PLAYBOOKS, FIND_CAUSE, readBundledPlaybook } from '../shared/bundled';
import { badParameter } from '../shared/items';
import type { PlaybookChoice } from './parameters';
import type { Opened, StepNode, TreeWorkspace } from './work';

type Source = Exclude<PlaybookChoice, { from: 'task' }>;

/** Which playbook it is, once the task is known. Throws `bad_playbook` where the task names none. */
export function sourceOf(choice: PlaybookChoice, task: Task): Source {
	if (task.reach === 'triage') throw new MaestroError('above_reach', `No agent may work on task ${task.id}: its reach is "triage"`, 'Set the reach of the task to root_cause, branch or pull_request.', { task: task.id });
	// Others ask for changes, which this task may not make.
	if (task.reach === 'root_cause') return { from: 'bundled', name: FIND_CAUSE };
	if (choice.from !== 'task') return choice;
	const name = task.playbook.trim();
	if (name === '') {
		throw new MaestroError('bad_playbook', `Task ${task.id} names no playbook`, 'Choose a playbook in this node, or give one to Maestro Create Task.', { task: task.id });
	}
	return BUNDLED_PLAYBOOKS.some((playbook) => playbook.name === name) ? { from: 'bundled', name } : { from: 'repository', path: name };
}

/** As it stands in the table, and what a person calls it. */
export function nameOf(source: Source): string {
	return source.from === 'repository' ? source.path : source.name;
}

async function readSource(source: Source, { github, signal }: StepNode, task: Task, baseSha: string): Promise<DocumentText[]> {
	switch (source.from) {
		case 'bundled':
			return [{ name: source.name, text: await readBundledPlaybook(source.name) }];
		case 'text':
			if (Buffer.byteLength(source.text) > MAX_DOCUMENT_BYTES) throw badParameter('Text', `is longer than ${MAX_DOCUMENT_BYTES} bytes`, 'Split it into several documents in a folder of the repository.');
			return [{ name: source.name, text: source.text }];
		case 'repository': {
			const files = await github.repository(task.repository).readTexts(baseSha, source.path, signal);
			if (files.length === 0) {
				throw new MaestroError('bad_playbook', `${task.repository} has no playbook at "${source.path}"`, `Put a markdown file or a folder of them there, on the branch that tasks start from; or name a bundled playbook: ${BUNDLED_PLAYBOOKS.map(({ name }) => name).join(', ')}.`, { task: task.id });
			}
			return files.map(({ path, text }) => ({ name: posix.basename(path).replace(/\.(md|markdown)$/i, ''), text }));
		}
	}
}

function hashOf(documents: readonly DocumentText[]): string {
	const hash = createHash('sha256');
	for (const { name, text } of documents) hash.update(JSON.stringify([name, text]));
	return hash.digest('hex');
}

/** Is the text that is given now another than the one that the task began with? What comes from elsewhere is meant to stay as it was. */
export function isOther(source: Source, row: PlaybookState): boolean {
	return source.from === 'text' && hashOf([{ name: source.name, text: source.text }]) !== row.sha256;
}

export interface Subject {
	readonly task: Task;
	readonly project: Project;
	readonly source: Source;
	readonly row: PlaybookState | undefined;
	readonly workspace: TreeWorkspace;
}

/** A person asked for the task again after the playbook had been done: it is done again from its beginning. */
export function isAskedAgain(task: Task, row: PlaybookState): boolean {
	return row.status === 'completed' && task.startAgainAt !== null && row.finishedAt !== null && Date.parse(row.finishedAt) < Date.parse(task.startAgainAt);
}

function load(node: StepNode, source: Source, documents: readonly DocumentText[]): Playbook {
	const { loop, maxLoops, resetDocuments } = node.parameters.loops;
	const options = { ...(loop === undefined ? {} : { loop }), ...(maxLoops === undefined ? {} : { maxLoops }) };
	const playbook = loadPlaybook(nameOf(source), documents, options);
	if (resetDocuments.length === 0) return playbook;
	const wanted = resetDocuments.map((name) => name.replace(/\.md$/i, ''));
	const named = playbook.documents.map(({ name }) => ({ name, ...(wanted.includes(name) ? { resetOnCompletion: true } : {}) }));
	const unknown = wanted.find((name) => named.every((document) => document.name !== name));
	if (unknown !== undefined) throw badParameter('Reset Documents', `names "${unknown}"`, `The documents of this playbook are: ${named.map(({ name }) => name).join(', ')}.`);
	return loadPlaybook(nameOf(source), documents, { ...options, documents: named });
}

/** The playbook as it was when the task began with it; undefined where its copy is gone. */
export async function reopen(node: StepNode, task: Task, row: PlaybookState): Promise<Pick<Opened, 'playbook' | 'folder'> | undefined> {
	const source = sourceOf(node.parameters.playbook, task);
	const folder = openPlaybookFolder(node.services.dataDir, task.id, nameOf(source));
	const documents = await folder.originals.load();
	return hashOf(documents) === row.sha256 ? { folder, playbook: load(node, source, documents) } : undefined;
}

/**
 * Opens the playbook of a task: as it was when the task began with it, whatever was changed since. Throws `bad_playbook` where
 * there is none, it has no steps, or neither its copy nor its source is as it was.
 */
export async function openPlaybook(node: StepNode, { task, project, source, row, workspace }: Subject): Promise<Opened> {
	const { services, signal } = node;
	const name = nameOf(source);
	if (row !== undefined && !isAskedAgain(task, row)) {
		const kept = await reopen(node, task, row);
		if (kept !== undefined) return { task, project, row, ...kept };
		const folder = openPlaybookFolder(services.dataDir, task.id, name);
		const documents = await readSource(source, node, task, workspace.worktree.baseSha);
		if (hashOf(documents) !== row.sha256) {
			throw new MaestroError('bad_playbook', `Playbook "${name}" is no longer as it was when task ${task.id} began with it, and its copy is gone`, `Put the playbook back as it was, or delete row ${row.id} of maestro_playbooks to begin it anew.`, { task: task.id });
		}
		await folder.originals.save(documents);
		return { task, project, row, playbook: load(node, source, documents), folder };
	}
	const folder = openPlaybookFolder(services.dataDir, task.id, name);
	const documents = await readSource(source, node, task, workspace.worktree.baseSha);
	const playbook = load(node, source, documents);
	await folder.originals.save(documents);
	const { headSha, uncommitted } = await workspace.adopt(signal);
	const beginning = {
		sha256: hashOf(documents),
		position: JSON.stringify(startPosition(playbook)),
		headSha,
		leftovers: JSON.stringify(uncommitted),
	};
	const begun =
		row === undefined
			? await startPlaybook(services, { taskId: task.id, playbook: name, ...beginning }, signal)
			: await movePlaybook(services, row, { ...beginning, status: 'running', statusReason: '', sessionId: 0, tries: 0, triesBefore: 0, idleRuns: 0, problem: '', problemOutput: '', checks: '', plan: '', question: '', answer: '', askedAt: null, finishedAt: null }, signal);
	return { task, project, row: begun, playbook, folder };
}
