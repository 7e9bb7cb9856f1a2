import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { readEmail, type EmailDelivery, type EmailFacts } from '../../../core/signal/email';
import type { GivenFile } from '../../../core/signal/email-attachments';
import type { Signal } from '../../../core/signal/signal';

const folder = resolve(__dirname, '../../fixtures/mails');

/** What n8n's Email Trigger (IMAP) makes of one mail of the corpus. */
interface Item {
	readonly sha256: string;
	readonly simple: object;
	readonly resolved: object;
	readonly files: GivenFile[];
}

const items = new Map<string, Item>(Object.entries(JSON.parse(readFileSync(join(folder, 'items.json'), 'utf8'))));

export const FORMATS = ['simple', 'resolved'] as const;

export const mailNames = [...items.keys()];

export function item(name: string): Item {
	const found = items.get(name);
	if (found === undefined) throw new Error(`There is no mail ${name} in ${folder}`);
	return found;
}

/** The mails whose items were made of another version of them. */
export function staleMails(): string[] {
	const files = readdirSync(folder).filter((file) => file.endsWith('.eml'));
	const hash = (file: string): string => createHash('sha256').update(readFileSync(join(folder, file))).digest('hex');
	return [...new Set([...files.map((file) => file.slice(0, -4)), ...items.keys()])].filter((name) => !files.includes(`${name}.eml`) || items.get(name)?.sha256 !== hash(`${name}.eml`));
}

export const delivery = (given: unknown, changes: Partial<EmailDelivery> = {}): EmailDelivery => ({
	item: given,
	files: [],
	repository: 'octo/shop',
	receivingServer: 'mx.google.com',
	allowedSenders: ['ada@example.com', 'example.org', 'contoso.example'],
	allowedLists: [],
	receivedAt: '2024-03-13T07:00:00.000Z',
	...changes,
});

export interface ReadMail {
	readonly signal: Signal;
	readonly mail: EmailFacts;
}

/** Reads what has to become a signal. */
export function signalOf(given: unknown, changes: Partial<EmailDelivery> = {}): ReadMail {
	const reading = readEmail(delivery(given, changes));
	if (reading.kind !== 'signal') throw new Error(`${reading.kind}: ${reading.reason}`);
	return reading;
}

/** A mail in the format "Simple", made of its parts. */
export const simple = (parts: { headers?: Record<string, string>; from?: string; subject?: string; html?: string; plain?: string } = {}): object => ({
	textHtml: parts.html ?? '',
	textPlain: parts.plain ?? '',
	metadata: { 'message-id': '<made-1@example.com>', ...parts.headers },
	attributes: { uid: 1 },
	from: parts.from ?? 'Ada <ada@example.com>',
	subject: parts.subject ?? 'A subject',
	to: 'support@shop.example',
	date: 'Wed, 13 Mar 2024 08:00:00 +0000',
});
