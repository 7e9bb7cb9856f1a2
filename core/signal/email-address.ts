import { decodeWords } from './email-words';
import { cut } from './text-characters';
import { visibleLine } from './text';

export interface Sender {
	/** As it calls itself; anybody can choose any. */
	readonly name: string;
	/** In lower case; empty where there is none that is plain to read. */
	readonly address: string;
	readonly domain: string;
	/** There are several, or it can be read in two ways: no check of it says anything. */
	readonly ambiguous: boolean;
}

const ADDRESS = /^[^\s\p{Cc}@<>,;:"()[\]\\]{1,64}@(?=.{1,255}$)[\p{L}\p{N}](?:[\p{L}\p{N}.-]*[\p{L}\p{N}])?$/u;
const LONGEST_NAME = 100;

function sender(name: string, address: string, ambiguous: boolean): Sender {
	const plain = address.trim().toLowerCase();
	const isAddress = ADDRESS.test(plain);
	return {
		name: cut(visibleLine(decodeWords(name)).replace(/["\\<>]/g, '').trim(), LONGEST_NAME),
		address: isAddress ? plain : '',
		domain: isAddress ? plain.slice(plain.lastIndexOf('@') + 1) : '',
		ambiguous: ambiguous || !isAddress,
	};
}

/** A From line: `Ada <ada@example.com>`. */
export function readSender(from: string): Sender {
	const line = from.slice(0, 2_000).replace(/\s+/g, ' ').trim();
	const angles = [...line.matchAll(/<([^<>]*)>/g)];
	const [angle] = angles.slice(-1);
	if (angle === undefined) return sender('', line, false);
	const [whole, address = ''] = angle;
	const rest = line.slice(angle.index + whole.length).trim();
	// n8n decodes the line before anybody parses it, so that a name can look like an address, a comma or a bracket.
	const name = line.slice(0, angle.index);
	return sender(name, address, angles.length > 1 || rest !== '' || /[<>]/.test(name));
}

/** Senders that were parsed already. */
export function senderOf(entries: readonly { readonly name?: string; readonly address?: string }[]): Sender {
	const [first] = entries;
	return sender(first?.name ?? '', first?.address ?? '', entries.length !== 1);
}
