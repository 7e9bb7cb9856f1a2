import { filesMeet, readFilePattern, type FilePattern } from './plan-files';

/** One task of a plan; it knows the others by their keys. */
export interface PlannedTask {
	readonly key: string;
	readonly title: string;
	readonly body: string;
	readonly dependsOn: readonly string[];
	/** False: it is done alone, beside none of its siblings. */
	readonly parallel: boolean;
	readonly conflictsWith: readonly string[];
	/** Paths, folders and globs that it will change. */
	readonly files: readonly string[];
}

type Ordered = Pick<PlannedTask, 'key' | 'dependsOn'>;

/** The keys in a circle of dependencies, the first of them again at the end; undefined: there is none. */
export function findCycle(tasks: readonly Ordered[]): string[] | undefined {
	const byKey = new Map(tasks.map((task) => [task.key, task]));
	const finished = new Set<string>();
	const visit = (key: string, way: readonly string[]): string[] | undefined => {
		const start = way.indexOf(key);
		if (start !== -1) return [...way.slice(start), key];
		if (finished.has(key)) return undefined;
		for (const next of byKey.get(key)?.dependsOn ?? []) {
			const cycle = visit(next, [...way, key]);
			if (cycle !== undefined) return cycle;
		}
		finished.add(key);
		return undefined;
	};
	for (const { key } of tasks) {
		const cycle = visit(key, []);
		if (cycle !== undefined) return cycle;
	}
	return undefined;
}

/** Each after all that it depends on, otherwise as they were given. The tasks must be without a circle. */
export function topological<T extends Ordered>(tasks: readonly T[]): T[] {
	const placed = new Set<string>();
	const ordered: T[] = [];
	while (ordered.length < tasks.length) {
		const next = tasks.find((task) => !placed.has(task.key) && task.dependsOn.every((key) => placed.has(key)));
		if (next === undefined) throw new Error('The tasks depend on each other in a circle');
		placed.add(next.key);
		ordered.push(next);
	}
	return ordered;
}

/** For each key all that it depends on, directly or not. */
function ancestorsOf(tasks: readonly Ordered[]): Map<string, ReadonlySet<string>> {
	const ancestors = new Map<string, ReadonlySet<string>>();
	for (const task of topological(tasks)) {
		ancestors.set(task.key, new Set(task.dependsOn.flatMap((key) => [key, ...(ancestors.get(key) ?? [])])));
	}
	return ancestors;
}

/**
 * The tasks with all of their conflicts, named on both sides: said ones, those of a task that goes alone, and those that follow from
 * the files. Where one depends on the other they never run together, and there is nothing to say.
 */
export function withConflicts(tasks: readonly PlannedTask[]): PlannedTask[] {
	const ancestors = ancestorsOf(tasks);
	const patterns = new Map<string, FilePattern[]>(tasks.map((task) => [task.key, task.files.map(readFilePattern)]));
	const share = (left: string, right: string): boolean =>
		(patterns.get(left) ?? []).some((mine) => (patterns.get(right) ?? []).some((theirs) => filesMeet(mine, theirs)));
	const isOrdered = (left: string, right: string): boolean => ancestors.get(left)?.has(right) === true || ancestors.get(right)?.has(left) === true;
	const conflict = (left: PlannedTask, right: PlannedTask): boolean =>
		!isOrdered(left.key, right.key) &&
		(!left.parallel || !right.parallel || left.conflictsWith.includes(right.key) || right.conflictsWith.includes(left.key) || share(left.key, right.key));
	return tasks.map((task) => ({ ...task, conflictsWith: tasks.filter((other) => other.key !== task.key && conflict(task, other)).map(({ key }) => key) }));
}
