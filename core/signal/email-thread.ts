import { createHash } from 'node:crypto';
import type { Mail } from './email-item';
import { withoutControl } from './text-characters';

export interface Thread {
	/** Of this mail, without brackets; made of what it says where it has none. */
	readonly messageId: string;
	/** Of the first mail of the conversation. */
	readonly rootId: string;
	readonly fingerprint: string;
}

const LONGEST_ID = 300;

function hash(text: string): string {
	return createHash('sha256').update(text).digest('hex').slice(0, 40);
}

/** IDs in the order in which they stand; one that is too long to be compared in an address is replaced by its hash. */
function ids(header: string | undefined): string[] {
	const found = withoutControl((header ?? '').slice(0, 100_000)).match(/[^\s<>,]+/g) ?? [];
	return found.map((id) => (id.length > LONGEST_ID ? `sha256-${hash(id)}` : id));
}

/** The ID that a header holds, in the form in which a mail is known by it. */
export const messageIdIn = (header: string | undefined): string | undefined => ids(header)[0];

/** Which conversation a mail belongs to. Whoever knows the ID of a mail can write into its conversation: that says nothing about trust. */
export function readThread({ headers, sender, subject, plain, html }: Mail): Thread {
	const own = messageIdIn(headers.get('message-id'));
	const messageId = own ?? `sha256-${hash([sender.address, subject, headers.get('date') ?? '', plain, html].join('\0'))}`;
	const [root] = ids(headers.get('references'));
	const [parent] = ids(headers.get('in-reply-to'));
	const rootId = root ?? parent ?? messageId;
	return { messageId, rootId, fingerprint: `email:${rootId}` };
}
