/** So many files that end alike are not told apart: to look at more of them would hold up n8n, and a stranger can choose what is looked for. */
const MOST_ALIKE = 500;

function hashOf(path: string, from: number): number {
	let hash = 0;
	for (let at = from; at < path.length; at += 1) hash = (Math.imul(hash, 31) + path.charCodeAt(at)) | 0;
	return hash ^ (hash >>> 15);
}

/** Paths by their end, chained by its hash: a Map with a key for each of 200,000 paths takes a second to fill, during which n8n stands still. */
class Endings {
	/** Places in `paths`, counted from 1; 0: none. */
	private readonly first: Int32Array;

	private readonly next: Int32Array;

	/** `startOf` says where the end of a path begins; -1: it has none. */
	constructor(
		private readonly paths: readonly string[],
		private readonly startOf: (path: string) => number,
	) {
		this.first = new Int32Array(2 ** Math.ceil(Math.log2(paths.length + 1)));
		this.next = new Int32Array(paths.length);
		for (const [index, path] of paths.entries()) {
			const start = startOf(path);
			if (start < 0) continue;
			const slot = this.slotOf(path, start);
			this.next[index] = this.first[slot] ?? 0;
			this.first[slot] = index + 1;
		}
	}

	/** The paths that end like this one, in their order. Undefined: too many. */
	like(path: string): readonly string[] | undefined {
		const start = this.startOf(path);
		if (start < 0) return [];
		const end = path.slice(start);
		const found: string[] = [];
		let steps = 0;
		for (let place = this.first[this.slotOf(path, start)] ?? 0; place > 0; place = this.next[place - 1] ?? 0) {
			steps += 1;
			if (steps > MOST_ALIKE) return undefined;
			const candidate = this.paths[place - 1] ?? '';
			if (candidate.endsWith(end) && this.startOf(candidate) === candidate.length - end.length) found.push(candidate);
		}
		return found.reverse();
	}

	private slotOf(path: string, start: number): number {
		return hashOf(path, start) & (this.first.length - 1);
	}
}

const nameStart = (path: string): number => path.lastIndexOf('/') + 1;

function folderStart(path: string): number {
	const slash = path.lastIndexOf('/');
	return slash < 0 ? -1 : path.lastIndexOf('/', slash - 1) + 1;
}

/** How many characters of their whole last segments two paths share. */
function sharedEnd(one: string, other: string): number {
	const [left, right] = [`/${one}`, `/${other}`];
	let shared = 0;
	while (shared < left.length && shared < right.length && left.charCodeAt(left.length - 1 - shared) === right.charCodeAt(right.length - 1 - shared)) shared += 1;
	const slash = left.indexOf('/', left.length - shared);
	return slash < 0 ? 0 : left.length - 1 - slash;
}

/** The paths of a repository by how they end, so that no place on a stack has to be held against all of them. */
export class PathIndex {
	private readonly whole: Endings;

	private readonly byFolder: Endings;

	private readonly byName: Endings;

	constructor(readonly paths: readonly string[]) {
		this.whole = new Endings(paths, () => 0);
		this.byFolder = new Endings(paths, folderStart);
		this.byName = new Endings(paths, nameStart);
	}

	/**
	 * The files whose path ends like this one for longest; none where no more than the name of a file agrees. Several: nobody can say
	 * which of them it is. Undefined: there are so many that nobody looked.
	 */
	like(path: string): readonly string[] | undefined {
		const exact = this.whole.like(path);
		if (exact === undefined || exact.length > 0) return exact;
		if (!path.includes('/')) return this.byName.like(path);
		const alike = this.byFolder.like(path);
		if (alike === undefined) return undefined;
		if (alike.length === 0) return this.whole.like(path.slice(nameStart(path)));
		const rated = alike.map((file) => ({ file, shared: sharedEnd(file, path) }));
		const most = rated.reduce((highest, { shared }) => Math.max(highest, shared), 0);
		return rated.filter(({ shared }) => shared === most).map(({ file }) => file);
	}
}
