import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { moveMail } from '../../core/mail/imap';
import { readImap } from '../shared/credentials';
import { toJson } from '../shared/items';
import type { Services } from '../shared/services';
import type { ArchiveEmail } from './email-parameters';

/** Moves a mail out of its folder. What was moved before, or by a person, is said and is no error. */
export async function archiveMail(context: IExecuteFunctions, services: Services, { messageId, uid, folder, destination }: ArchiveEmail, signal: AbortSignal): Promise<IDataObject> {
	const server = await readImap(context);
	if (server.password !== '') services.addSecret(server.password);
	const archived = await moveMail(server, { messageId, uid, folder, destination }, signal);
	return toJson({ archived: { messageId, ...archived, ...(archived.moved === 0 ? { reason: `It is not in ${archived.from} any more, or already lies where it is to go` } : {}) } });
}
