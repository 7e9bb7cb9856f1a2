import { z } from '../schema';

/** What Maestro reads of GitHub's webhook bodies; everything else in them passes by. */
const USER = z.object({ login: z.string() }).nullish();
const LABEL = z.object({ name: z.string() });

export const ITEM = z.object({
	number: z.number().int(),
	title: z.string(),
	body: z.string().nullish(),
	html_url: z.string(),
	user: USER,
	author_association: z.string().optional(),
	labels: z.array(LABEL).optional(),
	state: z.string().optional(),
	/** Of an issue: why it is in its state. */
	state_reason: z.string().nullish(),
	/** In an issue's body: it is a pull request. */
	pull_request: z.unknown().optional(),
});

export const WRITTEN = z.object({ body: z.string().nullish(), html_url: z.string().optional(), user: USER, author_association: z.string().optional() });

const LISTED = z.object({ number: z.number().int(), base: z.object({ repo: z.object({ url: z.string() }).optional() }).optional() });
const CHECK = z.object({ head_sha: z.string(), html_url: z.string().nullish(), name: z.string().optional(), conclusion: z.string().nullish(), pull_requests: z.array(LISTED).optional() });

export const PAYLOAD = z.object({
	action: z.string().optional(),
	repository: z.object({ full_name: z.string(), html_url: z.string() }),
	sender: USER,
	label: LABEL.nullish(),
	issue: ITEM.optional(),
	pull_request: ITEM.optional(),
	comment: WRITTEN.optional(),
	review: WRITTEN.optional(),
	check_run: CHECK.optional(),
	check_suite: CHECK.optional(),
	sha: z.string().optional(),
	ref: z.string().optional(),
	after: z.string().optional(),
	state: z.string().optional(),
	context: z.string().optional(),
});

export type Payload = z.output<typeof PAYLOAD>;
export type Item = z.output<typeof ITEM>;
export type Check = z.output<typeof CHECK>;

/** A body as GitHub sends it: JSON, or a form whose field `payload` is JSON. Undefined: neither. */
export function parseBody(body: string, contentType: string): unknown {
	const form = contentType.toLowerCase().startsWith('application/x-www-form-urlencoded');
	const text = form ? (new URLSearchParams(body).get('payload') ?? '') : body;
	try {
		const parsed: unknown = JSON.parse(text);
		return parsed;
	} catch {
		return undefined;
	}
}
