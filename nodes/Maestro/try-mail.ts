import type { ICredentialDataDecryptedObject, INodeCredentialTestResult } from 'n8n-workflow';
import { isMaestroError, messageOf } from '../../core/errors';
import { tryMailbox } from '../../core/mail/imap';
import { tryServer } from '../../core/mail/smtp';
import { imapOf, smtpOf } from '../shared/credentials';

async function verdict(message: string, attempt: () => Promise<void>): Promise<INodeCredentialTestResult> {
	try {
		await attempt();
		return { status: 'OK', message };
	} catch (error) {
		return { status: 'Error', message: isMaestroError(error) ? `${error.message}. ${error.advice}` : messageOf(error) };
	}
}

export async function trySmtp(data: ICredentialDataDecryptedObject, signal: AbortSignal): Promise<INodeCredentialTestResult> {
	return await verdict('The server let Maestro in. Whether it sends for your address shows with the first mail.', async () => await tryServer(smtpOf(data), signal));
}

export async function tryImap(data: ICredentialDataDecryptedObject, signal: AbortSignal): Promise<INodeCredentialTestResult> {
	return await verdict('The server let Maestro in', async () => await tryMailbox(imapOf(data), signal));
}
