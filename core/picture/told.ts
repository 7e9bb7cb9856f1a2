import type { KeptPicture } from './kept';

/** What an agent is told of them, as a text from outside: what they show was made by others. Empty: there are none. */
export function picturesTold(pictures: readonly KeptPicture[]): string {
	if (pictures.length === 0) return '';
	const files = pictures.map(({ path, bytes }) => `- ${path} (${Math.ceil(bytes / 1000)} KB)`);
	return ['These pictures came with the task, as files that the tool Read shows:', '', ...files].join('\n');
}
