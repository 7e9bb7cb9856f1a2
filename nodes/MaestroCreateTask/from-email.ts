import type { IExecuteFunctions } from 'n8n-workflow';
import { readEmail, type EmailReading } from '../../core/signal/email';
import { filesOf } from '../shared/email-files';
import { badParameter } from '../shared/items';
import { jsonObject, list, readOptions, string } from '../shared/parameters';

export type ReadMail = Exclude<EmailReading, { readonly kind: 'invalid' }>;

/** The mail that an item holds, as a signal, or why it starts nothing. */
export function readMail(context: IExecuteFunctions, itemIndex: number, now: Date, githubUrl: string | undefined): ReadMail {
	const value = (name: string): unknown => context.getNodeParameter(name, itemIndex, null);
	const reading = readEmail({
		item: jsonObject(value('email'), 'E-Mail'),
		files: filesOf(context.getInputData()[itemIndex]?.binary),
		repository: string(value('emailRepository'), 'Repository').trim(),
		receivingServer: string(value('receivingServer'), 'Receiving Server').trim(),
		allowedSenders: list(value('allowedSenders')),
		allowedLists: list(value('allowedLists')).map((id) => id.toLowerCase()),
		receivedAt: now.toISOString(),
		githubUrl,
		sentryHosts: list(readOptions(value('options')).sentryHosts),
	});
	if (reading.kind !== 'invalid') return reading;
	throw badParameter('E-Mail', `is no mail: ${reading.reason}`, 'Connect Email Trigger (IMAP) before this node, with the format "Simple".');
}
