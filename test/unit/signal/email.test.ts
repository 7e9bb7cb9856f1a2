import fc from 'fast-check';
import { readEmail } from '../../../core/signal/email';
import { MAESTRO_MAIL_DOMAIN, MAESTRO_MAIL_LINE } from '../../../core/signal/email-automatic';
import { showText } from '../../../core/signal/text';
import { delivery, FORMATS, item, mailNames, signalOf, simple, staleMails } from './mails';

test('the items were made of the mails as they are', () => {
	expect(mailNames.length).toBeGreaterThan(30);
	expect(staleMails()).toEqual([]);
});

const words: [mail: string, title: string, kind: string, body: string][] = [
	[
		'plain',
		'The cart stays empty',
		'new',
		'Hello,\n\nwhen I add a book to the cart, it stays empty. Größe: 2 Stück.\nSee https://github.com/octo/shop/issues/12 and\nhttps://acme.sentry.io/issues/4711/?project=5.\n\nBest,\nAda',
	],
	['gmail-reply', 'Export as CSV', 'reply', 'It still happens with version 2.4.\n\nThe file ends after 1,000 lines.'],
	[
		'gmail-forward',
		'Invoice shows the wrong VAT',
		'forward',
		'Please look at this one.\n\nPassed on with it:\n\n---------- Forwarded message ---------\nFrom: Customer <customer@example.net>\nDate: Tue, Mar 12, 2024 at 3:00 PM\nSubject: Invoice shows the wrong VAT\nTo: <grace@example.org>\n\nThe invoice 2024-17 says 7 % where it should say 19 %.',
	],
	['outlook-reply-german', 'Anmeldung schlägt fehl', 'reply', 'Guten Tag,\n\nmit Firefox geht es, mit Edge nicht.\n\nMit freundlichen Grüßen\n\nJana Müller'],
	['outlook-web-reply', 'Slow search', 'reply', 'Searching for "analytical engine" takes 40 seconds.'],
	['apple-reply', 'Dark mode', 'reply', 'Thanks for the quick answer.\n\n> Which device do you use?\n\nAn iPad.'],
	[
		'apple-forward-german',
		'Rechnung fehlt',
		'forward',
		'Bitte prüfen.\n\nPassed on with it:\n\nAnfang der weitergeleiteten Nachricht:\n\nVon: Kunde <kunde@example.net>\nBetreff: Rechnung fehlt\nDatum: 12. März 2024 um 17:12:00 MEZ\nAn: ada@example.com\n\nZur Bestellung 815 kam keine Rechnung.',
	],
	['thunderbird-inline-german', 'Fragen zum Import', 'reply', 'Hallo,\n\n> Hallo Jana,\n> welches Format hat die Datei?\n\nCSV mit Semikolon.\n\n> Und wie groß ist sie?\n\n12 MB.\n\nGruß\nJana'],
	[
		'html-only',
		'Steps to see it',
		'new',
		'Steps\n\n1. Open the cart <https://shop.example/cart?id=7>\n2. Press \\<Enter>\n\nIt shows:\n\nError: no item\n    at add (cart.js:12)\n\nBrowser | Works\nFirefox | yes\n\n[Image: Screenshot of the cart]\n\nWrite to ada@example.com or see https://shop.example/help.',
	],
	['windows-1252-quoted', 'Preis in € falsch', 'new', 'Der Preis ist 5 € und nicht „10 €“.'],
	['no-subject', 'The printer view is cut off on the right.', 'new', 'The printer view is cut off on the right.\n\nIt is since Monday.'],
];

