import type { ICredentialDataDecryptedObject, INodeCredentialTestResult } from 'n8n-workflow';
import { isMaestroError, messageOf } from '../../core/errors';
import { tryMailbox } from '../../core/mail/imap';
import type { MailServer } from '../../core/mail/server';
import { tryServer } from '../../core/mail/smtp';
import { redactor } from '../../core/redact';
import { imapOf, smtpOf } from '../shared/credentials';

function said(error: unknown): string {
	return isMaestroError(error) ? `${error.message}. ${error.advice}` : messageOf(error);
}

async function verdict(message: string, read: () => MailServer, attempt: (server: MailServer) => Promise<void>): Promise<INodeCredentialTestResult> {
	let secrets: string[] = [];
	try {
		const server = read();
		secrets = [server.password];
		await attempt(server);
		return { status: 'OK', message };
	} catch (error) {
		// A server may repeat what it was sent.
		return { status: 'Error', message: redactor(secrets)(said(error)) };
	}
}

export async function trySmtp(data: ICredentialDataDecryptedObject, signal: AbortSignal): Promise<INodeCredentialTestResult> {
	return await verdict('The server let Maestro in. Whether it sends for your address shows with the first mail.', () => smtpOf(data), async (server) => await tryServer(server, signal));
}

export async function tryImap(data: ICredentialDataDecryptedObject, signal: AbortSignal): Promise<INodeCredentialTestResult> {
	return await verdict('The server let Maestro in', () => imapOf(data), async (server) => await tryMailbox(server, signal));
}
