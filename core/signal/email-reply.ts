import { readSender } from './email-address';
import { readItem } from './email-item';
import { readSubject } from './email-subject';

/** Where an answer to a mail goes, and what puts it into the same conversation. */
export interface ReplyAddress {
	/** Empty: the mail names nobody that can be answered. */
	readonly to: string;
	readonly subject: string;
	/** With brackets; empty where the mail has none. */
	readonly inReplyTo: string;
	readonly references: readonly string[];
}

const LONGEST_ID = 300;
/** Mail programs tell a conversation by its first mails and its last ones. */
const FIRST_IDS = 2;
const LAST_IDS = 18;

function ids(header: string | undefined): string[] {
	const found = (header ?? '').slice(0, 100_000).match(/<[^\s<>]+>/g) ?? [];
	return found.filter((id) => id.length <= LONGEST_ID && /^[\x21-\x7e]+$/.test(id));
}

function shortened(all: readonly string[]): string[] {
	return all.length <= FIRST_IDS + LAST_IDS ? [...all] : [...all.slice(0, FIRST_IDS), ...all.slice(-LAST_IDS)];
}

/** Pure. Undefined: this is no mail as n8n's trigger gives it. */
export function replyTo(item: unknown): ReplyAddress | undefined {
	const read = readItem(item);
	if ('problem' in read) return undefined;
	const { headers, sender, subject } = read.mail;
	const [own = ''] = ids(headers.get('message-id'));
	const before = headers.has('references') ? ids(headers.get('references')) : ids(headers.get('in-reply-to')).slice(0, 1);
	const { title } = readSubject(subject);
	return {
		// Who writes through a form, or for somebody, says so there.
		to: readSender(headers.get('reply-to') ?? '').address || sender.address,
		subject: `Re: ${title === '' ? 'your e-mail' : title}`,
		inReplyTo: own,
		references: shortened([...new Set([...before, ...(own === '' ? [] : [own])])]),
	};
}
