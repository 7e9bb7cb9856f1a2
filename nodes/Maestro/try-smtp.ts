import type { ICredentialDataDecryptedObject, INodeCredentialTestResult } from 'n8n-workflow';
import { isMaestroError, messageOf } from '../../core/errors';
import { tryServer } from '../../core/mail/smtp';
import { smtpOf } from '../shared/credentials';

export async function tryMailServer(data: ICredentialDataDecryptedObject, signal: AbortSignal): Promise<INodeCredentialTestResult> {
	try {
		await tryServer(smtpOf(data), signal);
		return { status: 'OK', message: 'The server let Maestro in. Whether it sends for your address shows with the first mail.' };
	} catch (error) {
		return { status: 'Error', message: isMaestroError(error) ? `${error.message}. ${error.advice}` : messageOf(error) };
	}
}
