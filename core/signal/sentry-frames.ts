import type { Event, Frame } from './sentry-payload';
import { shownLine } from './sentry-line';

/** One place of a stack, as a person would write it. */
export interface StackPlace {
	/** Where the file lies in the repository, as far as can be said. */
	readonly path: string;
	/** Whether the repository has such a file. Undefined: nobody asked, or several fit alike. */
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
export const LONGEST_PATH = 300;
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

/** The frames of what was thrown last; without an exception, those of the thread that crashed. The latest call stands last. */
function framesOf(event: Event): readonly Frame[] {
	const thrown = event.exception.values.findLast(({ stacktrace }) => stacktrace.frames.length > 0);
	const thread = event.threads.values.find(({ crashed }) => crashed) ?? event.threads.values[0];
	return thrown?.stacktrace.frames ?? (event.stacktrace.frames.length > 0 ? event.stacktrace.frames : (thread?.stacktrace.frames ?? []));
}

export function placeOf(frame: Frame): StackPlace {
	return {
		path: repositoryPath(shownLine(writtenPath(frame), LONGEST_PATH * 2)),
		line: frame.lineno ?? 0,
		function: shownLine(frame.function, LONGEST_CODE),
		code: shownLine(frame.context_line, LONGEST_CODE),
		inApp: frame.in_app,
	};
}

/** The places of the project in an event's stack, the innermost first. */
export function stackPlaces(event: Event): StackPlace[] {
	const frames = framesOf(event).toReversed();
	const own = frames.filter((frame) => frame.in_app);
	const chosen = own.length > 0 ? own.slice(0, MOST_PLACES) : frames.slice(0, MOST_FOREIGN);
	return chosen.map((frame) => placeOf(frame)).filter(({ path, function: called }) => path !== '' || called !== '');
}
