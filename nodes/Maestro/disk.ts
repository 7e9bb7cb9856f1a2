import { constants } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { MaestroError } from '../../core/errors';

/** A folder that is yet to be made is on the disk of the one above it. */
async function nearest(folder: string): Promise<string> {
	try {
		await access(folder);
		return folder;
	} catch (error) {
		const above = dirname(folder);
		if (above === folder) throw error;
		return await nearest(above);
	}
}

/** How many bytes n8n's user may still write there. Throws where it may not write at all. */
export async function freeBytes(folder: string): Promise<number> {
	const there = await nearest(folder);
	if (!(await stat(there)).isDirectory()) throw new MaestroError('disk', `${there} is a file, and Maestro keeps its files in a folder`, 'Move it away, or name another folder in MAESTRO_DATA_DIR.');
	await access(there, constants.W_OK);
	const { bavail, bsize } = await statfs(there);
	return bavail * bsize;
}
