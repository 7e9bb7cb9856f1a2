import { sleep } from '../../../core/clock';
import type { N8nSettings } from '../credentials';
import type { HttpHelpers } from '../http';
import { createCall } from './connection';
import { requestsOf } from './open';
import { isRecord } from './values';

const PAGE = '250';

/** What n8n allows where nothing else was set; measured on 2.40. */
const DEFAULT_LIMIT = 200 * 1024 * 1024;

/** How much all data tables of this n8n may take together; n8n's API does not say, and its environment does. */
export function tablesLimit(env: NodeJS.ProcessEnv = process.env): number {
	const set = Number(env.N8N_DATA_TABLES_MAX_SIZE_BYTES);
	return Number.isFinite(set) && set > 0 ? set : DEFAULT_LIMIT;
}

/** What n8n says that all tables take which the key may see, Maestro's or not: the limit is over all. Undefined where it does not say. */
export async function tablesSize(settings: N8nSettings, helpers: HttpHelpers, signal: AbortSignal): Promise<number | undefined> {
	const call = createCall(settings.baseUrl, requestsOf(settings, helpers), { random: Math.random, pause: sleep });
	let [sum, cursor] = [0, ''];
	do {
		const page = await call({ method: 'GET', path: '/api/v1/data-tables', query: { limit: PAGE, ...(cursor === '' ? {} : { cursor }) } }, 'dataTable:list', signal);
		const rows: unknown[] = isRecord(page) && Array.isArray(page.data) ? page.data : [];
		for (const row of rows) {
			if (!isRecord(row) || typeof row.sizeBytes !== 'number') return undefined;
			sum += row.sizeBytes;
		}
		cursor = isRecord(page) && typeof page.nextCursor === 'string' ? page.nextCursor : '';
	} while (cursor !== '');
	return sum;
}
