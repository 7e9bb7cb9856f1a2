/** A path as a task names it: what stands before its first and after its last wildcard; `any`: whatever number of segments. */
type Segment = 'any' | { readonly prefix: string; readonly suffix: string; readonly isWild: boolean };
export type FilePattern = readonly Segment[];

const WILDCARD = /[*?[\]{}]|[+@!](?=\()/;
const MOST_SEGMENTS = 30;

/** At slashes outside of braces, so that `{a/b,c}` stays in one piece. */
function segmentsOf(path: string): string[] {
	const segments: string[] = [];
	let depth = 0;
	let start = 0;
	for (let at = 0; at < path.length; at++) {
		const character = path[at];
		if (character === '{') depth++;
		else if (character === '}') depth = Math.max(0, depth - 1);
		else if (character === '/' && depth === 0) {
			segments.push(path.slice(start, at));
			start = at + 1;
		}
	}
	return [...segments, path.slice(start)].filter((segment) => segment !== '' && segment !== '.');
}

function readSegment(text: string): Segment {
	if (text.includes('**') || text.includes('/')) return 'any';
	const first = text.search(WILDCARD);
	if (first === -1) return { prefix: text, suffix: text, isWild: false };
	const last = Math.max(...['*', '?', ']', '}', ')'].map((character) => text.lastIndexOf(character)), first);
	return { prefix: text.slice(0, first), suffix: text.slice(last + 1), isWild: true };
}

/** Without regard to case, since some disks have none. */
export function readFilePattern(path: string): FilePattern {
	const segments = segmentsOf(path.replaceAll('\\', '/').toLowerCase());
	const pattern: Segment[] = [];
	for (const segment of segments.map(readSegment)) if (segment !== 'any' || pattern.at(-1) !== 'any') pattern.push(segment);
	// A name without a wildcard may be a folder, which covers all that lies in it.
	const endsOpen = /[*?][^/]*$/.test(path);
	return endsOpen || pattern.at(-1) === 'any' ? pattern : [...pattern, 'any'];
}

/** What of a path stands in the way of reading it as a place in the repository. */
export function whyNoPath(path: string): string | undefined {
	const folders = path.split(/[\\/]/);
	// eslint-disable-next-line no-control-regex -- a path with one of these is no path that a person would recognise
	if (/[\u0000-\u001f]/.test(path)) return 'has a control character';
	if (/^(?:[\\/]|[a-z]:|~)/i.test(path)) return 'does not begin at the root of the repository';
	if (folders.includes('..')) return 'leads out of its folder with ".."';
	if (folders.length > MOST_SEGMENTS) return `has more than ${MOST_SEGMENTS} folders`;
	return undefined;
}

type Name = Exclude<Segment, 'any'>;

function covers(wild: Name, name: string): boolean {
	return name.length >= wild.prefix.length + wild.suffix.length && name.startsWith(wild.prefix) && name.endsWith(wild.suffix);
}

function segmentsMeet(left: Name, right: Name): boolean {
	if (!left.isWild) return right.isWild ? covers(right, left.prefix) : left.prefix === right.prefix;
	if (!right.isWild) return covers(left, right.prefix);
	const prefixes = left.prefix.startsWith(right.prefix) || right.prefix.startsWith(left.prefix);
	return prefixes && (left.suffix.endsWith(right.suffix) || right.suffix.endsWith(left.suffix));
}

/**
 * Can one file be meant by both? In doubt it can: two tasks then follow each other where they might have gone side by side,
 * which costs time and no conflict.
 */
export function filesMeet(left: FilePattern, right: FilePattern): boolean {
	const refuted = new Set<number>();
	const meet = (i: number, j: number): boolean => {
		const a = left[i];
		const b = right[j];
		if (a === undefined && b === undefined) return true;
		const key = i * (right.length + 1) + j;
		if (refuted.has(key)) return false;
		const found =
			a === 'any' || b === 'any'
				? (a === 'any' && (meet(i + 1, j) || (b !== undefined && meet(i, j + 1)))) || (b === 'any' && (meet(i, j + 1) || (a !== undefined && meet(i + 1, j))))
				: a !== undefined && b !== undefined && segmentsMeet(a, b) && meet(i + 1, j + 1);
		if (!found) refuted.add(key);
		return found;
	};
	return meet(0, 0);
}
