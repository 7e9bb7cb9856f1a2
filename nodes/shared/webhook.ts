import type { IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';
import { isMaestroError, messageOf } from '../../core/errors';

/** GitHub sends up to 25 MB; what an issue or a pull request needs is far less. */
const LARGEST_BODY = 25 * 1024 * 1024;

/** The bytes as they came: signatures are over these. Undefined where n8n has kept none or too many. */
export function rawBody(context: IWebhookFunctions): Buffer | undefined {
	const request: unknown = context.getRequestObject();
	if (typeof request !== 'object' || request === null || !('rawBody' in request)) return undefined;
	const { rawBody: raw } = request;
	return Buffer.isBuffer(raw) && raw.length <= LARGEST_BODY ? raw : undefined;
}

export function header(context: IWebhookFunctions, name: string): string {
	const value = context.getHeaderData()[name];
	return typeof value === 'string' ? value : '';
}

/** Answers the sender and starts nothing. */
export function answer(context: IWebhookFunctions, status: number, body: Readonly<Record<string, string | boolean>>): IWebhookResponseData {
	context.getResponseObject().status(status).json(body);
	return { noWebhookResponse: true };
}

/** What went wrong here is ours. GitHub lists it among the deliveries that can be sent again by hand, Sentry sends it no more; the log has the cause. */
export function answerError(context: IWebhookFunctions, error: unknown, redact: (text: string) => string): IWebhookResponseData {
	const message = redact(messageOf(error));
	context.logger.error(`Maestro could not take a webhook: ${message}${isMaestroError(error) ? ` ${redact(error.advice)}` : ''}`);
	return answer(context, 500, { error: 'Maestro could not take this now; see the log of n8n' });
}
