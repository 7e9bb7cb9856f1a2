import type { IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';
import { isSigned } from '../../core/github/signatures';
import { readGithubEvent } from '../../core/signal/github';
import { parseBody } from '../../core/signal/github-payload';
import { readGithub, readN8n } from '../shared/credentials';
import { toJson } from '../shared/items';
import { isEventSigned, SIGNATURE_HEADER } from '../shared/n8n-api';
import { openServices, type ServiceContext } from '../shared/services';
import { answer, answerError, header, rawBody } from '../shared/webhook';
import { isFresh, start } from './deliveries';
import { withKeptCredentials } from './kept-credentials';
import { leaveOut } from './left-out';
import { ownWords } from './own-words';
import { readParameters, type GithubTriggerParameters } from './parameters';
import { hasProject } from './projects';
import { receiveSentry } from './receive-sentry';

async function receiveMaestro(context: IWebhookFunctions, host: ServiceContext, body: Buffer): Promise<IWebhookResponseData> {
	const { apiKey } = await readN8n(host);
	if (!isEventSigned(apiKey, body.toString('utf8'), header(context, SIGNATURE_HEADER))) {
		return answer(context, 401, { error: 'Wrong signature: the sender uses another n8n API key than this trigger' });
	}
	const event = parseBody(body.toString('utf8'), 'application/json');
	if (typeof event !== 'object' || event === null) return answer(context, 400, { error: 'Not an event' });
	return start(context, toJson(event));
}

async function receiveGithub(context: IWebhookFunctions, host: ServiceContext, parameters: GithubTriggerParameters, body: Buffer): Promise<IWebhookResponseData> {
	const { webhookSecret } = await readGithub(host);
	const signature = header(context, 'x-hub-signature-256');
	if (!isSigned(webhookSecret, body, signature)) return answer(context, 401, { error: 'Wrong or missing signature' });
	const deliveryId = header(context, 'x-github-delivery');
	const read = readGithubEvent({
		event: header(context, 'x-github-event'),
		deliveryId,
		body: body.toString('utf8'),
		contentType: header(context, 'content-type'),
		receivedAt: new Date().toISOString(),
		filter: parameters,
	});
	switch (read.kind) {
		case 'invalid':
			return answer(context, 400, { error: read.reason });
		case 'ignored':
			return answer(context, 202, { ignored: read.reason });
		case 'signal': {
			const services = await openServices(host);
			// Before the delivery counts as taken: sent again once there is a project, it starts the workflow.
			if (!(await hasProject(services, read.signal.repository))) return await leaveOut(context, services, 'GitHub', read.signal.repository);
			const own = read.marked ? await ownWords(host, services, read.signal.author) : undefined;
			// GitHub does not sign the id of a delivery, so that only the signature tells a body that was sent before; when it is sent again it is the same.
			const fresh = await isFresh(services, `delivery:github:${signature}:${context.getNode().id}`);
			if (!fresh) return answer(context, 200, { ignored: 'This delivery has been taken already' });
			return start(context, toJson({ signal: own === undefined ? read.signal : { ...read.signal, own }, pullRequests: read.pullRequests }));
		}
	}
}

/** A webhook comes in: verify, filter, drop what was seen, and start the workflow with a signal. */
export async function receive(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const body = rawBody(context);
	if (body === undefined) return answer(context, 413, { error: 'No body, or one above 25 MB' });
	const host = withKeptCredentials(context);
	try {
		const parameters = readParameters(context);
		switch (parameters.source) {
			case 'maestro':
				return await receiveMaestro(context, host, body);
			case 'github':
				return await receiveGithub(context, host, parameters, body);
			case 'sentry':
				return await receiveSentry(context, host, parameters, body);
		}
	} catch (error) {
		const services = await openServices(host).catch(() => undefined);
		return answerError(context, error, services?.redact ?? (() => 'the credentials could not be read'));
	}
}
