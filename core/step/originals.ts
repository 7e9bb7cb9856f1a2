import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from '../schema';
import { readPlain, replace } from './plain-files';

export interface DocumentText {
	readonly name: string;
	readonly text: string;
}

/** The documents as they were when the task began, outside of the folder that the agent is told of. Their hash stands in the table. */
export interface Originals {
	/** What is broken or gone is left out. */
	load(): Promise<DocumentText[]>;
	save(documents: readonly DocumentText[]): Promise<void>;
}

/** A document of the largest size, each of its characters escaped. */
const MAX_BYTES = 16 * 1024 * 1024;
const kept = z.object({ name: z.string(), text: z.string() });

function parsed(text: string | undefined): DocumentText | undefined {
	try {
		return text === undefined ? undefined : kept.safeParse(JSON.parse(text)).data;
	} catch {
		// As good as gone; whoever reads compares the hash of the whole.
		return undefined;
	}
}

export function openOriginals(folder: string): Originals {
	return {
		load: async () => {
			const names = (await readdir(folder).catch((): string[] => [])).filter((name) => name.endsWith('.json')).sort();
			const documents: DocumentText[] = [];
			for (const name of names) {
				const document = parsed(await readPlain(join(folder, name), MAX_BYTES));
				if (document !== undefined) documents.push(document);
			}
			return documents;
		},
		save: async (documents) => {
			await rm(folder, { recursive: true, force: true });
			await mkdir(folder, { recursive: true });
			for (const [index, document] of documents.entries()) {
				await replace(join(folder, `${String(index + 1).padStart(4, '0')}.json`), JSON.stringify(document));
			}
		},
	};
}
