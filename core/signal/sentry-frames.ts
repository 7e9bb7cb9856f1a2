import type { Event, Frame } from './sentry-payload';
import { shownLine } from './sentry-line';

/** One place of a stack, as a person would write it. */
export interface StackPlace {
	/** Where the file lies in the repository, as far as can be said. */
	readonly path: string;
	/** Undefined: nobody asked. Otherwise whether the repository has such a file. */
	readonly known?: boolean;
	/** 0: not said. */
	readonly line: number;
	readonly function: string;
	/** The line of code itself, as it ran. */
	readonly code: string;
	/** Sentry takes it for code of the project. */
	readonly inApp: boolean;
}

const MOST_PLACES = 8;
/** Where nothing counts as the project's own, a few places still say where to look. */
const MOST_FOREIGN = 4;
const LONGEST_PATH = 300;
const LONGEST_CODE = 200;

/** Where programs lie in containers and on servers, and what bundlers put before a path. */
const ROOTS = [
	/^file:\/\/(?=\/)/i,
	/^[a-z][a-z\d+.-]*:\/\/[^/]*\//i,
	/^[a-z]:\//i,
	/^\([^)/]*\)\//,
	/^~\//,
	/^(?:\.{1,2}\/)+/,
	/^\/(?:usr\/src\/app|var\/www\/html|var\/www|var\/task|var\/lang|srv\/app|srv|opt\/app|app|code|workspaces?|github\/workspace|home\/runner\/work\/[^/]+\/[^/]+)\//,
	/^\/+/,
];

/** `webpack:///./src/cart.ts?a1b2`, `app:///src/cart.ts`, `/app/src/cart.ts` → `src/cart.ts`. */
export function repositoryPath(written: string): string {
	let path = written.replaceAll('\\', '/').replace(/[?#].*$/, '');
	for (let pass = 0; pass < ROOTS.length; pass += 1) {
		const root = ROOTS.find((pattern) => pattern.test(path));
		if (root === undefined) break;
		path = path.replace(root, '');
	}
	const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.' && segment !== '..');
	return segments.join('/').slice(0, LONGEST_PATH);
}

/** A file of the JVM is named without its folders; they are in the name of the module. */
function writtenPath(frame: Frame): string {
	const { filename, module, abs_path: absolute } = frame;
	const packages = module.split('.').slice(0, -1);
	if (/^[\w$]+\.(?:java|kt|scala|groovy)$/.test(filename) && packages.length > 0) return [...packages, filename].join('/');
	return filename !== '' ? filename : absolute !== '' ? absolute : module;
}

function sharedEnd(one: readonly string[], other: readonly string[]): number {
	let shared = 0;
	while (shared < one.length && shared < other.length && one.at(-1 - shared) === other.at(-1 - shared)) shared += 1;
	return shared;
}

/**
 * The file of the repository whose path ends like this one for longest; undefined where two do so alike, or where no more than
 * the name of a file agrees.
 */
export function fileOf(path: string, files: readonly string[]): string | undefined {
	const segments = path.split('/');
	const name = `/${segments.at(-1) ?? ''}`;
	const rated = files
		.filter((file) => `/${file}`.endsWith(name))
		.map((file) => ({ file, parts: file.split('/') }))
		.map(({ file, parts }) => ({ file, parts, shared: sharedEnd(parts, segments) }))
		.filter(({ parts, shared }) => shared >= 2 || shared === parts.length || shared === segments.length);
	const most = Math.max(0, ...rated.map(({ shared }) => shared));
	const best = rated.filter(({ shared }) => shared === most);
	return best.length === 1 ? best[0]?.file : best.find(({ file }) => file === path)?.file;
}

/** The frames of what was thrown last; without an exception, those of the thread that crashed. The latest call stands last. */
function framesOf(event: Event): readonly Frame[] {
	const thrown = event.exception.values.findLast(({ stacktrace }) => stacktrace.frames.length > 0);
	const thread = event.threads.values.find(({ crashed }) => crashed) ?? event.threads.values[0];
	return thrown?.stacktrace.frames ?? (event.stacktrace.frames.length > 0 ? event.stacktrace.frames : (thread?.stacktrace.frames ?? []));
}

export function placeOf(frame: Frame, files?: readonly string[]): StackPlace {
	const path = repositoryPath(shownLine(writtenPath(frame), LONGEST_PATH * 2));
	const file = files === undefined ? undefined : fileOf(path, files);
	return {
		path: file ?? path,
		...(files === undefined ? {} : { known: file !== undefined }),
		line: frame.lineno ?? 0,
		function: shownLine(frame.function, LONGEST_CODE),
		code: shownLine(frame.context_line, LONGEST_CODE),
		inApp: frame.in_app,
	};
}

/** The places of the project in an event's stack, the innermost first. `files`: all paths of the repository, where they are at hand. */
export function stackPlaces(event: Event, files?: readonly string[]): StackPlace[] {
	const frames = framesOf(event).toReversed();
	const own = frames.filter((frame) => frame.in_app);
	const chosen = own.length > 0 ? own.slice(0, MOST_PLACES) : frames.slice(0, MOST_FOREIGN);
	return chosen.map((frame) => placeOf(frame, files)).filter(({ path, function: called }) => path !== '' || called !== '');
}
