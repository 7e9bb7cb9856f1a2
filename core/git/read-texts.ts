import { posix } from 'node:path';
import { MaestroError } from '../errors';
import type { TextFile } from './git';
import type { Mirror } from './mirror';

const MAX_FILES = 100;
const MAX_BYTES = 2 * 1024 * 1024;

interface Entry {
	readonly object: string;
	readonly path: string;
}

/** `<mode> <type> <object> <size>\t<path>`; links and submodules are left out, for they lead elsewhere. */
function entriesOf(listing: string): Entry[] {
	const entries: Entry[] = [];
	for (const line of listing.split('\0')) {
		const [, mode, object, size, path] = /^(\d+) blob ([0-9a-f]{40}) +(\d+)\t(.+)$/s.exec(line) ?? [];
		if (mode === undefined || mode === '120000' || object === undefined || path === undefined) continue;
		if (Number(size) > MAX_BYTES) throw new MaestroError('bad_playbook', `${path} has ${size} bytes`, `A document of a playbook may have ${MAX_BYTES} bytes.`, { path });
		entries.push({ object, path });
	}
	return entries;
}

/** Reads a markdown file, or the markdown files directly in a folder, as they are in a commit. Nothing there: an empty list. */
export async function readTexts(mirror: Mirror, sha: string, path: string, signal: AbortSignal): Promise<TextFile[]> {
	const clean = posix.normalize(path.trim()).replace(/^\.?\//, '').replace(/\/$/, '');
	if (clean === '' || clean === '..' || clean.startsWith('../') || posix.isAbsolute(clean)) {
		throw new MaestroError('bad_playbook', `"${path}" is no path in the repository`, 'Give the path of a markdown file or of a folder, from the top of the repository.', { path });
	}
	const doing = `reading ${clean} at ${sha.slice(0, 12)}`;
	const list = async (args: readonly string[]): Promise<Entry[]> =>
		entriesOf((await mirror.git({ args: ['--literal-pathspecs', 'ls-tree', '-z', '-l', '--full-tree', sha, ...args], doing }, signal)).stdout);
	const file = await list([clean]);
	const entries = file.length > 0 ? file : (await list([`${clean}/`])).filter((entry) => /\.(md|markdown)$/i.test(entry.path));
	if (entries.length > MAX_FILES) throw new MaestroError('bad_playbook', `${clean} holds ${entries.length} markdown files`, `A playbook has at most ${MAX_FILES} documents.`, { path });
	const files: TextFile[] = [];
	for (const entry of entries) {
		const { stdout } = await mirror.git({ args: ['cat-file', 'blob', entry.object], doing }, signal);
		files.push({ path: entry.path, text: stdout });
	}
	return files;
}
