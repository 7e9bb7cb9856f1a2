/** The folder in which the agent sees its playbook. The agent can write there, so nothing in it is believed or followed. */
import { createHash } from 'node:crypto';
import { lstat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { openOriginals, type DocumentText, type Originals } from './originals';
import { listFiles, mustBeFolder, readPlain, replace } from './plain-files';

export interface PlaybookFolder {
	/** `{{AUTORUN_FOLDER}}`. */
	readonly path: string;
	documentPath(name: string): string;
	/** Puts the working copies there as the engine has them, whatever stood in their place. */
	write(documents: readonly DocumentText[]): Promise<void>;
	/** The working copy as the agent left it; undefined: it is gone, or is no plain file any more. */
	read(name: string): Promise<string | undefined>;
	/** A file of the folder, by its path in it or its whole path; undefined where there is none. */
	file(path: string): Promise<string | undefined>;
	/** Names and sizes of all files, to see whether a run left something new. */
	fingerprint(): Promise<string>;
	/** Keeps a finished copy as `runs/<file>`. */
	keep(file: string, text: string): Promise<void>;
	readonly originals: Originals;
}

/** Of one document. */
export const MAX_DOCUMENT_BYTES = 2 * 1024 * 1024;
/** The agent may add to its copy. */
const MAX_COPY_BYTES = 2 * MAX_DOCUMENT_BYTES;
const LONGEST_NAME = 100;

const mark = (name: string): string => createHash('sha256').update(name).digest('hex').slice(0, 8);

/** Names that differ only in odd characters, or at their far end, must not share a file. */
function fileOf(name: string): string {
	const plain = name.replaceAll(/[^\p{L}\p{N} ._-]/gu, '-').replace(/^\.+/, '').slice(0, LONGEST_NAME);
	return plain === name && plain !== '' ? `${plain}.md` : `${plain || 'playbook'}-${mark(name)}.md`;
}

function folderName(playbook: string): string {
	const plain = playbook.replaceAll(/[^\w.-]+/g, '-').replace(/^[.-]+/, '').slice(-60);
	return `${plain === '' ? 'playbook' : plain}-${mark(playbook)}`;
}

export function openPlaybookFolder(dataDir: string, taskId: number, playbook: string): PlaybookFolder {
	const parent = join(dataDir, 'playbooks', String(taskId));
	const path = join(parent, folderName(playbook));
	const ready = async (): Promise<void> => {
		await mustBeFolder(parent);
		await mustBeFolder(path);
	};
	return {
		path,
		documentPath: (name) => join(path, fileOf(name)),
		write: async (documents) => {
			await ready();
			for (const { name, text } of documents) await replace(join(path, fileOf(name)), text);
		},
		read: async (name) => {
			await ready();
			return await readPlain(join(path, fileOf(name)), MAX_COPY_BYTES);
		},
		file: async (wanted) => {
			const full = wanted.startsWith(path + sep) ? join(wanted) : join(path, wanted);
			if (!full.startsWith(path + sep) || full.endsWith(sep)) return undefined;
			for (let folder = dirname(full); folder.length > path.length; folder = dirname(folder)) {
				if ((await lstat(folder).catch(() => undefined))?.isDirectory() !== true) return undefined;
			}
			return await readPlain(full, MAX_COPY_BYTES);
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
			await ready();
			await mustBeFolder(join(path, 'runs'));
			await replace(join(path, 'runs', file.replaceAll(/[^\p{L}\p{N} ._-]/gu, '-')), text);
		},
		originals: openOriginals(join(dataDir, 'playbooks-originals', String(taskId), folderName(playbook))),
	};
}
