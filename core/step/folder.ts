/** The folder in which the agent sees its playbook. The agent can write there, so nothing in it is believed or followed. */
import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { messageOf, MaestroError } from '../errors';

export interface DocumentText {
	readonly name: string;
	readonly text: string;
}

export interface PlaybookFolder {
	/** `{{AUTORUN_FOLDER}}`. */
	readonly path: string;
	documentPath(name: string): string;
	/** Puts the working copies there as the engine has them, whatever stood in their place. */
	write(documents: readonly DocumentText[]): Promise<void>;
	/** The working copy as the agent left it; undefined: it is gone, or is no plain file any more. */
	read(name: string): Promise<string | undefined>;
	/** A file of the folder for a person to look at, cut; undefined where there is none. */
	artifact(path: string): Promise<string | undefined>;
	/** Names and sizes of all files, to see whether a run left something new. */
	fingerprint(): Promise<string>;
	/** Keeps a finished copy as `runs/<file>`. */
	keep(file: string, text: string): Promise<void>;
	/** The documents as they were when the task began, outside of the agent's reach by name. */
	readonly originals: { load(): Promise<DocumentText[]>; save(documents: readonly DocumentText[]): Promise<void> };
}

const MAX_BYTES = 4 * 1024 * 1024;
const MAX_ARTIFACT = 16_000;
const MAX_ENTRIES = 1_000;

async function mustBeFolder(path: string): Promise<void> {
	const found = await lstat(path).catch(() => undefined);
	if (found?.isDirectory() === true) return;
	// A link in the folder's place would lead what is written to somewhere else.
	if (found !== undefined) await rm(path, { recursive: true, force: true });
	await mkdir(path, { recursive: true });
}

async function readPlain(path: string): Promise<string | undefined> {
	const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(() => undefined);
	if (handle === undefined) return undefined;
	try {
		const found = await handle.stat();
		return found.isFile() && found.size <= MAX_BYTES ? await handle.readFile('utf8') : undefined;
	} finally {
		await handle.close();
	}
}

/** Replaces whatever stands there: a rename does not follow a link at its end. */
async function replace(path: string, text: string): Promise<void> {
	const aside = join(dirname(path), `.maestro-${randomUUID()}`);
	try {
		const there = await lstat(path).catch(() => undefined);
		if (there?.isDirectory() === true) await rm(path, { recursive: true, force: true });
		await writeFile(aside, text, { flag: 'wx' });
		await rename(aside, path);
	} catch (error) {
		await unlink(aside).catch(() => undefined);
		throw new MaestroError('disk', `The playbook could not be written: ${messageOf(error)}`, "Check the space and the permissions of Maestro's data directory.", {}, error);
	}
}

const fileOf = (name: string): string => `${name.replaceAll(/[^\p{L}\p{N} ._-]/gu, '-').replace(/^\.+/, '') || 'playbook'}.md`;

/** Two playbooks whose names differ only in odd characters must not share a folder. */
function folderName(playbook: string): string {
	const plain = playbook.replaceAll(/[^\w.-]+/g, '-').replace(/^[.-]+/, '').slice(-60);
	return `${plain === '' ? 'playbook' : plain}-${createHash('sha256').update(playbook).digest('hex').slice(0, 8)}`;
}

async function listFiles(top: string, at = '', found: string[] = []): Promise<string[]> {
	for (const entry of await readdir(join(top, at), { withFileTypes: true }).catch(() => [])) {
		if (found.length >= MAX_ENTRIES) break;
		const path = join(at, entry.name);
		if (entry.isDirectory()) await listFiles(top, path, found);
		else found.push(path);
	}
	return found;
}

export function openPlaybookFolder(dataDir: string, taskId: number, playbook: string): PlaybookFolder {
	const parent = join(dataDir, 'playbooks', String(taskId));
	const path = join(parent, folderName(playbook));
	const originals = join(dataDir, 'playbooks-originals', String(taskId), folderName(playbook));
	const ready = async (folder: string): Promise<void> => {
		await mustBeFolder(parent);
		await mustBeFolder(folder);
	};
	const load = async (): Promise<DocumentText[]> => {
		const names = await readdir(originals).catch((): string[] => []);
		const documents: DocumentText[] = [];
		for (const name of names.filter((candidate) => candidate.endsWith('.json')).sort()) {
			const text = await readPlain(join(originals, name));
			const parsed: unknown = text === undefined ? undefined : JSON.parse(text);
			if (typeof parsed === 'object' && parsed !== null && 'name' in parsed && 'text' in parsed && typeof parsed.name === 'string' && typeof parsed.text === 'string') {
				documents.push({ name: parsed.name, text: parsed.text });
			}
		}
		return documents;
	};
	return {
		path,
		documentPath: (name) => join(path, fileOf(name)),
		write: async (documents) => {
			await ready(path);
			for (const { name, text } of documents) await replace(join(path, fileOf(name)), text);
		},
		read: async (name) => {
			await ready(path);
			return await readPlain(join(path, fileOf(name)));
		},
		artifact: async (wanted) => {
			const full = join(path, wanted);
			if (wanted === '' || !full.startsWith(path + sep)) return undefined;
			for (let folder = dirname(full); folder !== path; folder = dirname(folder)) {
				if ((await lstat(folder).catch(() => undefined))?.isDirectory() !== true) return undefined;
			}
			const text = await readPlain(full);
			return text === undefined || text.length <= MAX_ARTIFACT ? text : `${text.slice(0, MAX_ARTIFACT)}\n[cut: ${text.length - MAX_ARTIFACT} characters more]`;
		},
		fingerprint: async () => {
			const entries: string[] = [];
			for (const file of (await listFiles(path)).sort()) {
				const found = await lstat(join(path, file)).catch(() => undefined);
				entries.push(`${file} ${found?.size ?? 0} ${found?.mtimeMs ?? 0}`);
			}
			return createHash('sha256').update(entries.join('\n')).digest('hex');
		},
		keep: async (file, text) => {
			await ready(join(path, 'runs'));
			await replace(join(path, 'runs', file.replaceAll(/[^\w .-]/g, '-')), text);
		},
		originals: {
			load,
			save: async (documents) => {
				await rm(originals, { recursive: true, force: true });
				await mkdir(originals, { recursive: true });
				for (const [index, document] of documents.entries()) {
					await replace(join(originals, `${String(index + 1).padStart(4, '0')}.json`), JSON.stringify(document));
				}
			},
		},
	};
}
