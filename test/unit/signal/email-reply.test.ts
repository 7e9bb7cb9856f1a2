import { replyTo } from '../../../core/signal/email-reply';
import { FORMATS, item, simple } from './mails';

const headersOf = (headers: Record<string, string>, more: object = {}): ReturnType<typeof replyTo> => replyTo({ ...simple({ headers }), ...more });

test.each(FORMATS)('an answer goes to the sender, in the conversation, in the format %s', (format) => {
	expect(replyTo(item('gmail-reply')[format])).toEqual({
		to: 'grace@example.org',
		subject: 'Re: Export as CSV',
		inReplyTo: '<gmail-3@mail.example.org>',
		references: ['<root-1@mail.example.org>', '<support-2@shop.example>', '<gmail-3@mail.example.org>'],
	});
});

test('Reply-To counts where it names somebody, else the sender', () => {
	expect(headersOf({ 'reply-to': 'A Customer <Customer@Example.net>' })?.to).toBe('customer@example.net');
	for (const none of ['', 'undisclosed', 'a@example.net, b@example.net', '<>']) expect(headersOf({ 'reply-to': none })?.to).toBe('ada@example.com');
});

test('names nobody where the mail names nobody', () => {
	expect(replyTo(simple({ from: 'nobody' }))?.to).toBe('');
});

test('without References the mail before counts, and without an ID there is none to answer', () => {
	expect(headersOf({ 'message-id': '<2@x.example>', 'in-reply-to': '<1@x.example> <0@x.example>' })?.references).toEqual(['<1@x.example>', '<2@x.example>']);
	expect(headersOf({ 'message-id': '', references: '<1@x.example>' })).toMatchObject({ inReplyTo: '', references: ['<1@x.example>'] });
	expect(headersOf({ 'message-id': 'not an id' })?.inReplyTo).toBe('');
});

test('what is no ID of a mail cannot become a header', () => {
	const references = '<good@x.example> <bad id@x.example> <\u00e4@x.example> <x@y\r\nBcc: all@example.com> <good@x.example>';
	expect(headersOf({ 'message-id': `<${'a'.repeat(400)}@x.example>`, references })).toMatchObject({ inReplyTo: '', references: ['<good@x.example>'] });
});

test('of a long conversation its first and its last mails are named', () => {
	const ids = Array.from({ length: 500 }, (_, index) => `<${index}@x.example>`);
	const { references = [] } = headersOf({ 'message-id': '<own@x.example>', references: ids.join(' ') }) ?? {};
	expect(references).toHaveLength(20);
	expect(references.slice(0, 2)).toEqual(['<0@x.example>', '<1@x.example>']);
	expect(references.slice(-2)).toEqual(['<499@x.example>', '<own@x.example>']);
});

test('the subject has one Re: and no line end', () => {
	expect(replyTo(simple({ subject: 'AW: Re: Fwd: Hello\r\nBcc: all@example.com' }))?.subject).toBe('Re: Hello Bcc: all@example.com');
	expect(replyTo(simple({ subject: '' }))?.subject).toBe('Re: your e-mail');
});

test.each([[undefined], ['text'], [{}], [[]]])('%p is no mail', (given) => {
	expect(replyTo(given)).toBeUndefined();
});
