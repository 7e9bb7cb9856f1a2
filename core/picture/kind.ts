/** What a file is by its first bytes; its name and its declared type are its sender's words. Pure. */
import type { Buffer } from 'node:buffer';

/** As file extensions; what a model can look at. */
export const PICTURE_KINDS = ['png', 'jpg', 'gif', 'webp'] as const;
export type PictureKind = (typeof PICTURE_KINDS)[number];

/** Undefined: none of them. */
export function pictureKind(content: Buffer): PictureKind | undefined {
	const start = content.toString('latin1', 0, 12);
	if (start.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
	if (start.startsWith('\xff\xd8\xff')) return 'jpg';
	if (/^GIF8[79]a/.test(start)) return 'gif';
	if (/^RIFF[^]{4}WEBP$/.test(start)) return 'webp';
	return undefined;
}
