/** What n8n answers with anything but 2xx. */
export class RestError extends Error {
	constructor(
		readonly status: number,
		readonly body: string,
		request: string,
	) {
		super(`${request} answered ${status}: ${body.slice(0, 500)}`);
	}
}

export interface RestRequest {
	readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
	readonly body?: unknown;
	readonly headers?: Record<string, string>;
	readonly limitMs?: number;
}

/** One JSON request to n8n; the answer is whatever JSON came back (undefined for an empty one). */
export async function rest(url: string, { method = 'GET', body, headers = {}, limitMs = 30_000 }: RestRequest = {}): Promise<unknown> {
	const { text } = await rawRest(url, { method, body, headers, limitMs });
	return text === '' ? undefined : JSON.parse(text);
}

/** On a busy machine n8n answers everything with 503 until its own look at the database gets through again. */
const NOT_READY = 'Database is not ready';
const READY_AGAIN_MS = 60_000;

/** As `request`; a read is asked again while n8n says that it is not ready. */
export async function rawRest(url: string, request: RestRequest = {}): Promise<{ text: string; response: Response }> {
	const until = Date.now() + READY_AGAIN_MS;
	for (;;) {
		try {
			return await ask(url, request);
		} catch (error) {
			const isPassing = error instanceof RestError && error.status === 503 && error.body.includes(NOT_READY) && (request.method ?? 'GET') === 'GET';
			if (!isPassing || Date.now() > until) throw error;
			await new Promise((resolve) => setTimeout(resolve, 500));
		}
	}
}

async function ask(url: string, { method = 'GET', body, headers = {}, limitMs = 30_000 }: RestRequest): Promise<{ text: string; response: Response }> {
	const response = await fetch(url, {
		method,
		headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
		body: body === undefined ? undefined : JSON.stringify(body),
		signal: AbortSignal.timeout(limitMs),
	});
	const text = await response.text();
	if (!response.ok) throw new RestError(response.status, text, `${method} ${url}`);
	return { text, response };
}

/** A JSON object as a record; empty for anything else. */
export function record(value: unknown): Record<string, unknown> {
	return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** Reads a property of JSON from outside; undefined where the value is no object. */
export function property(value: unknown, ...path: string[]): unknown {
	let current = value;
	for (const name of path) {
		if (typeof current !== 'object' || current === null) return undefined;
		current = Object.entries(current).find(([key]) => key === name)?.[1];
	}
	return current;
}

export function text(value: unknown, ...path: string[]): string {
	const found = property(value, ...path);
	if (typeof found !== 'string' && typeof found !== 'number') throw new Error(`There is no ${path.join('.')} in ${shown(value)}`);
	return String(found);
}

export function list(value: unknown, ...path: string[]): unknown[] {
	const found = property(value, ...path);
	if (!Array.isArray(found)) throw new Error(`There is no list ${path.join('.')} in ${shown(value)}`);
	return found;
}

function shown(value: unknown): string {
	return JSON.stringify(value ?? null).slice(0, 300);
}
