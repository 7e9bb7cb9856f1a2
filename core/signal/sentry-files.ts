import { LONGEST_PATH, type StackPlace } from './sentry-frames';
import { shownLine } from './sentry-line';

/** The paths of a repository by the name of the file, so that no place on a stack has to be held against all of them. */
export type RepositoryFiles = ReadonlyMap<string, readonly string[]>;

function nameOf(path: string): string {
	return path.slice(path.lastIndexOf('/') + 1);
}

export function filesByName(paths: readonly string[]): RepositoryFiles {
	const files = new Map<string, string[]>();
	for (const path of paths) {
		const known = files.get(nameOf(path));
		if (known === undefined) files.set(nameOf(path), [path]);
		else known.push(path);
	}
	return files;
}

function sharedEnd(one: readonly string[], other: readonly string[]): number {
	let shared = 0;
	while (shared < one.length && shared < other.length && one.at(-1 - shared) === other.at(-1 - shared)) shared += 1;
	return shared;
}

/**
 * The files of the repository whose path ends like this one for longest; none where no more than the name of a file agrees. Several:
 * nobody can say which of them it is.
 */
export function filesLike(path: string, files: RepositoryFiles): readonly string[] {
	const segments = path.split('/');
	const rated = (files.get(segments.at(-1) ?? '') ?? [])
		.map((file) => ({ file, parts: file.split('/') }))
		.map(({ file, parts }) => ({ file, parts, shared: sharedEnd(parts, segments) }))
		.filter(({ parts, shared }) => shared >= 2 || shared === parts.length || shared === segments.length);
	const most = rated.reduce((highest, { shared }) => Math.max(highest, shared), 0);
	const best = rated.filter(({ shared }) => shared === most).map(({ file }) => file);
	return best.includes(path) ? [path] : best;
}

/** Only the project's own code is looked for: what stands in a dependency may be named like a file of the project. */
function named(place: StackPlace, files: RepositoryFiles): StackPlace {
	if (!place.inApp || place.path === '') return place;
	const [file, ...others] = filesLike(place.path, files);
	if (file === undefined) return { ...place, known: false };
	// What cannot be shown as it is, a person or an agent would not find.
	return others.length > 0 || shownLine(file, LONGEST_PATH) !== file ? place : { ...place, path: file, known: true };
}

/** The places with the paths that their files have in the repository, as far as these can be told. */
export function namedByFiles(places: readonly StackPlace[], files: RepositoryFiles): StackPlace[] {
	return places.map((place) => named(place, files));
}
