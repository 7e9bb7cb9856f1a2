import { createHash } from 'node:crypto';
import { sleep } from '../../../core/clock';
import type { Store } from '../../../core/task/store';
import type { N8nSettings } from '../credentials';
import { send, type HttpHelpers } from '../http';
import { queryString, type SendStoreRequest } from './connection';
import { createDataTableStore } from './data-table-store';

const TIMEOUT_MS = 30_000;

function parsed(body: string): unknown {
	try {
		return body === '' ? undefined : JSON.parse(body);
	} catch {
		// A proxy answers in HTML; the status says what to make of it.
		return body.slice(0, 300);
	}
}

/** Requests to n8n's public API with the key of the credential. */
export function requestsOf(settings: N8nSettings, helpers: HttpHelpers): SendStoreRequest {
	return async ({ method, path, query, body, signal }) => {
		const search = query === undefined ? '' : `?${queryString(query)}`;
		const response = await send(
			helpers,
			{
				method,
				url: `${settings.baseUrl}${path}${search}`,
				headers: { 'x-n8n-api-key': settings.apiKey, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
				...(body === undefined ? {} : { body: JSON.stringify(body) }),
				timeoutMs: TIMEOUT_MS,
			},
			signal,
		);
		// Without a status no answer came: to be treated as a lost connection.
		if (response.status === 0) throw new Error('no HTTP status');
		return { status: response.status, body: parsed(response.body) };
	};
}

/** Tells an n8n, and what one key sees of it, from another: each user has tables of their own. Does not contain the key itself. */
export function viewOf({ baseUrl, apiKey }: N8nSettings): string {
	return `${baseUrl} ${createHash('sha256').update(apiKey).digest('hex')}`;
}

/** The store of the n8n that the Maestro n8n API credential names. */
export function openDataTables(settings: N8nSettings, helpers: HttpHelpers): Store {
	return createDataTableStore({
		baseUrl: settings.baseUrl,
		cacheKey: viewOf(settings),
		random: Math.random,
		pause: sleep,
		send: requestsOf(settings, helpers),
	});
}