describe.each(FORMATS)('of a mail in the format %s', (format) => {
	it.each(words)('the words of the sender are read: %s', (name, title, kind, body) => {
		expect(signalOf(item(name)[format]).signal).toMatchObject({ title, kind: `email.${kind}`, body, source: 'email', repository: 'octo/shop', severity: 'medium', labels: [] });
	});

	it.each([
		['auto-reply-exchange', 'Return-Path: <>'],
		['auto-reply-vacation', 'Auto-Submitted: auto-replied (vacation)'],
		['auto-reply-suppressed', 'X-Auto-Response-Suppress: DR, OOF, AutoReply'],
		['bounce', 'multipart/report'],
		['bounce-without-headers', 'postmaster@mx.example is no person'],
		['mailing-list', 'mailing list users.lists.example.org'],
		['newsletter', 'Precedence: bulk'],
		['maestro-own', 'Maestro sent it itself'],
		['maestro-own-header', 'Maestro sent it itself'],
	])('%s is dropped, and the reason is said', (name, reason) => {
		expect(readEmail(delivery(item(name)[format]))).toEqual({ kind: 'ignored', reason: expect.stringContaining(reason) });
	});

	it('nothing that its reader could not see is left, and all of it is told', () => {
		const { signal } = signalOf(item('hidden-text')[format]);
		expect(`${signal.title}${signal.body}`).not.toContain('secret');
		expect(signal.body).toBe(
			'The price is wrong.\n\nShown on black.\nShown on a picture.\n\nShown on wide screens.\n\nthe shop <https://shop.example/>\n\ninvisible order\n\n[Image: A picture]\n\nLiteral \\<!-- shown --> and \\<script>.',
		);
		const told = ['preheader', 'comment', 'display more', 'size', 'tiny', 'white', 'font', 'black', 'invisible', 'escaped', 'twice', 'hidden', 'opacity', 'left', 'height', 'indent', 'mso', 'transparent', 'hsl', 'noscript'];
		for (const what of told) expect(signal.hidden).toContainEqual(expect.stringContaining(`secret-${what}`));
		expect(signal.hidden?.at(-1)).toBe('and 1 more');
	});

	it('in a charset that nobody knows what can be read is read, and a note says so', () => {
		const { signal, mail } = signalOf(item('broken-charset')[format]);
		expect(signal.body).toMatch(/^Gr.+e, the page stays .+ white\.$/);
		expect(mail.notes).toContainEqual(expect.stringContaining('4 characters could not be read'));
	});

	it('attachments are listed by name, type and size, and an image may go to the agent', () => {
		const { files, [format]: given } = item('attachments');
		const { signal, mail } = signalOf(given, { files });
		expect(mail.attachments).toEqual([
			{ key: 'attachment_0', name: 'Größe.png', type: 'image/png', size: 70, forAgent: true },
			{ key: 'attachment_1', name: 'server.log', type: 'text/plain', size: 10, forAgent: false },
		]);
		expect(signal.body).toBe('See the files.\n\nAttachments:\n\n- Größe.png (image/png, 70 bytes)\n- server.log (text/plain, 10 bytes)');
	});
});

describe('the conversation', () => {
	const fingerprint = (headers: Record<string, string>): string => signalOf(simple({ headers })).signal.fingerprint;

	it('is named by its first mail, so that every answer is about the same', () => {
		expect(fingerprint({ 'message-id': '<a@x>' })).toBe('email:a@x');
		expect(fingerprint({ 'message-id': '<c@x>', 'in-reply-to': '<a@x>' })).toBe('email:a@x');
		expect(fingerprint({ 'message-id': '<d@x>', 'in-reply-to': '<c@x>', references: '<a@x>\r\n <c@x>' })).toBe('email:a@x');
	});

	it('of a mail without an ID is named by what the mail says', () => {
		const made = (plain: string): string => signalOf(simple({ headers: { 'message-id': '' }, plain })).signal.fingerprint;
		expect(made('one')).toMatch(/^email:sha256-[0-9a-f]{40}$/);
		expect(made('one')).toBe(made('one'));
		expect(made('one')).not.toBe(made('two'));
	});

	it('has a fingerprint that fits into an address, however long the ID is', () => {
		expect(fingerprint({ references: `<${'a'.repeat(5_000)}@x>` }).length).toBeLessThan(100);
	});
});

