import { MaestroError } from '../errors';
import type { ChangedFile, FileStatus } from './git';

export interface RawChange extends ChangedFile {
	/** The new content's object id. */
	readonly object: string;
}

/** Reads `git diff-tree -z --raw --numstat`. Throws `git_failed` on a form it does not know. */
export function parseChangedFiles(output: string): RawChange[] {
	const fields = output.split('\0');
	const counts = new Map<string, { additions: number; deletions: number; binary: boolean }>();
	const raw: Array<Omit<RawChange, 'additions' | 'deletions' | 'binary'>> = [];
	let at = 0;
	const next = (): string => fields[at++] ?? '';
	while (at < fields.length) {
		const head = next();
		if (head === '') continue;
		if (head.startsWith(':')) {
			const [oldMode, newMode, , object, letters] = head.slice(1).split(' ');
			if (oldMode === undefined || newMode === undefined || object === undefined || letters === undefined) throw unknownForm(head);
			const status = statusOf(letters);
			const first = next();
			const mode = newMode === '000000' ? oldMode : newMode;
			if (status === 'renamed') raw.push({ path: next(), oldPath: first, status, type: typeOf(mode), object });
			else raw.push({ path: first, status, type: typeOf(mode), object });
			continue;
		}
		const [added, deleted, path] = splitCounts(head);
		if (added === undefined || deleted === undefined || path === undefined) throw unknownForm(head);
		// An empty path: a rename, whose two names follow.
		if (path === '') next();
		const name = path === '' ? next() : path;
		counts.set(name, { additions: added === '-' ? 0 : Number(added), deletions: deleted === '-' ? 0 : Number(deleted), binary: added === '-' });
	}
	return raw.map((change) => ({ ...change, ...(counts.get(change.path) ?? { additions: 0, deletions: 0, binary: false }) }));
}

function splitCounts(text: string): [string?, string?, string?] {
	const match = /^(\d+|-)\t(\d+|-)\t(.*)$/s.exec(text);
	return match === null ? [] : [match[1], match[2], match[3]];
}

function statusOf(letters: string): FileStatus {
	switch (letters.charAt(0)) {
		case 'A':
			return 'added';
		case 'D':
			return 'deleted';
		case 'R':
			return 'renamed';
		case 'T':
			return 'type_changed';
		case 'M':
			return 'modified';
		default:
			throw unknownForm(letters);
	}
}

function typeOf(mode: string): ChangedFile['type'] {
	switch (mode) {
		case '120000':
			return 'symlink';
		case '160000':
			return 'submodule';
		case '100755':
			return 'executable';
		default:
			return 'file';
	}
}

const unknownForm = (text: string): MaestroError =>
	new MaestroError('git_failed', `git described a change in a form that is not known: ${text.slice(0, 100)}`, 'Use git 2.39 or later.');
