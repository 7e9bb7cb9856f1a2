import fc from 'fast-check';
import { ownWords } from '../../../core/signal/email-quote';
import { readSubject } from '../../../core/signal/email-subject';
import { decodeWords, repairCharset } from '../../../core/signal/email-words';

describe("the sender's own words", () => {
	it.each([
		['Gmail', 'New.\n\nOn Tue, Mar 12, 2024 at 5:12 PM Support <s@shop.example> wrote:\n\n> Old.\n> Older.'],
		['Gmail, over two lines', 'New.\n\nOn Tue, Mar 12, 2024 at 5:12 PM A Person With A Long Name <person@shop.example>\nwrote:\n\n> Old.'],
		['Gmail in German', 'New.\n\nAm Di., 12. März 2024 um 17:12 Uhr schrieb Support <s@shop.example>:\n\n> Old.'],
		['GMX', 'New.\n\nSupport <s@shop.example> schrieb am 12.03.2024 17:12:\n\n> Old.'],
		['Thunderbird', 'New.\n\nAm 12.03.24 um 17:12 schrieb Support:\n> Old.'],
		['French', 'New.\n\nLe mar. 12 mars 2024 à 17:12, Support <s@shop.example> a écrit :\n> Old.'],
		['Outlook', 'New.\n\n________________________________\nFrom: Support <s@shop.example>\nSent: Tuesday, March 12, 2024 5:12 PM\nTo: Ada <ada@example.com>\nSubject: Old\n\nOld.'],
		['Outlook in German', 'New.\n\nVon: Support <s@shop.example>\nGesendet: Dienstag, 12. März 2024 17:12\nAn: Ada\nBetreff: Old\n\nOld.'],
		['Outlook of old', 'New.\n\n-----Original Message-----\nFrom: Support\n\nOld.'],
		['Outlook of old in German', 'New.\n\n-----Ursprüngliche Nachricht-----\nVon: Support\n\nOld.'],
		['quotes without a word', 'New.\n\n> Old.\n>> Older.'],
		['no > before what is quoted', 'New.\n\nOn 12 March 2024, Support wrote:\n\nOld.'],
	])('are kept and the mail that they answer is not: %s', (_program, text) => {
		expect(ownWords(text, false)).toEqual({ text: 'New.', forwarded: '', cut: ['history'] });
	});

	it.each([
		['New.\n\n-- \nAda\nExample Ltd', 'New.'],
		['New.\n--\nAda', 'New.'],
		['New.\n\nSent from my iPhone', 'New.'],
		['New.\n\nVon meinem iPhone gesendet', 'New.'],
		['New.\n\nGet Outlook for Android', 'New.'],
		['New.\n_______________________________________________\nusers mailing list', 'New.'],
	])('are kept and the signature is not: %j', (text, own) => {
		expect(ownWords(text, false)).toEqual({ text: own, forwarded: '', cut: ['signature'] });
	});

	it.each([
		'I wrote:\nNothing.',
		'On Monday the server wrote:\nError 500',
		'From: is a field that is missing.\nTo me it looks wrong.',
		'Am Montag ging es noch.\n\nSeitdem nicht.',
		'On Monday it worked: fine.',
		'a\n---\nb',
		'git log --oneline\n--force',
		'if (a > b)\n  c > d',
	])('are left alone in %j', (text) => {
		expect(ownWords(text, false)).toEqual({ text, forwarded: '', cut: [] });
	});

	it('between the lines of a quote stay there, with what they answer', () => {
		const quote = Array.from({ length: 10 }, (_, index) => `> Line ${index}`).join('\n');
		expect(ownWords(`A:\n\n${quote}\n\nYes.\n\n> Other?\n\nNo.\n\n> Bye`, false)).toEqual({ text: 'A:\n\n> Line 6\n> Line 7\n> Line 8\n> Line 9\n\nYes.\n\n> Other?\n\nNo.', forwarded: '', cut: ['history'] });
	});

	it('come with what the mail passes on', () => {
		const header = 'Von: Kunde\nGesendet: gestern\nAn: mich\nBetreff: Alt';
		expect(ownWords(`Bitte.\n\n${header}\n\nHilfe.\n\n-- \nKunde`, true)).toEqual({ text: 'Bitte.', forwarded: `${header}\n\nHilfe.\n\n--\nKunde`, cut: [] });
		expect(ownWords(`${header}\n\nHilfe.`, true)).toMatchObject({ text: '', forwarded: `${header}\n\nHilfe.` });
		expect(ownWords('See.\n\n-------- Weitergeleitete Nachricht --------\nBetreff: Alt\n\nHilfe.', false)).toMatchObject({ text: 'See.', forwarded: expect.stringContaining('Hilfe.') });
	});

	it('hold nothing that was not in the mail, whatever it is', () => {
		const line = fc.constantFrom('> a', '>> b', '', 'c', '-- ', 'On x wrote:', 'Am x schrieb y:', 'From: d', 'To: e', 'Subject: f', '-----Original Message-----', '---------- Forwarded message ---------', '____________');
		fc.assert(
			fc.property(fc.array(line, { maxLength: 20 }), fc.boolean(), (lines, isForward) => {
				const { text, forwarded } = ownWords(lines.join('\n'), isForward);
				for (const each of `${text}\n${forwarded}`.split('\n')) expect(each === '' || lines.some((given) => given.includes(each.trim()))).toBe(true);
			}),
		);
	});
});

describe('the subject', () => {
	it.each([
		['Re: A', 'A', 'reply'],
		['AW: WG: A', 'A', 'reply'],
		['WG: AW: A', 'A', 'forward'],
		['Fwd: Fw: A', 'A', 'forward'],
		['RE[2]: Re (3): A', 'A', 'reply'],
		['Antwort: A', 'A', 'reply'],
		['[EXTERNAL] Re: A', 'A', 'reply'],
		['A: B', 'A: B', 'new'],
		['Regarding: A', 'Regarding: A', 'new'],
		['[Bug]: A', '[Bug]: A', 'new'],
		['Re:', '', 'reply'],
		[' A\r\n B ', 'A B', 'new'],
	])('%j is %j, a %s', (subject, title, kind) => {
		expect(readSubject(subject)).toEqual({ title, kind });
	});
});

describe('charsets', () => {
	it.each([
		['=?utf-8?Q?Gr=C3=BC=C3=9Fe?=', 'Grüße'],
		['=?UTF-8?B?R3LDvMOfZQ==?= =?utf-8?q?_an_alle?=', 'Grüße an alle'],
		['=?iso-8859-1*de?Q?Gr=FC=DFe?= an', 'Grüße an'],
		['=?x-none?Q?5_=80?=', '5 €'],
		['no =?utf-8?X?words?=', 'no =?utf-8?X?words?='],
	])('%j says %j', (text, expected) => {
		expect(decodeWords(text)).toBe(expected);
	});

	it.each([
		['GrÃ¼Ã\u009Fe', 'Grüße'],
		['5 \u0080 \u0084so\u0093', '5 € „so“'],
		['Grüße', 'Grüße'],
		['日本語 Ã¼', '日本語 Ã¼'],
		['Ãœ', 'Ãœ'],
	])('%j was %j', (text, expected) => {
		expect(repairCharset(text)).toBe(expected);
	});
});
