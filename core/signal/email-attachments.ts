import { decodeWords } from './email-words';
import { cut } from './text-characters';
import { visibleLine } from './text';

export interface GivenFile {
	/** The name of the binary property. */
	readonly key: string;
	readonly fileName?: string;
	readonly mimeType?: string;
	/** In bytes. */
	readonly size?: number;
}

export interface Attachment {
	readonly key: string;
	readonly name: string;
	readonly type: string;
	/** In bytes; 0 where it is not known. */
	readonly size: number;
	/** An image that an agent can look at. */
	readonly forAgent: boolean;
}

const MOST = 100;
const LONGEST_NAME = 120;
/** What the model takes. */
const IMAGES = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);
const LARGEST_IMAGE = 5_000_000;
const MOST_IMAGES = 10;

function plainName(name: string): string {
	const base = visibleLine(decodeWords(name.slice(0, 2_000))).replace(/^.*[/\\]/, '');
	return cut(base, LONGEST_NAME).trim();
}

/** The attachments, without their content. */
export function listAttachments(files: readonly GivenFile[]): { readonly attachments: Attachment[]; readonly left: number } {
	let images = 0;
	const attachments = files.slice(0, MOST).map(({ key, fileName = '', mimeType = '', size = 0 }): Attachment => {
		const type = /^[\w.+-]+\/[\w.+-]+/.exec(mimeType.toLowerCase())?.[0] ?? '';
		const forAgent = IMAGES.has(type) && size > 0 && size <= LARGEST_IMAGE && images < MOST_IMAGES;
		if (forAgent) images += 1;
		return { key, name: plainName(fileName) || key, type, size, forAgent };
	});
	return { attachments, left: files.length - attachments.length };
}

/** `12 KB` */
export function shownSize(bytes: number): string {
	if (bytes < 1_000) return `${bytes} bytes`;
	return bytes < 1_000_000 ? `${Math.round(bytes / 1_000)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