/** All but the tab and the line end; PostgreSQL refuses a row with a NUL. */
const CONTROL = /(?![\t\n])\p{Cc}/u;
const controls = '\0\u0001\u001f\u007f\u0081';

describe('control characters', () => {
	it.each([
		['message-id', `<a${controls}b@example.com>`, { messageId: 'ab@example.com', threadId: 'ab@example.com' }],
		['references', `<${controls}root@example.com> <x@example.com>`, { messageId: 'made-1@example.com', threadId: 'root@example.com' }],
		['in-reply-to', `<root@example.com${controls}>`, { messageId: 'made-1@example.com', threadId: 'root@example.com' }],
	])('in %s are no part of what a mail is known by', (name, value, known) => {
		const { mail, signal } = signalOf(simple({ plain: 'Hello', headers: { [name]: value } }));
		expect(mail).toMatchObject(known);
		expect(signal).toMatchObject({ fingerprint: `email:${known.threadId}`, deliveryId: known.messageId });
	});

	it('reach nothing that becomes part of a row, wherever in a mail they stand', () => {
		const dirty = `a${controls}b`;
		for (const from of [`${dirty} <${dirty}@example.com>`, `${dirty}@example.com`, `<ada@exam${controls}ple.com>`]) {
			for (const parts of [{ plain: dirty }, { html: `<p>${dirty}</p>` }, { plain: dirty, subject: dirty }]) {
				const { signal } = signalOf(simple({ subject: '', ...parts, from, headers: { 'message-id': `<${dirty}@example.com>`, references: dirty } }), { files: [{ key: 'attachment_0', fileName: dirty, mimeType: `image/png${dirty}` }] });
				expect(Object.values({ ...signal, hidden: '' }).filter((value) => CONTROL.test(String(value)))).toEqual([]);
				expect(signal).toMatchObject({ title: 'ab', fingerprint: 'email:ab', deliveryId: 'ab@example.com' });
				expect(signal.body).toContain('ab');
			}
		}
	});
});

describe('what has to be left out', () => {
	it('is said in the body or in a note', () => {
		const { signal, mail } = signalOf(simple({ plain: `${'word '.repeat(1_000_000)}the end` }));
		expect(signal.body.length).toBeLessThan(100_200);
		expect(signal.body).toMatch(/\[cut: \d+ characters more\]$/);
		expect(mail.notes).toEqual(['The mail is too long: only its beginning was read.', 'The text was cut after 100000 characters.']);
	});

	it('of a page of five megabytes is said too', () => {
		const { signal, mail } = signalOf(simple({ html: '<p>Hello <b>you</b></p>\n'.repeat(250_000) }));
		expect(signal.body).toMatch(/^Hello you\n\nHello you\n[^]*\[cut: \d+ characters more\]$/);
		expect(mail.notes).toEqual(['The mail is too long: only its beginning was read.', 'The text was cut after 100000 characters.']);
		expect(signalOf(simple({ html: `<img src="data:image/png;base64,${'A'.repeat(4_900_000)}"><p>The end</p>` })).signal.body).toBe('The end');
	});

	it('of thirty megabytes of attachments is all but what they are', () => {
		const files = Array.from({ length: 150 }, (_, index) => ({ key: `attachment_${index}`, fileName: `dir\\shot ${index}.png`, mimeType: 'IMAGE/PNG; name=x', size: 200_000 }));
		const { signal, mail } = signalOf(simple(), { files });
		expect(mail.attachments).toHaveLength(100);
		expect(mail.attachments.filter(({ forAgent }) => forAgent)).toHaveLength(10);
		expect(signal.body).toContain('- shot 99.png (image/png, 200 KB)\n- and 50 more');
		expect(signalOf(simple(), { files: [{ key: 'a', mimeType: 'image/png', size: 30_000_000 }, { key: 'b', mimeType: 'image/svg+xml', size: 10 }] }).mail.attachments).toMatchObject([
			{ name: 'a', forAgent: false },
			{ name: 'b', forAgent: false },
		]);
	});

	it('leaves a mail with no words at all a title', () => {
		expect(signalOf(simple({ subject: '' })).signal).toMatchObject({ title: 'Mail of ada@example.com without a subject', body: '' });
		expect(signalOf(simple({ subject: 'Re: Fwd: ', from: '' })).signal).toMatchObject({ title: 'Mail of an unknown sender without a subject', author: 'an unknown sender' });
	});
});

