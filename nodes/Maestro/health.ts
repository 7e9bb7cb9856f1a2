import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { isMaestroError, messageOf as said } from '../../core/errors';
import { healthPage, wrong, type Check, type Finding } from '../../core/report/health';
import { toJson } from '../shared/items';
import type { Services } from '../shared/services';
import { healthChecks, type Look } from './health-checks';
import { messageOf } from './message';
import type { HealthOperation } from './report-parameters';

/** Claude Code has a minute to answer; nothing else takes as long. */
export const CHECK_LIMIT_MS = 75_000;

function endOf(signal: AbortSignal): Promise<never> {
	return new Promise((_resolve, reject) => {
		const end = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error('Aborted'));
		if (signal.aborted) end();
		else signal.addEventListener('abort', end, { once: true });
	});
}

/** What one check found, also where it throws or never comes back. Throws only on n8n's Stop button. */
export async function findingOf(look: Look, stop: AbortSignal, limitMs: number): Promise<Finding> {
	const limit = AbortSignal.timeout(limitMs);
	const signal = AbortSignal.any([stop, limit]);
	try {
		return await Promise.race([look(signal), endOf(signal)]);
	} catch (error) {
		stop.throwIfAborted();
		if (limit.aborted) return wrong(`There was no answer within ${Math.round(limitMs / 1000)} s`, 'Look whether what it asks is reachable from where n8n runs.');
		return wrong(said(error), isMaestroError(error) ? error.advice : 'Look at the log of n8n for this time.');
	}
}

/** Tries everything that Maestro needs. What fails is an answer, and keeps nothing else from being tried. */
export async function health(context: IExecuteFunctions, services: Services, operation: HealthOperation, signal: AbortSignal): Promise<IDataObject> {
	const found = await Promise.all(healthChecks(context, services, operation).map(async ([name, look]) => ({ name, ...(await findingOf(look, signal, CHECK_LIMIT_MS)) })));
	// Only now every secret is known that any of them has read.
	const checks: Check[] = found.map(({ message, advice, ...check }) => ({ ...check, message: services.redact(message), advice: services.redact(advice) }));
	const failed = checks.filter(({ ok }) => !ok).map(({ name }) => name);
	return toJson({ ...messageOf(healthPage(checks)), healthy: failed.length === 0, failed, checks });
}
