import type { IDataObject, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';
import { Gathering } from '../../core/task/gather';
import { claimEachOnce } from '../../core/task/claim-once';
import type { Services } from '../shared/services';

/** GitHub lets a delivery be sent again for three days. */
export const REMEMBER_DELIVERIES_MS = 3 * 24 * 3600 * 1000;
const TIMEOUT_MS = 30_000;
const NEVER = new AbortController().signal;

/** GitHub waits ten seconds for an answer, and Sentry one: deliveries that come in a burst are looked up together. */
const gathering = new Gathering<string, boolean>();

/** So many of the last ones that this process took: a copy of one is refused without a look at the tables. */
const MOST_KNOWN = 10_000;
const known = new Set<string>();

function remember(about: string): void {
	const [oldest] = known;
	if (known.size >= MOST_KNOWN && oldest !== undefined) known.delete(oldest);
	known.add(about);
}

/** Whether a delivery comes for the first time. */
export async function isFresh(services: Services, key: string): Promise<boolean> {
	const about = `${services.instance} ${key}`;
	if (known.has(about)) return false;
	// The time begins when its turn comes: a delivery that waited for others is not to be lost over that.
	const claim = async (keys: readonly string[]): Promise<boolean[]> => await claimEachOnce(services, keys, REMEMBER_DELIVERIES_MS, AbortSignal.timeout(TIMEOUT_MS));
	const fresh = await gathering.ask(services.instance, key, claim, NEVER);
	// Another process may find that it could not keep what it has just marked as taken.
	if (fresh) remember(about);
	return fresh;
}

/** Answers the sender and starts the workflow. */
export function start(context: IWebhookFunctions, item: IDataObject): IWebhookResponseData {
	context.getResponseObject().status(202).json({ accepted: true });
	return { noWebhookResponse: true, workflowData: [[{ json: item }]] };
}
