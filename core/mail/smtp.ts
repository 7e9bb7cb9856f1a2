import { MaestroError, messageOf } from '../errors';
import { MAESTRO_HEADER } from '../signal/email-automatic';
import type { MailServer } from './server';

export interface OutgoingMail {
	readonly from: string;
	readonly to: string;
	readonly subject: string;
	readonly text: string;
	readonly inReplyTo: string;
	readonly references: readonly string[];
}

export interface SentMail {
	readonly messageId: string;
	/** What the server said. */
	readonly answer: string;
}

const CONNECT_MS = 20_000;
const SILENCE_MS = 60_000;

function adviceFor(code: string): string {
	switch (code) {
		case 'EAUTH':
			return 'Check user and password in the Maestro SMTP API credential.';
		case 'EENVELOPE':
			return 'The server does not take this sender or this recipient: check "From Email", and whether the account may send for that address.';
		case 'ETLS':
		case 'ESOCKET':
			return 'Check host, port and "Security" in the Maestro SMTP API credential: port 465 wants TLS, port 587 STARTTLS.';
		default:
			return 'Check host and port in the Maestro SMTP API credential, and whether this machine reaches them.';
	}
}

async function openTransport({ host, port, security, user, password }: MailServer) {
	// Loaded here, as few runs of the node need it.
	const { createTransport } = await import('nodemailer');
	return createTransport({
		host,
		port,
		secure: security === 'tls',
		requireTLS: security === 'starttls',
		ignoreTLS: security === 'none',
		...(user === '' ? {} : { auth: { user, pass: password } }),
		connectionTimeout: CONNECT_MS,
		greetingTimeout: CONNECT_MS,
		socketTimeout: SILENCE_MS,
		disableFileAccess: true,
		disableUrlAccess: true,
	});
}

type Transport = Awaited<ReturnType<typeof openTransport>>;

async function withTransport<T>(server: MailServer, signal: AbortSignal, what: string, work: (transport: Transport) => Promise<T>): Promise<T> {
	signal.throwIfAborted();
	const transport = await openTransport(server);
	const close = (): void => transport.close();
	signal.addEventListener('abort', close, { once: true });
	try {
		return await work(transport);
	} catch (error) {
		signal.throwIfAborted();
		const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
		throw new MaestroError('mail_failed', `${what}: ${messageOf(error)}`, adviceFor(code), { host: server.host, port: server.port }, error);
	} finally {
		signal.removeEventListener('abort', close);
		transport.close();
	}
}

/** Sends one mail in plain text. It carries the header by which Maestro knows its own mails again. */
export async function sendMail(server: MailServer, mail: OutgoingMail, signal: AbortSignal): Promise<SentMail> {
	return await withTransport(server, signal, 'The mail could not be sent', async (transport) => {
		const { from, to, subject, text, inReplyTo, references } = mail;
		const sent = await transport.sendMail({
			from,
			// As an object, so that nothing in it can be read as a further address.
			to: { name: '', address: to },
			subject,
			text,
			...(inReplyTo === '' ? {} : { inReplyTo }),
			...(references.length === 0 ? {} : { references: [...references] }),
			headers: { [MAESTRO_HEADER]: 'reply' },
		});
		return { messageId: sent.messageId, answer: sent.response };
	});
}

/** Connects and logs in, and sends nothing. */
export async function tryServer(server: MailServer, signal: AbortSignal): Promise<void> {
	await withTransport(server, signal, 'The server did not let Maestro in', async (transport) => await transport.verify());
}
