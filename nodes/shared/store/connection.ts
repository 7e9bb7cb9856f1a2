import { MaestroError, messageOf } from '../../../core/errors';
import { isRecord } from './values';

export interface StoreRequest {
	readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
	/** Below the base URL, with a leading slash. */
	readonly path: string;
	readonly query?: Readonly<Record<string, string>>;
	readonly body?: unknown;
	readonly signal: AbortSignal;
}

/** What encodeURIComponent leaves and n8n refuses all the same. */
const LEFT_OVER = /[!'()*]/g;

/** n8n refuses reserved characters in a query: also the "+" that URLSearchParams makes of a space. */
export function queryString(query: Readonly<Record<string, string>>): string {
	const encode = (value: string): string => encodeURIComponent(value).replace(LEFT_OVER, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
	return Object.entries(query)
		.map(([name, value]) => `${name}=${encode(value)}`)
		.join('&');
}

/** Answers with every status that n8n gives; rejects only when no answer came. */
export type SendStoreRequest = (request: StoreRequest) => Promise<{ status: number; body: unknown }>;

export interface Pauses {
	readonly random: () => number;
	readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

export const SCOPES = [
	'dataTable:create',
	'dataTable:list',
	'dataTable:read',
	'dataTableColumn:create',
	'dataTableColumn:read',
	'dataTableRow:create',
	'dataTableRow:read',
	'dataTableRow:update',
	'dataTableRow:delete',
] as const;
export type Scope = (typeof SCOPES)[number];

/** A table that was there is gone: the cached ids are out of date. */
export class TableGone extends Error {}

const ATTEMPTS = 5;
/** Some twenty seconds: on a busy machine n8n answers 503 until its own look at the database comes through, and then carries out what it refused. */
const ATTEMPTS_WHILE_BUSY = 9;
const LONGEST_PAUSE_MS = 5_000;
const TOP = '/api/v1/data-tables';

function said(body: unknown): string {
	return isRecord(body) && typeof body.message === 'string' ? body.message : JSON.stringify(body ?? '').slice(0, 300);
}

function refused(status: number, body: unknown, scope: Scope, path: string): Error {
	const message = said(body);
	if (status === 401) {
		return new MaestroError('n8n_scopes', 'n8n does not accept the API key', 'Make a new API key in n8n (Settings → n8n API) and put it in the Maestro n8n API credential.', { status });
	}
	if (status === 403) {
		return new MaestroError(
			'n8n_scopes',
			`The n8n API key lacks the scope "${scope}"`,
			`In n8n, Settings → n8n API, give the key of the Maestro n8n API credential the scopes ${SCOPES.join(', ')}.`,
			{ status, scope },
		);
	}
	if (status === 404 && path === TOP) {
		return new MaestroError('n8n_too_old', 'This n8n has no data tables in its public API', 'Update n8n to 2.39 or later, and check that the base URL of the Maestro n8n API credential leads to n8n itself.', { status });
	}
	if (status === 404) return new TableGone(message);
	if (/size limit exceeded/i.test(message)) {
		return new MaestroError(
			'tables_full',
			`n8n's data tables are full: ${message}`,
			'Raise N8N_DATA_TABLES_MAX_SIZE_BYTES of n8n, or delete old rows, for example in maestro_events.',
			{ status },
		);
	}
	return new MaestroError('n8n_api', `n8n answered ${status} to ${path}: ${message}`, 'Look at the log of n8n for this request.', { status });
}

/** Whether the request surely never reached n8n, so that even an insert may be sent again. */
function neverArrived(error: unknown): boolean {
	return /ECONNREFUSED|ENOTFOUND|EAI_AGAIN/.test(messageOf(error));
}

export type Call = (request: Omit<StoreRequest, 'signal'>, scope: Scope, signal: AbortSignal) => Promise<unknown>;

/** One request with retries: a call that may be repeated is, on a lost connection and on 429 and 5xx. */
export function createCall(baseUrl: string, send: SendStoreRequest, pauses: Pauses): Call {
	return async (request, scope, signal) => {
		for (let attempt = 1; ; attempt++) {
			signal.throwIfAborted();
			const mayRepeat = request.method !== 'POST';
			let answer: { status: number; body: unknown } | undefined;
			try {
				answer = await send({ ...request, signal });
			} catch (error) {
				signal.throwIfAborted();
				if (attempt >= ATTEMPTS || !(mayRepeat || neverArrived(error))) {
					throw new MaestroError(
						'n8n_unreachable',
						`n8n did not answer at ${baseUrl}: ${messageOf(error)}`,
						'Check "Base URL" in the Maestro n8n API credential: it must be reachable from where n8n itself runs.',
						{},
						error,
					);
				}
			}
			if (answer !== undefined && answer.status >= 200 && answer.status < 300) return answer.body;
			const isBusy = answer?.status === 429 || answer?.status === 503;
			const isPassing = answer === undefined || isBusy || (answer.status >= 500 && mayRepeat);
			if (answer !== undefined && (!isPassing || attempt >= (isBusy ? ATTEMPTS_WHILE_BUSY : ATTEMPTS))) throw refused(answer.status, answer.body, scope, request.path);
			await pauses.pause(Math.ceil(Math.min(LONGEST_PAUSE_MS, 100 * 2 ** attempt) * (0.5 + 0.5 * pauses.random())), signal);
		}
	};
}
