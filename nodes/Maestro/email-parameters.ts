import { badParameter } from '../shared/items';
import { jsonObject, list, number, readOptions, string } from '../shared/parameters';

export interface ReadEmail {
	readonly kind: 'email.read';
	readonly item: Readonly<Record<string, unknown>>;
	/** Empty: the only project. */
	readonly repository: string;
	readonly receivingServer: string;
	readonly allowedSenders: readonly string[];
	readonly allowedLists: readonly string[];
	/** 0: no limit. */
	readonly maxPerHour: number;
}

export interface ReplyEmail {
	readonly kind: 'email.reply';
	readonly from: string;
	readonly to: string;
	readonly subject: string;
	readonly inReplyTo: string;
	readonly references: readonly string[];
	readonly text: string;
}

export interface ArchiveEmail {
	readonly kind: 'email.archive';
	readonly messageId: string;
	/** 0: not known. */
	readonly uid: number;
	readonly folder: string;
	/** Empty: the folder for junk, else the archive. */
	readonly destination: string;
}

export type EmailOperation = ReadEmail | ReplyEmail | ArchiveEmail;

function required(value: unknown, label: string, advice: string): string {
	const text = string(value, label).trim();
	if (text === '') throw badParameter(label, 'is empty', advice);
	return text;
}

function readReply(value: (name: string) => unknown): ReplyEmail {
	const reply = jsonObject(value('reply'), 'Reply To');
	const { references } = reply;
	return {
		kind: 'email.reply',
		from: required(value('fromEmail'), 'From Email', 'Give the address that the answer comes from.'),
		to: required(reply.to, 'Reply To', 'The mail names nobody that can be answered; give {to, subject, inReplyTo, references} as the operation "Read" does.'),
		subject: string(reply.subject, 'Reply To'),
		inReplyTo: string(reply.inReplyTo, 'Reply To'),
		references: Array.isArray(references) ? references.filter((each) => typeof each === 'string') : [],
		text: required(value('replyText'), 'Text', 'Say what to answer.'),
	};
}

/** Empty is an answer; an expression that gives nothing is none, as the sender of a mail chose what it would be known by instead. */
function readUid(value: unknown): number {
	if (value === '') return 0;
	const uid = typeof value === 'string' ? Number(value) : value;
	if (typeof uid === 'number' && Number.isSafeInteger(uid) && uid > 0) return uid;
	throw badParameter('UID', 'is not the number of a mail', 'Email Trigger (IMAP) gives it under "attributes.uid". Leave the field empty only where every mail with this Message ID may be moved.');
}

function readArchive(value: (name: string) => unknown): ArchiveEmail {
	return {
		kind: 'email.archive',
		messageId: required(value('messageId'), 'Message ID', 'Give the "mail.messageId" of the operation "Read".').replace(/^<|>$/g, ''),
		uid: readUid(value('mailUid')),
		folder: required(value('mailbox'), 'Mailbox Name', 'Give the folder that Email Trigger (IMAP) reads.'),
		destination: string(value('destination'), 'Destination').trim(),
	};
}

export function readEmailOperation(operation: string, value: (name: string) => unknown): EmailOperation {
	if (operation === 'reply') return readReply(value);
	if (operation === 'archive') return readArchive(value);
	const options = readOptions(value('emailOptions'));
	return {
		kind: 'email.read',
		item: jsonObject(value('email'), 'E-Mail'),
		repository: string(value('emailRepository'), 'Repository').trim(),
		receivingServer: string(value('receivingServer'), 'Receiving Server').trim(),
		allowedSenders: list(value('allowedSenders')),
		allowedLists: list(options.allowedLists).map((each) => each.toLowerCase()),
		maxPerHour: number(options.maxPerHour ?? 60, 'Max Mails per Hour'),
	};
}