it('a page counts before the plain text beside it, since that is what its reader saw', () => {
	expect(signalOf(simple({ html: '<p>Seen</p>', plain: 'Unseen' })).signal.body).toBe('Seen');
	expect(signalOf(simple({ html: '<div style="display:none">x</div>', plain: 'Plain' })).signal.body).toBe('Plain');
});

it('a mail that is nothing but a signature or a quote is read all the same', () => {
	expect(signalOf(simple({ html: '<div class="gmail_signature">Call me</div>' })).signal.body).toBe('Call me');
	expect(signalOf(simple({ plain: '> It is broken.\n> Very.' })).signal.body).toBe('It is broken.\nVery.');
});

it('what is no mail of the trigger is told to be none', () => {
	for (const given of [undefined, null, 'text', [], {}, { raw: 'RnJvbTog' }]) expect(readEmail(delivery(given))).toMatchObject({ kind: 'invalid' });
});

it('a mail that answers one of Maestro is none of Maestro', () => {
	const headers = { 'in-reply-to': `<digest@${MAESTRO_MAIL_DOMAIN}>`, references: `<digest@${MAESTRO_MAIL_DOMAIN}>` };
	expect(signalOf(simple({ headers, plain: 'Please stop task 7.' })).signal.body).toBe('Please stop task 7.');
	expect(readEmail(delivery(simple({ headers: { 'message-id': `<x@${MAESTRO_MAIL_DOMAIN}.evil.example>` } }))).kind).toBe('signal');
});

it('a mail with the line that Maestro writes to its own people is dropped, also where it stands on a page', () => {
	for (const mail of [simple({ html: `<p>Digest</p><p>${MAESTRO_MAIL_LINE}</p>` }), simple({ plain: `Digest\n\n-- \n${MAESTRO_MAIL_LINE}\n` })]) {
		expect(readEmail(delivery(mail))).toEqual({ kind: 'ignored', reason: 'Maestro sent it itself' });
	}
});

it('a mailing list that is allowed by its name starts work', () => {
	expect(readEmail(delivery(item('mailing-list').simple, { allowedLists: ['users.lists.example.org'] }))).toMatchObject({ kind: 'signal', signal: { body: 'How do I export?' } });
});

it('what links to an issue of the project or of Sentry says so', () => {
	expect(signalOf(item('plain').simple).mail.links).toMatchObject([{ fingerprint: 'github:octo/shop#12' }, { fingerprint: 'sentry:acme:4711' }]);
});

it('a page of elements within elements without end is read to where it begins', () => {
	const { signal } = signalOf(simple({ html: `<p>Before</p>${'<div>'.repeat(1_000_000)}x` }));
	expect(signal).toMatchObject({ body: 'Before', hidden: ['all after elements within elements without end'] });
	expect(signalOf(simple({ html: `<style>.a{color:red}</style>${'<b><i>'.repeat(400_000)}x`, plain: 'Plain' })).signal.body).toBe('Plain');
});

