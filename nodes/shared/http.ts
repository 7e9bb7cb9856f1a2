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

function textOf(body: unknown): string {
	if (typeof body === 'string') return body;
	if (Buffer.isBuffer(body)) return body.toString('utf8');
	if (body instanceof ArrayBuffer) return Buffer.from(body).toString('utf8');
	return body === undefined || body === null ? '' : JSON.stringify(body);
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

/** One request; every status is an answer, only a failed connection throws. */
export async function send(helpers: HttpHelpers, request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
	const headers: IDataObject = { ...request.headers };
	const response = await helpers.httpRequest({
		method: request.method,
		url: request.url,
		headers,
		...(request.body === undefined ? {} : { body: request.body }),
		encoding: 'arraybuffer',
		json: false,
		returnFullResponse: true,
		ignoreHttpStatusErrors: true,
		sendCredentialsOnCrossOriginRedirect: false,
		timeout: request.timeoutMs,
		// axios only listens to it; n8n's type asks for a wider interface than AbortSignal declares.
		abortSignal: signal,
	});
	const facts = isRecord(response) ? response : {};
	return {
		status: typeof facts.statusCode === 'number' ? facts.statusCode : 0,
		headers: headersOf(facts.headers),
		body: textOf(facts.body),
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
