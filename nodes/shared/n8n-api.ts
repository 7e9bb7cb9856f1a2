import { createHmac, timingSafeEqual } from 'node:crypto';
import { MaestroError, messageOf } from '../../core/errors';
import type { N8nSettings } from './credentials';
import { send, type HttpHelpers, type HttpResponse } from './http';

const TIMEOUT_MS = 30_000;

/** `unknown`: n8n did not say; a probe that fails is not a death. */
export type ExecutionState = 'running' | 'waiting' | 'finished' | 'crashed' | 'stopped' | 'missing' | 'unknown';

const STATES: Readonly<Record<string, ExecutionState>> = {
	new: 'running',
	running: 'running',
	unknown: 'unknown',
	waiting: 'waiting',
	success: 'finished',
	error: 'crashed',
	crashed: 'crashed',
	canceled: 'stopped',
};

export const SIGNATURE_HEADER = 'x-maestro-signature-256';

/**
 * Maestro's own events are signed with a key that both ends derive from the n8n API key, so that no further secret has
 * to be kept anywhere.
 */
export function signEvent(apiKey: string, body: string): string {
	const key = createHmac('sha256', apiKey).update('maestro event signature').digest();
	return `sha256=${createHmac('sha256', key).update(body).digest('hex')}`;
}

export function isEventSigned(apiKey: string, body: string, signature: string): boolean {
	const expected = Buffer.from(signEvent(apiKey, body));
	const given = Buffer.from(signature);
	return expected.length === given.length && timingSafeEqual(expected, given);
}

export interface N8nApi {
	readonly executionState: (id: string, signal: AbortSignal) => Promise<ExecutionState>;
	/** Posts to a webhook of this n8n, given by its path and query. Throws when it does not answer 2xx. */
	deliver(path: string, payload: object, signal: AbortSignal): Promise<void>;
	/** Posts to a resume URL of a waiting execution; gives the status that n8n answered. */
	wake(resumeUrl: string, payload: object, signal: AbortSignal): Promise<number>;
}

/** The path and query of a URL of this n8n: its public address may not be reachable from inside. */
export function localPath(address: string): string {
	const { pathname, search } = new URL(address);
	return `${pathname}${search}`;
}

export function createN8nApi(settings: N8nSettings, helpers: HttpHelpers): N8nApi {
	const post = async (path: string, payload: object, signal: AbortSignal): Promise<HttpResponse> => {
		const body = JSON.stringify(payload);
		// The path is whole: where n8n lives below a path, both its own URLs and the base URL carry it.
		const headers = { 'content-type': 'application/json', [SIGNATURE_HEADER]: signEvent(settings.apiKey, body) };
		return await send(helpers, { method: 'POST', url: new URL(path, settings.baseUrl).href, headers, body, timeoutMs: TIMEOUT_MS }, signal);
	};
	return {
		executionState: async (id, signal) => {
			try {
				const response = await send(
					helpers,
					{
						method: 'GET',
						url: `${settings.baseUrl}/api/v1/executions/${encodeURIComponent(id)}`,
						headers: { 'x-n8n-api-key': settings.apiKey },
						timeoutMs: TIMEOUT_MS,
					},
					signal,
				);
				if (response.status === 404) return 'missing';
				if (response.status === 403) {
					throw new MaestroError(
						'n8n_scopes',
						'The n8n API key may not read executions',
						'Add the scope "execution:read" to the API key of the Maestro n8n API credential.',
					);
				}
				if (response.status !== 200) return 'unknown';
				const parsed: unknown = JSON.parse(response.body);
				const status = typeof parsed === 'object' && parsed !== null && 'status' in parsed ? parsed.status : '';
				return (typeof status === 'string' && STATES[status]) || 'unknown';
			} catch (error) {
				if (error instanceof MaestroError) throw error;
				return 'unknown';
			}
		},
		async deliver(path, payload, signal) {
			const response = await post(path, payload, signal).catch((error: unknown) => {
				throw new MaestroError(
					'n8n_unreachable',
					`n8n did not take an event at ${settings.baseUrl}: ${messageOf(error)}`,
					'Check "Base URL" in the Maestro n8n API credential: it must be reachable from where n8n itself runs.',
					{},
					error,
				);
			});
			if (response.status < 200 || response.status > 299) {
				throw new MaestroError(
					'n8n_api',
					`The workflow that subscribed at ${path} answered ${response.status}`,
					response.status === 404
						? 'Publish the workflow that holds this Maestro Trigger, or delete its row in maestro_subscriptions.'
						: 'Look at that workflow; the event is sent again by Maestro Reconcile.',
					{ status: response.status },
				);
			}
		},
		async wake(resumeUrl, payload, signal) {
			return (await post(localPath(resumeUrl), payload, signal)).status;
		},
	};
}
