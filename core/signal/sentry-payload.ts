import { z } from '../schema';

/**
 * What Maestro reads of Sentry's webhook bodies. An event's parts come from many kinds of programs, so that a part of another shape counts
 * as missing and takes the rest with it.
 */
const words = z.union([z.string(), z.number()]).transform(String).catch('');
/** Sentry writes some of its numbers as texts. */
const amount = z.union([z.number().int().nonnegative(), z.string().regex(/^\d{1,15}$/).transform(Number)]).optional().catch(undefined);

const MOST_FRAMES = 200;
const MOST_ERRORS = 20;
const MOST_TAGS = 100;

/** A list of at most so many; `which`: those at its end, where Sentry has the latest. */
function listOf<T extends z.ZodTypeAny>(schema: T, most: number, which: 'first' | 'last') {
	const cut = (list: readonly unknown[]): readonly unknown[] => (which === 'last' ? list.slice(-most) : list.slice(0, most));
	return z
		.unknown()
		.transform((value) => (Array.isArray(value) ? cut(value) : []))
		.pipe(z.array(schema));
}

const FRAME_FIELDS = z.object({
	filename: words,
	abs_path: words,
	module: words,
	function: words,
	lineno: amount,
	in_app: z.boolean().catch(false),
	context_line: words,
});
export type Frame = z.output<typeof FRAME_FIELDS>;

/** An object whose fields all have something to fall back on; what is no object at all becomes an empty one. */
function lenient<S extends z.ZodRawShape>(schema: z.ZodObject<S>): z.ZodEffects<z.ZodObject<S>, z.output<z.ZodObject<S>>, unknown> {
	return z.preprocess((value) => (typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}), schema);
}

const FRAME = lenient(FRAME_FIELDS);
const STACK = lenient(z.object({ frames: listOf(FRAME, MOST_FRAMES, 'last') }));
const ERROR = lenient(z.object({ type: words, value: words, stacktrace: STACK }));
const THREAD = lenient(z.object({ crashed: z.boolean().catch(false), stacktrace: STACK }));
const METADATA = lenient(z.object({ type: words, value: words, title: words, filename: words, function: words }));

/** In a webhook a tag is a pair; in Sentry's API it is an object. */
const TAG = z
	.union([z.tuple([words, words]).rest(z.unknown()).transform(([key, value]) => ({ key, value })), lenient(z.object({ key: words, value: words }))])
	.catch({ key: '', value: '' });

const RELEASE = z.union([words.pipe(z.string().min(1)), z.object({ version: words }).transform(({ version }) => version)]).catch('');

export const EVENT = lenient(
	z.object({
		title: words,
		message: words,
		culprit: words,
		level: words,
		platform: words,
		environment: words,
		release: RELEASE,
		issue_id: words,
		issue_url: words,
		url: words,
		web_url: words,
		project: words,
		/** When Sentry took the event in, in seconds, by its own clock. */
		received: z.number().positive().optional().catch(undefined),
		metadata: METADATA,
		exception: lenient(z.object({ values: listOf(ERROR, MOST_ERRORS, 'last') })),
		threads: lenient(z.object({ values: listOf(THREAD, MOST_ERRORS, 'first') })),
		stacktrace: STACK,
		tags: listOf(TAG, MOST_TAGS, 'first'),
	}),
);
export type Event = z.output<typeof EVENT>;

export const ISSUE = lenient(
	z.object({
		id: words,
		shortId: words,
		title: words,
		culprit: words,
		level: words,
		platform: words,
		count: amount,
		userCount: amount,
		firstSeen: words,
		lastSeen: words,
		substatus: words,
		url: words,
		web_url: words,
		permalink: words,
		project_url: words,
		project: lenient(z.object({ id: words, slug: words })),
		metadata: METADATA,
	}),
);
export type Issue = z.output<typeof ISSUE>;

export const WEBHOOK = z.object({
	action: z.string(),
	data: z.record(z.unknown()),
	installation: lenient(z.object({ uuid: words })),
});

export function parseJson(body: string): unknown {
	try {
		const parsed: unknown = JSON.parse(body);
		return parsed;
	} catch {
		return undefined;
	}
}
