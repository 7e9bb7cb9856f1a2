import type { IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';
import { countLeftOut } from '../shared/left-out';
import type { Services } from '../shared/services';
import { answer } from '../shared/webhook';

/** A webhook for a repository that is no project: taken and counted, and nothing runs. */
export async function leaveOut(context: IWebhookFunctions, services: Services, from: string, repository: string): Promise<IWebhookResponseData> {
	const reason = `there is no project for the repository "${repository}"`;
	await countLeftOut(services, `A webhook of ${from} was left out: ${reason}`);
	return answer(context, 202, { ignored: reason });
}
