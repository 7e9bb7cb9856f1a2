import { MaestroError, messageOf } from '../errors';
import { messageIdIn } from '../signal/email-thread';
import { putAwayIn } from './put-away';
import type { MailServer } from './server';

export interface MailToMove {
	/** Without brackets, as a mail is read. */
	readonly messageId: string;
	/** Its number in the folder; 0: not known. */
	readonly uid: number;
	/** Where it lies. */
	readonly folder: string;
	/** Empty: the folder for junk, else the archive. */
	readonly destination: string;
}

export interface MovedMail {
	/** 0: it is not in the folder any more, or never was. */
	readonly moved: number;
	readonly from: string;
	readonly to: string;
}

const CONNECT_MS = 20_000;
const SILENCE_MS = 60_000;
const ALL_MS = 120_000;
/** Copies of one mail in one folder. */
const MOST_COPIES = 20;
const RESPONSE_BYTES = 20_000_000;

async function openClient({ host, port, security, user, password }: MailServer) {
	// Loaded here, as few runs of the node need it.
	const { ImapFlow } = await import('imapflow');
	return new ImapFlow({
		host,
		port,
		secure: security === 'tls',
		...(security === 'tls' ? {} : { doSTARTTLS: security === 'starttls' }),
		auth: { user, pass: password },
		logger: false,
		disableAutoIdle: true,
		connectionTimeout: CONNECT_MS,
		greetingTimeout: CONNECT_MS,
		socketTimeout: SILENCE_MS,
		maxLineLength: RESPONSE_BYTES,
		maxLiteralSize: RESPONSE_BYTES,
		maxResponseSize: 2 * RESPONSE_BYTES,
	});
}

type Client = Awaited<ReturnType<typeof openClient>>;

function fieldOf(error: unknown, name: string): unknown {
	return typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;
}

function adviceFor(error: unknown): string {
	if (fieldOf(error, 'authenticationFailed') === true) return 'Check user and password in the Maestro IMAP API credential; many providers want an app password.';
	const code = fieldOf(error, 'code');
	if (typeof code === 'string' && /TLS|SSL|CERT|GREETING|EPROTO|ClosedAfterConnect/i.test(code)) return 'Check host, port and "Security" in the Maestro IMAP API credential: port 993 wants TLS, port 143 STARTTLS.';
	return 'Check host and port in the Maestro IMAP API credential, and whether this machine reaches them.';
}

/** What the server said, where the library only says that a command failed. */
function saidIn(error: unknown): string {
	const said = fieldOf(error, 'responseText');
	return typeof said === 'string' && said !== '' ? said : messageOf(error);
}

async function withClient<T>(server: MailServer, signal: AbortSignal, what: string, work: (client: Client, bounded: AbortSignal) => Promise<T>): Promise<T> {
	const bounded = AbortSignal.any([signal, AbortSignal.timeout(ALL_MS)]);
	bounded.throwIfAborted();
	const client = await openClient(server);
	const failures: unknown[] = [];
	// Without a listener a connection that breaks would end n8n.
	client.on('error', (error: unknown) => failures.push(error));
	const close = (): void => client.close();
	bounded.addEventListener('abort', close, { once: true });
	try {
		await client.connect();
		return await work(client, bounded);
	} catch (error) {
		signal.throwIfAborted();
		if (error instanceof MaestroError) throw error;
		const cause = failures[0] ?? error;
		const why = bounded.aborted ? 'The server took too long' : saidIn(cause);
		throw new MaestroError('mail_failed', `${what}: ${why}`, adviceFor(cause), { host: server.host, port: server.port }, cause);
	} finally {
		bounded.removeEventListener('abort', close);
		client.close();
	}
}

/** The numbers of the mails in the open folder that carry this Message-ID; with `uid`, of that one. */
async function findCopies(client: Client, { messageId, uid }: MailToMove, signal: AbortSignal): Promise<number[]> {
	// The server looks for a part of the header; which one has exactly this ID shows in the answer.
	const found = uid > 0 ? [uid] : await client.search({ header: { 'message-id': messageId } }, { uid: true });
	signal.throwIfAborted();
	// The library gives no list where the command failed or the connection broke: that is not the same as "no such mail".
	if (!Array.isArray(found)) throw new MaestroError('mail_failed', 'The server did not search the mailbox', 'Run it again; where it fails again, give the number of the mail under "UID" (attributes.uid of Email Trigger (IMAP)), which needs no search.');
	if (found.length === 0) return [];
	const looked = await client.fetchAll(found.slice(0, MOST_COPIES), { envelope: true, uid: true }, { uid: true });
	return looked.filter(({ envelope }) => isSame(envelope?.messageId ?? '', messageId)).map((each) => each.uid);
}

/** A mail without an ID goes by the name that it was given when it was read, and is known by its number alone. */
function isSame(header: string, messageId: string): boolean {
	const own = messageIdIn(header);
	return own === undefined ? messageId.startsWith('sha256-') : own === messageId;
}

/** Without either, the library empties the folder of all that anybody marked as deleted: the mails of others would be gone for good. */
function mustMoveOne({ capabilities, enabled }: Client): void {
	const isRev2 = enabled.has('IMAP4REV2') || (capabilities.has('IMAP4rev2') && !capabilities.has('IMAP4rev1'));
	if (isRev2 || capabilities.has('MOVE') || capabilities.has('UIDPLUS')) return;
	throw new MaestroError('mail_failed', 'The server has no command that moves one mail (MOVE or UIDPLUS)', 'Maestro leaves the mail where it is: the older way removes every mail of the folder that anybody marked as deleted. Move it in a mail program, or use a server that has one of the two.');
}

/** Moves one mail to another folder. One that is not there any more is no error, so that it can be asked for twice. */
export async function moveMail(server: MailServer, mail: MailToMove, signal: AbortSignal): Promise<MovedMail> {
	return await withClient(server, signal, 'The mail could not be moved', async (client, bounded) => {
		const folders = await client.list();
		const to = putAwayIn(folders, mail.destination);
		const source = folders.find(({ path }) => path === mail.folder || (path.toUpperCase() === 'INBOX' && mail.folder.toUpperCase() === 'INBOX'));
		if (source === undefined) throw new MaestroError('mail_failed', `There is no folder "${mail.folder}" in the mailbox`, 'Give under "Mailbox Name" the folder that Email Trigger (IMAP) reads.');
		const nothing = { moved: 0, from: source.path, to };
		if (to === source.path) return nothing;
		await client.mailboxOpen(source.path);
		const copies = await findCopies(client, mail, bounded);
		if (copies.length === 0) return nothing;
		mustMoveOne(client);
		const answer = await client.messageMove(copies, to, { uid: true });
		if (!answer) throw new MaestroError('mail_failed', `The server did not move the mail to "${to}"`, 'Look whether this user may write to that folder.');
		return { moved: copies.length, from: source.path, to };
	});
}

/** Connects and logs in, and changes nothing. */
export async function tryMailbox(server: MailServer, signal: AbortSignal): Promise<void> {
	await withClient(server, signal, 'The server did not let Maestro in', async (client) => await client.noop());
}
