import { z } from '../schema';
import { readSender, senderOf, type Sender } from './email-address';
import { decodeWords, repairCharset } from './email-words';

/** A mail as n8n's Email Trigger (IMAP) gives it, in one shape for its formats. */
export interface Mail {
	readonly sender: Sender;
	readonly subject: string;
	readonly html: string;
	readonly plain: string;
	/** Of a header that stands several times: which one n8n kept. Only the first one, which is the nearest to the receiver, can be the receiver's own. */
	readonly kept: 'first' | 'last';
	/** Names in lower case, values unfolded. */
	readonly headers: ReadonlyMap<string, string>;
}

export type ItemReading = { readonly mail: Mail } | { readonly problem: string };

const TEXT = z.string().catch('');
const simpleSchema = z.object({ metadata: z.record(z.unknown()), from: TEXT, subject: TEXT, textHtml: TEXT, textPlain: TEXT, date: TEXT, to: TEXT, cc: TEXT });
const addressSchema = z.object({ name: z.string().optional().catch(undefined), address: z.string().optional().catch(undefined) });
const resolvedSchema = z.object({ headers: z.record(z.unknown()), from: z.object({ value: z.array(addressSchema) }).optional().catch(undefined), subject: TEXT, html: TEXT, text: TEXT });

function headersOf(record: Readonly<Record<string, unknown>>, read: (value: string) => string): Map<string, string> {
	const headers = new Map<string, string>();
	for (const [name, value] of Object.entries(record)) {
		const first: unknown = Array.isArray(value) ? value[0] : value;
		if (typeof first === 'string') headers.set(name.toLowerCase(), read(first).replace(/\r?\n(?=[ \t])/g, '').trim());
	}
	return headers;
}

/** Format "Simple": of each header the first one, decoded. */
function fromSimple(item: z.output<typeof simpleSchema>): Mail {
	const headers = headersOf(item.metadata, (value) => value);
	for (const name of ['from', 'subject', 'date', 'to', 'cc'] as const) if (!headers.has(name)) headers.set(name, item[name]);
	return { sender: readSender(item.from), subject: decodeWords(item.subject), html: repairCharset(item.textHtml), plain: repairCharset(item.textPlain), kept: 'first', headers };
}

/** Format "Resolved": of each header the last one, as its whole line. */
function fromResolved(item: z.output<typeof resolvedSchema>): Mail {
	const headers = headersOf(item.headers, (line) => line.slice(line.indexOf(':') + 1));
	return { sender: senderOf(item.from?.value ?? []), subject: item.subject, html: item.html, plain: item.text, kept: 'last', headers };
}

export function readItem(item: unknown): ItemReading {
	const simple = simpleSchema.safeParse(item);
	if (simple.success) return { mail: fromSimple(simple.data) };
	const resolved = resolvedSchema.safeParse(item);
	if (resolved.success) return { mail: fromResolved(resolved.data) };
	return { problem: 'it has neither "metadata" nor "headers"' };
}
