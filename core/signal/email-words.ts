import { TextDecoder } from 'node:util';

const ENCODED = /=\?([\w.:+-]{1,40})(?:\*[\w-]{0,20})?\?([BbQq])\?([^?\s]*)\?=/g;
/** White space between two encoded words is not part of the text. */
const BETWEEN = /(=\?[^?\s]{1,80}\?[BbQq]\?[^?\s]*\?=)\s+(?==\?[^?\s]{1,80}\?[BbQq]\?)/g;

/** What Windows-1252 has where Latin-1 has control characters. */
const WINDOWS = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008DŽ\u008F\u0090‘’“”•–—˜™š›œ\u009DžŸ';

function decoder(charset: string): TextDecoder {
	try {
		return new TextDecoder(charset);
	} catch {
		return new TextDecoder('windows-1252');
	}
}

function bytesOf(encoding: string, text: string): Uint8Array {
	if (encoding.toLowerCase() === 'b') return Buffer.from(text, 'base64');
	return Buffer.from(text.replaceAll('_', ' ').replace(/=([0-9A-Fa-f]{2})/g, (_, code: string) => String.fromCharCode(parseInt(code, 16))), 'latin1');
}

/** `=?utf-8?Q?Gr=C3=BC=C3=9Fe?=` as what it means; an unknown charset is read as the one of Windows. */
export function decodeWords(text: string): string {
	return text.replace(BETWEEN, '$1').replace(ENCODED, (_, charset: string, encoding: string, word: string) => decoder(charset).decode(bytesOf(encoding, word)));
}

const SUSPICIOUS = /[\u00C2-\u00F4][\u0080-\u00BF]/;
// eslint-disable-next-line no-control-regex -- only characters that one byte can have spelled
const ONE_BYTE = /^[\u0000-\u00FF]*$/;

/** Mends what was read in the wrong charset, as n8n's trigger does with mails that are not in UTF-8. */
export function repairCharset(text: string): string {
	let repaired = text;
	if (SUSPICIOUS.test(text) && ONE_BYTE.test(text)) {
		try {
			repaired = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(text, 'latin1'));
		} catch {
			// It is no UTF-8, so it was read rightly.
		}
	}
	return repaired.replace(/[\u0080-\u009F]/g, (control) => WINDOWS.charAt(control.charCodeAt(0) - 0x80));
}
