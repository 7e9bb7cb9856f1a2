import type { PathIndex } from './path-index';
import { LONGEST_PATH, type StackPlace } from './sentry-frames';
import { shownLine } from './sentry-line';

/** Only the project's own code is looked for: what stands in a dependency may be named like a file of the project. */
function named(place: StackPlace, files: PathIndex): StackPlace {
	if (!place.inApp || place.path === '') return place;
	const alike = files.like(place.path);
	if (alike === undefined) return place;
	const [file, ...others] = alike;
	if (file === undefined) return { ...place, known: false };
	// What cannot be shown as it is, a person or an agent would not find.
	return others.length > 0 || shownLine(file, LONGEST_PATH) !== file ? place : { ...place, path: file, known: true };
}

/** The places with the paths that their files have in the repository, as far as these can be told. */
export function namedByFiles(places: readonly StackPlace[], files: PathIndex): StackPlace[] {
	return places.map((place) => named(place, files));
}
