import { type Attachment, type GivenFile, listAttachments, shownSize } from './email-attachments';
import { reasonToDrop } from './email-automatic';
import { textOfPage } from './email-html';
import { type Mail, readItem } from './email-item';
import { type OwnWords, ownWords } from './email-quote';
import { readSubject, type Subject } from './email-subject';
import { readThread } from './email-thread';
import { trustMail, type TrustRules } from './email-trust';
import { extractLinks, type SourceLink } from './links';
import type { Signal } from './signal';
import { cut, withoutInvisible } from './text-characters';
import { escapeMarkup } from './text-escape';
import { HiddenList } from './text-report';

export interface EmailDelivery extends TrustRules {
	/** What n8n's Email Trigger (IMAP) gives, in its format "Simple" or "Resolved". */
	readonly item: unknown;
	readonly files: readonly GivenFile[];
	/** The owner of the workflow names it; a mail cannot. */
	readonly repository: string;
	/** Mailing lists whose mails count, by their List-Id. */
	readonly allowedLists: readonly string[];
	/** ISO 8601. */
	readonly receivedAt: string;
	readonly githubUrl?: string;
	readonly sentryHosts?: readonly string[];
}

/** What a mail says beyond its signal. */
export interface EmailFacts {
	readonly messageId: string;
	readonly threadId: string;
	readonly from: { readonly name: string; readonly address: string };
	readonly subject: string;
	readonly attachments: readonly Attachment[];
	/** What the mail links to and that may have a task already: the caller makes one of them all. */
	readonly links: readonly SourceLink[];
	readonly verified: boolean;
	/** Why its author is trusted as it is. */
	readonly trustReason: string;
	/** What was left out or mended. */
	readonly notes: readonly string[];
}

export type EmailReading =
	| { readonly kind: 'invalid'; readonly reason: string }
	| { readonly kind: 'ignored'; readonly reason: string }
	| { readonly kind: 'signal'; readonly signal: Signal; readonly mail: EmailFacts };

const LONGEST_HTML = 5_000_000;
const LONGEST_PLAIN = 500_000;
const LONGEST_TEXT = 100_000;
const UNREADABLE = /\uFFFD/g;

interface Words extends OwnWords {
	readonly hidden: readonly string[];
	readonly notes: readonly string[];
}

/** The page is what its reader saw; the plain part counts only where there is none. */
function readWords({ html, plain }: Mail, { kind }: Subject): Words {
	const hidden = new HiddenList();
	const notes: string[] = [];
	const isForward = kind === 'forward';
	const source = html.slice(0, LONGEST_HTML);
	const page = source.trim() === '' ? undefined : textOfPage(source, hidden.report);
	let words = ownWords(page?.text ?? '', isForward);
	let signature = page?.signature ?? false;
	if (signature && words.text === '' && words.forwarded === '') {
		words = ownWords(textOfPage(source, () => undefined, { keepSignature: true }).text, isForward);
		signature = false;
	}
	const isPlain = words.text === '' && words.forwarded === '';
	if (isPlain) words = ownWords(plain.slice(0, LONGEST_PLAIN).replace(/\r\n?/g, '\n'), isForward);
	if (html.length > LONGEST_HTML || page?.cut === true || (isPlain && plain.length > LONGEST_PLAIN)) notes.push('The mail is too long: only its beginning was read.');
	if (words.cut.includes('history')) notes.push('Earlier mails quoted in it were left out.');
	if (signature || words.cut.includes('signature')) notes.push('The signature was left out.');
	const show = (text: string): string => escapeMarkup(withoutInvisible(text, hidden.report).trim());
	const text = show(words.text);
	const forwarded = show(words.forwarded);
	const broken = `${text}${forwarded}`.match(UNREADABLE)?.length ?? 0;
	if (broken > 0) notes.push(`${broken} characters could not be read: the mail is in another charset than it says, or than the trigger understands.`);
	return { text, forwarded, cut: words.cut, hidden: hidden.list(), notes };
}

function attachmentLines(attachments: readonly Attachment[], left: number): string[] {
	if (attachments.length === 0) return [];
	const lines = attachments.map(({ name, type, size }) => `- ${escapeMarkup(name)} (${[type, size === 0 ? '' : shownSize(size)].filter((part) => part !== '').join(', ') || 'unknown'})`);
	return [['Attachments:', '', ...lines, ...(left > 0 ? [`- and ${left} more`] : [])].join('\n')];
}

function bodyOf({ text, forwarded }: Words, attachments: readonly string[]): { readonly body: string; readonly isCut: boolean } {
	const passedOn = forwarded === '' ? [] : [text === '' ? forwarded : `Passed on with it:\n\n${forwarded}`];
	const words = [...(text === '' ? [] : [text]), ...passedOn].join('\n\n');
	const isCut = words.length > LONGEST_TEXT;
	const shown = isCut ? `${cut(words, LONGEST_TEXT)}\n\n[cut: ${words.length - LONGEST_TEXT} characters more]` : words;
	return { body: [shown, ...attachments].filter((part) => part !== '').join('\n\n'), isCut };
}

function titleOf({ title }: Subject, { text, forwarded }: Words, address: string): string {
	if (title !== '') return title;
	const [line] = (text === '' ? forwarded : text).split('\n').filter((each) => each.trim() !== '');
	return line === undefined ? `Mail of ${address === '' ? 'an unknown sender' : address} without a subject` : cut(line.trim(), 80);
}

/**
 * Reads one mail. Pure.
 *
 * Nothing in it is believed but what the receiving server checked: not who it is from, and not which repository, branch or playbook it asks for.
 */
export function readEmail(delivery: EmailDelivery): EmailReading {
	const read = readItem(delivery.item);
	if ('problem' in read) return { kind: 'invalid', reason: read.problem };
	const { mail } = read;
	const dropped = reasonToDrop(mail, delivery.allowedLists);
	if (dropped !== undefined) return { kind: 'ignored', reason: dropped };
	const subject = readSubject(mail.subject);
	const words = readWords(mail, subject);
	const { attachments, left } = listAttachments(delivery.files);
	const { trust, verified, reason } = trustMail(mail, delivery);
	const thread = readThread(mail);
	const { body, isCut } = bodyOf(words, attachmentLines(attachments, left));
	const { address, name } = mail.sender;
	const signal: Signal = {
		source: 'email',
		kind: `email.${subject.kind}`,
		title: titleOf(subject, words, address),
		body,
		url: '',
		author: address === '' ? 'an unknown sender' : verified ? address : `${address} (not verified)`,
		authorTrust: trust,
		repository: delivery.repository,
		fingerprint: thread.fingerprint,
		severity: 'medium',
		labels: [],
		deliveryId: thread.messageId,
		receivedAt: delivery.receivedAt,
		...(words.hidden.length === 0 ? {} : { hidden: [...words.hidden] }),
	};
	const facts: EmailFacts = {
		messageId: thread.messageId,
		threadId: thread.rootId,
		from: { name, address },
		subject: subject.title,
		attachments,
		links: extractLinks(`${words.text}\n${words.forwarded}`, delivery),
		verified,
		trustReason: reason,
		notes: isCut ? [...words.notes, `The text was cut after ${LONGEST_TEXT} characters.`] : words.notes,
	};
	return { kind: 'signal', signal, mail: facts };
}
