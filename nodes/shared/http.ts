import type { Readable } from 'node:stream';
import type { IDataObject, IHttpRequestMethods, IHttpRequestOptions } from 'n8n-workflow';

/** The one thing that is asked of n8n's helpers: its proxy, its TLS settings and its audit apply to every request. */
export interface HttpHelpers {
	httpRequest(options: IHttpRequestOptions): Promise<unknown>;
}

export interface HttpRequest {
	method: IHttpRequestMethods;
	url: string;
	headers: Record<string, string>;
	/** Sent as it is. */
	body?: string;
	timeoutMs: number;
}

export interface HttpResponse {
	status: number;
	headers: Record<string, string>;
	body: string;
}

function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null;
}

function headersOf(value: unknown): Record<string, string> {
	if (!isRecord(value)) return {};
	return Object.fromEntries(
		Object.entries(value)
			.filter(([, content]) => content !== undefined && content !== null)
			.map(([name, content]) => [name.toLowerCase(), Array.isArray(content) ? content.join(', ') : String(content)]),
	);
}

/** A job's log can be any size, and what is read is held in memory. */
const LARGEST_ANSWER = 30 * 1024 * 1024;

function isStream(body: unknown): body is Readable {
	return isRecord(body) && typeof body.pipe === 'function' && typeof body.destroy === 'function';
}

/** The whole body, up to the limit. `signal` ends the reading too: n8n's own time limit only counts until the headers are there. */
async function textOf(body: unknown, url: string, signal: AbortSignal): Promise<string> {
	if (typeof body === 'string') return body;
	if (Buffer.isBuffer(body)) return body.toString('utf8');
	if (!isStream(body)) return body === undefined || body === null ? '' : JSON.stringify(body);
	const stop = (): void => void body.destroy(signal.reason instanceof Error ? signal.reason : new Error('Aborted'));
	if (signal.aborted) stop();
	signal.addEventListener('abort', stop, { once: true });
	const chunks: Buffer[] = [];
	let size = 0;
	try {
		for await (const chunk of body) {
			const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
			size += bytes.length;
			if (size > LARGEST_ANSWER) throw new Error(`the answer of ${new URL(url).host} is larger than ${LARGEST_ANSWER / 1024 / 1024} MB`);
			chunks.push(bytes);
		}
	} finally {
		signal.removeEventListener('abort', stop);
		body.destroy();
	}
	return Buffer.concat(chunks).toString('utf8');
}

/** One request; every status is an answer, only a failed connection throws, and an answer above 30 MB. */
export async function send(helpers: HttpHelpers, request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
	const headers: IDataObject = { ...request.headers };
	const limited = AbortSignal.any([signal, AbortSignal.timeout(request.timeoutMs)]);
	const response = await helpers.httpRequest({
		method: request.method,
		url: request.url,
		headers,
		...(request.body === undefined ? {} : { body: request.body }),
		encoding: 'stream',
		json: false,
		returnFullResponse: true,
		ignoreHttpStatusErrors: true,
		sendCredentialsOnCrossOriginRedirect: false,
		timeout: request.timeoutMs,
		// axios only listens to it; n8n's type asks for a wider interface than AbortSignal declares.
		abortSignal: limited,
	});
	const facts = isRecord(response) ? response : {};
	return {
		status: typeof facts.statusCode === 'number' ? facts.statusCode : 0,
		headers: headersOf(facts.headers),
		body: await textOf(facts.body, request.url, limited),
	};
}

const WITHOUT_BODY = new Set([101, 204, 205, 304]);
const METHODS: ReadonlySet<string> = new Set(['DELETE', 'GET', 'HEAD', 'PATCH', 'POST', 'PUT']);

function isMethod(method: string): method is IHttpRequestMethods {
	return METHODS.has(method);
}

function headerList(given: ConstructorParameters<typeof Headers>[0]): Record<string, string> {
	const list: Record<string, string> = {};
	new Headers(given).forEach((value, name) => {
		list[name] = value;
	});
	return list;
}

/** n8n's HTTP helper in the shape of `fetch`, for a library that takes one. */
export function hostFetch(helpers: HttpHelpers, timeoutMs: number): typeof globalThis.fetch {
	return async (input, init) => {
		const method = (init?.method ?? 'GET').toUpperCase();
		if (!isMethod(method)) throw new TypeError(`Unsupported method ${method}`);
		const response = await send(
			helpers,
			{
				method,
				url: input instanceof Request ? input.url : String(input),
				headers: headerList(init?.headers),
				...(typeof init?.body === 'string' ? { body: init.body } : {}),
				timeoutMs,
			},
			init?.signal ?? AbortSignal.timeout(timeoutMs),
		);
		if (response.status === 0) throw new TypeError('The host gave no HTTP status');
		return new Response(WITHOUT_BODY.has(response.status) ? null : response.body, {
			status: response.status,
			headers: response.headers,
		});
	};
}
