import { randomUUID } from 'node:crypto';
import { sleep } from '../../../core/clock';
import type { Store } from '../../../core/task/store';
import { queryString } from '../../../nodes/shared/store/connection';
import { createDataTableStore } from '../../../nodes/shared/store/data-table-store';

/** The store as Maestro uses it, with the requests made by this test instead of by a node. Each call is a process of its own. */
export function openFetchStore(baseUrl: string, apiKey: string): Store {
	return createDataTableStore({
		baseUrl,
		cacheKey: randomUUID(),
		random: Math.random,
		pause: sleep,
		send: async ({ method, path, query, body, signal }) => {
			const response = await fetch(`${baseUrl}${path}?${queryString(query ?? {})}`, {
				method,
				headers: { 'x-n8n-api-key': apiKey, 'content-type': 'application/json' },
				body: body === undefined ? undefined : JSON.stringify(body),
				signal,
			});
			const text = await response.text();
			return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
		},
	});
}
