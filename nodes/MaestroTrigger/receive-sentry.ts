import type { IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';
import { readSentryWebhook, withFiles } from '../../core/signal/sentry';
import { isSignedBySentry, timestampProblem } from '../../core/signal/sentry-signature';
import { readSentry } from '../shared/credentials';
import { toJson } from '../shared/items';
import { openServices, type ServiceContext } from '../shared/services';
import { answer, header } from '../shared/webhook';
import { isFresh, REMEMBER_DELIVERIES_MS, start } from './deliveries';
import { countLeftOut } from '../shared/left-out';
import { leaveOut } from './left-out';
import type { SentryTriggerParameters } from './parameters';
import { projectOf } from './projects';
import { repositoryFiles } from './repository-files';
import { projectsFor } from './sentry-projects';

export async function receiveSentry(context: IWebhookFunctions, host: ServiceContext, parameters: SentryTriggerParameters, body: Buffer): Promise<IWebhookResponseData> {
	const { clientSecret } = await readSentry(host);
	const signature = header(context, 'sentry-hook-signature');
	if (!isSignedBySentry(clientSecret, body, signature)) return answer(context, 401, { error: 'Wrong or missing signature' });
	const now = new Date();
	const stale = timestampProblem(header(context, 'sentry-hook-timestamp'), now);
	if (stale !== undefined) return answer(context, 401, { error: stale });
	const services = await openServices(host);
	services.addSecret(clientSecret);
	const read = readSentryWebhook({
		resource: header(context, 'sentry-hook-resource'),
		// Sentry's own Request-ID is new each time and not signed; the signature is the same for the same body and no other.
		deliveryId: signature,
		body: body.toString('utf8'),
		receivedAt: now.toISOString(),
		notBefore: new Date(now.getTime() - REMEMBER_DELIVERIES_MS).toISOString(),
		filter: { ...parameters, projects: await projectsFor(services, parameters) },
	});
	if (read.kind === 'invalid') return answer(context, 400, { error: read.reason });
	if (read.kind === 'ignored' && !read.unforeseen) return answer(context, 200, { ignored: read.reason });
	const project = read.kind === 'signal' ? await projectOf(services, read.signal.repository) : undefined;
	if (read.kind === 'signal' && project === undefined) return await leaveOut(context, services, 'Sentry', read.signal.repository);
	// At the same time, for Sentry does not wait long.
	const [fresh, files] = await Promise.all([
		isFresh(services, `delivery:sentry:${signature}:${context.getNode().id}`),
		project === undefined ? undefined : repositoryFiles(services, project, (message) => context.logger.warn(message)),
	]);
	if (!fresh) return answer(context, 200, { ignored: 'This webhook has been taken already' });
	if (read.kind === 'signal') {
		const { signal, sentry } = files === undefined ? read : withFiles(read, files);
		return start(context, toJson({ signal, sentry }));
	}
	await countLeftOut(services, `A webhook of Sentry was left out: ${read.reason}`);
	return answer(context, 200, { ignored: read.reason });
}
