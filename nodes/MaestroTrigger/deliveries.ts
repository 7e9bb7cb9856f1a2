import type { IDataObject, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';
import { Gathering } from '../../core/task/gather';
import { claimEachOnce } from '../../core/task/locks';
import type { Services } from '../shared/services';

/** GitHub lets a delivery be sent again for three days. */
export const REMEMBER_DELIVERIES_MS = 3 * 24 * 3600 * 1000;
const TIMEOUT_MS = 30_000;
const NEVER = new AbortController().signal;

/** GitHub waits ten seconds for an answer, and Sentry one: deliveries that come in a burst are looked up together. */
const gathering = new Gathering<string, boolean>();

/** Whether a delivery comes for the first time. */
export async function isFresh(services: Services, key: string): Promise<boolean> {
	// The time begins when its turn comes: a delivery that waited for others is not to be lost over that.
	const claim = async (keys: readonly string[]): Promise<boolean[]> => await claimEachOnce(services, keys, REMEMBER_DELIVERIES_MS, AbortSignal.timeout(TIMEOUT_MS));
	return await gathering.ask(services.instance, key, claim, NEVER);
}

/** Answers the sender and starts the workflow. */
export function start(context: IWebhookFunctions, item: IDataObject): IWebhookResponseData {
	context.getResponseObject().status(202).json({ accepted: true });
	return { noWebhookResponse: true, workflowData: [[{ json: item }]] };
}