describe('whatever a mail holds', () => {
	const piece = fc.oneof(
		fc.constantFrom('<div style="display:none">', '</div>', '<!--', '-->', '<style>', '</style>', '.a{display:none}', '<p class="a">', '<blockquote>', '</blockquote>', '<b>', '</b>', '&lt;', '&#60;', '&#x5b;'),
		fc.constantFrom('\n> ', '\n', 'On 1 May, A wrote:\n', 'Von: A\nAn: B\nBetreff: C\n', '-- \n', '```', '\n\n```js x\n', '~~~', '\n\n', '[a]: b "c"\n', '![x](y "z")', '[', ']', '](', '<', '>', '"', '\\', '=?utf-8?Q?=3C?='),
		fc.string({ maxLength: 5, unit: 'binary' }),
	);
	const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''));

	it('it is read without an error, its text shows all that it holds, and no character in it is invisible', () => {
		fc.assert(
			fc.property(text, text, text, text, (html, plain, subject, from) => {
				const reading = readEmail(delivery(simple({ html, plain, subject, from, headers: { 'authentication-results': subject, references: from } })));
				if (reading.kind !== 'signal') return;
				const { body, title } = reading.signal;
				expect(showText(body)).toEqual({ text: body, hidden: [] });
				expect(`${title}${body}`).not.toMatch(/(?![\n\t])[\p{Cc}\p{Default_Ignorable_Code_Point}\p{Surrogate}]/u);
				expect(reading.signal.authorTrust).toBe('none');
			}),
			{ numRuns: 300 },
		);
	});

	it('any JSON at all gives an answer', () => {
		fc.assert(fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => expect(['invalid', 'ignored', 'signal']).toContain(readEmail(delivery({ metadata: one, headers: other, from: one, html: other, textHtml: one })).kind)));
	});
});

describe('styles that may hide', () => {
	const read = (html: string): { body: string; hidden?: string[] } => signalOf({ ...simple({}), textHtml: `${html}<p>Seen</p>`, textPlain: '' }).signal;

	it.each(['<p style="color:#0000">secret</p>', '<p style="color:hsla(0, 0%, 50%, 0)">secret</p>', '<p style="color:oklch(50% 0 0 / 0)">secret</p>', '<dialog>secret</dialog>', '<style>@supports (display:grid){@layer a{.x{display:none}}}</style><p class="x">secret</p>'])('take the text out where that is sure: %s', (html) => {
		expect(read(html)).toMatchObject({ body: 'Seen', hidden: [expect.stringContaining('secret')] });
	});

	it.each(['color:cornsilk', 'color:oklch(100% 0 0)', '-webkit-text-fill-color:transparent', 'zoom:0', 'font:0/0 a', 'margin:-9999px 0 0 -9999px', 'inset:-9999px auto auto', 'transform:translatex(-9999px)', 'font-size:calc(1px - 1px)', 'filter:opacity(0)', 'color:canvas !important'])('are named to a person where it is not: %s', (style) => {
		expect(read(`<div style="${style}"><b>secret</b></div>`)).toMatchObject({ hidden: [expect.stringMatching(/^may be hidden \(.*\): secret$/)] });
	});

	it.each(['[data-a="1"]', 'p:not(.ok)', ':is(.x)'])('are named where it is not clear for what they are: %s', (selector) => {
		expect(read(`<style>${selector}{display:none}</style><p>Hi</p>`).hidden).toEqual([`may hide something: ${selector} {display:none}`]);
	});

	it.each(['color:darkblue', 'color:windowtext', 'font:12px/1.4 Arial', 'margin:0 -15px', 'transform:none', 'letter-spacing:-0.02em', 'color:hsl(10, 20%, 0%)'])('say nothing where they are ordinary: %s', (style) => {
		expect(read(`<p style="${style}">Hi</p>`)).toEqual(expect.objectContaining({ body: 'Hi\n\nSeen' }));
		expect(read(`<p style="${style}">Hi</p>`).hidden).toBeUndefined();
	});

	it('take no longer to look at than they are long', () => {
		const at = performance.now();
		read(`<p style="left:${'1'.repeat(4_900)}">a</p>`.repeat(400));
		expect(performance.now() - at).toBeLessThan(2_000);
	});
});
