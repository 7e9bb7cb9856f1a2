/** What `npm start` keeps beside n8n's own database: how to log in, and how far the set-up got. */
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { record } from '../e2e/support/rest';

export interface Kept {
	readonly email: string;
	readonly password: string;
	readonly formPassword: string;
	/** Of n8n, with every scope: for importing and publishing. Empty: none yet. */
	readonly apiKey: string;
	/** Credentials made and workflows imported and published once: from then on they are the user's. */
	readonly isSetUp: boolean;
}

export const fileOf = (folder: string): string => join(folder, 'maestro-start.json');

export async function readKept(folder: string): Promise<Kept | undefined> {
	let content: string;
	try {
		content = await readFile(fileOf(folder), 'utf8');
	} catch (error) {
		if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
		throw error;
	}
	const found = record(JSON.parse(content));
	const text = (name: string): string => {
		const value = found[name];
		if (typeof value !== 'string') throw new Error(`${fileOf(folder)} has no "${name}". Delete ${folder} to start from nothing.`);
		return value;
	};
	return { email: text('email'), password: text('password'), formPassword: text('formPassword'), apiKey: text('apiKey'), isSetUp: found.isSetUp === true };
}

/** Readable by this user alone; whole or not at all. */
export async function writeKept(folder: string, kept: Kept): Promise<void> {
	await mkdir(folder, { recursive: true, mode: 0o700 });
	await chmod(folder, 0o700);
	const aside = `${fileOf(folder)}.new`;
	await writeFile(aside, `${JSON.stringify(kept, null, '\t')}\n`, { mode: 0o600 });
	await rename(aside, fileOf(folder));
}
