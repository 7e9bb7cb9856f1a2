/** Hostile texts on the ways by which texts come in: through Maestro Trigger, or as n8n's own trigger gives mails. */
import { createHmac } from 'node:crypto';

import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { MaestroTrigger } from '../../../nodes/MaestroTrigger/MaestroTrigger.node';
import { eventAlert, exception, frame, sentryHeaders } from '../../fixtures/sentry';
import { REPOSITORY, WEBHOOK_SECRET, type Bench } from './bench';
import { callWebhook, type WebhookOutcome } from './call-webhook';

const SENTRY_SECRET = 'client-secret-of-the-engine-tests';
const MAIL_SERVER = 'mx.example.com';

export const SOURCES = ['github', 'sentry', 'email'] as const;
export type Source = (typeof SOURCES)[number];

function started({ answer, workflowData }: WebhookOutcome): IDataObject {
	const item = workflowData?.[0]?.[0]?.json;
	if (item === undefined) throw new Error(`Nothing was started: ${JSON.stringify(answer)}`);
	return item;
}

async function fromGithub({ credentials }: Bench, text: string, number: number): Promise<IDataObject> {
	const body = JSON.stringify({
		action: 'labeled',
		label: { name: 'auto' },
		issue: { number, title: text, body: text, html_url: `https://github.com/${REPOSITORY}/issues/${number}`, user: { login: 'ada' }, author_association: 'MEMBER', labels: [{ name: 'auto' }, { name: text }] },
		repository: { full_name: REPOSITORY, html_url: `https://github.com/${REPOSITORY}` },
		sender: { login: 'bob' },
	});
	const headers = { 'x-github-event': 'issues', 'x-github-delivery': `delivery-${number}`, 'x-hub-signature-256': `sha256=${createHmac('sha256', WEBHOOK_SECRET).update(body).digest('hex')}` };
	return started(await callWebhook(new MaestroTrigger(), { credentials, body, headers, parameters: { source: 'github', labels: 'auto' } }));
}

async function fromSentry({ credentials }: Bench, text: string, number: number): Promise<IDataObject> {
	const frames = [frame({ filename: text, abs_path: text, function: text, module: text, context_line: text }), frame({ filename: `src/${text}.js`, function: text })];
	const event = {
		issue_id: String(1_000 + number),
		received: Date.now() / 1000,
		...{ title: text, culprit: text, message: text, environment: text, release: text, platform: text, logger: text, location: text },
		metadata: { type: text, value: text, filename: text, title: text },
		exception: { values: [exception(frames, { type: text, value: text })] },
		tags: [['browser', text], [text, text], ['url', `https://shop.example/${text}`]],
	};
	const body = JSON.stringify(eventAlert(event, text));
	return started(await callWebhook(new MaestroTrigger(), { credentials: { ...credentials, maestroSentryApi: { clientSecret: SENTRY_SECRET } }, body, headers: sentryHeaders('event_alert', body, SENTRY_SECRET, new Date()), parameters: { source: 'sentry' } }));
}

function mailOf(text: string, number: number): IDataObject {
	const metadata = {
		'message-id': `<${number}@mail.example>`,
		'authentication-results': `${MAIL_SERVER}; dkim=pass header.d=example.com; spf=pass smtp.mailfrom=ada@example.com; dmarc=pass header.from=example.com`,
		'reply-to': text,
		'x-maestro-playbook': text,
		'x-mailer': text,
	};
	const halves = number % 2 === 0 ? { textPlain: text, textHtml: '' } : { textPlain: '', textHtml: `<div>${text}</div>` };
	return { metadata, from: `"${text.replaceAll(/["<>]/g, '').slice(0, 80)}" <ada@example.com>`, subject: text, date: new Date().toISOString(), to: 'support@example.com', cc: '', ...halves };
}

/** The item before Maestro Create Task of a text that stands in every place of what comes in where a stranger could have put it. */
export async function takeIn(bench: Bench, source: Source, text: string, number: number): Promise<IDataObject> {
	switch (source) {
		case 'github':
			return await fromGithub(bench, text, number);
		case 'sentry':
			return await fromSentry(bench, text, number);
		case 'email':
			return await Promise.resolve(mailOf(text, number));
	}
}

/** Of Maestro Create Task, for these items. */
export function creating(source: Source): INodeParameters {
	if (source !== 'email') return { from: 'signal', options: {} };
	return { from: 'email', email: '={{ $json }}', emailRepository: REPOSITORY, receivingServer: MAIL_SERVER, allowedSenders: 'ada@example.com', options: {} };
}
