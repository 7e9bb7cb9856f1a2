import type { IBinaryKeyData } from 'n8n-workflow';
import type { GivenFile } from '../../core/signal/email-attachments';

/** What a mail had with it, without its content. */
export function filesOf(binary: IBinaryKeyData | undefined): GivenFile[] {
	return Object.entries(binary ?? {}).map(([key, { fileName, mimeType, bytes }]) => ({ key, fileName, mimeType, size: bytes }));
}
