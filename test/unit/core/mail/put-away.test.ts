import { putAwayIn, type MailFolder } from '../../../../core/mail/put-away';

const folder = (path: string, specialUse?: string, ...flags: string[]): MailFolder => ({ path, specialUse, flags: new Set(flags) });
const inbox = folder('INBOX', '\\Inbox');
const junk = folder('Unwanted', '\\Junk');
const archive = folder('All of it', '\\Archive');
const own = folder('Old/Spam of ours');

test.each<[string, MailFolder[], string, string]>([
	['the folder for junk', [inbox, archive, own, junk], '', 'Unwanted'],
	['the archive where there is none for junk', [inbox, own, archive], '', 'All of it'],
	['the archive where that for junk holds no mails', [inbox, folder('Unwanted', '\\Junk', '\\Noselect'), archive], '', 'All of it'],
	['the one that is named, whatever others are for', [inbox, junk, own], 'Old/Spam of ours', 'Old/Spam of ours'],
])('what nobody wants goes to %s', (_, folders, wanted, found) => {
	expect(putAwayIn(folders, wanted)).toBe(found);
});

test.each([
	[[inbox, own], ''],
	[[inbox, own], 'Old'],
	[[inbox, own, folder('Old', undefined, '\\NonExistent')], 'Old'],
])('a mailbox without it is an error that names what there is', (folders, wanted) => {
	expect(() => putAwayIn(folders, wanted)).toThrow(expect.objectContaining({ code: 'mail_failed', advice: expect.stringContaining('INBOX, Old/Spam of ours') }));
});
