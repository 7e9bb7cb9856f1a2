import { moveMail, type MovedMail } from '../../../../core/mail/imap';
import { startScriptedImap, type Script, type ScriptedImap } from '../../../fixtures/scripted-imap';

let server: ScriptedImap | undefined;
afterEach(async () => await server?.close());

const never = new AbortController().signal;
const move = async (script: Script, uid = 0, signal = never): Promise<MovedMail> => {
	server = await startScriptedImap(script);
	return await moveMail({ host: '127.0.0.1', port: server.port, security: 'none', user: 'ada', password: 'a-password' }, { messageId: 'a@b', uid, folder: 'INBOX', destination: '' }, signal);
};
const asked = (command: string): boolean => server?.asked.some((each) => each.toUpperCase().startsWith(command)) === true;

test('a mail is moved where all goes well, and none is where there is none', async () => {
	expect(await move({})).toEqual({ moved: 1, from: 'INBOX', to: 'Junk' });
	await server?.close();
	expect(await move({ answer: (command, tag) => (command.startsWith('UID SEARCH') ? `* SEARCH\r\n${tag} OK\r\n` : undefined) })).toMatchObject({ moved: 0 });
});

test('a search that failed is no mailbox without the mail', async () => {
	await expect(move({ answer: (command, tag) => (command.startsWith('UID SEARCH') ? `${tag} NO [UNAVAILABLE] later\r\n` : undefined) })).rejects.toMatchObject({ code: 'mail_failed', message: expect.stringContaining('did not search'), advice: expect.stringContaining('"UID"') });
});

test('a connection that breaks while it searches is an error, and says so', async () => {
	const breaks: Script = {
		answer: (command, _, socket) => {
			if (!command.startsWith('UID SEARCH')) return undefined;
			socket.destroy();
			return '';
		},
	};
	await expect(move(breaks)).rejects.toMatchObject({ code: 'mail_failed' });
});

test.each(['UID SEARCH', 'UID FETCH', 'UID MOVE'])('a stop while it waits for %s stops, and does not say that there was nothing', async (silent) => {
	const stopped = new AbortController();
	const answer = (command: string): string | undefined => {
		if (!command.startsWith(silent)) return undefined;
		setTimeout(() => stopped.abort(new Error('stopped')), 50);
		return '';
	};
	await expect(move({ answer }, 0, stopped.signal)).rejects.toThrow('stopped');
	expect(asked('UID MOVE')).toBe(silent === 'UID MOVE');
});

test('where it could only be moved by emptying the folder of all that is marked as deleted, nothing is touched', async () => {
	await expect(move({ capabilities: 'IMAP4rev1' }, 5)).rejects.toMatchObject({ code: 'mail_failed', message: expect.stringContaining('MOVE or UIDPLUS'), advice: expect.stringContaining('leaves the mail where it is') });
	expect([asked('UID COPY'), asked('UID STORE'), asked('EXPUNGE')]).toEqual([false, false, false]);
});

test.each(['IMAP4rev1 MOVE', 'IMAP4rev1 UIDPLUS', 'IMAP4rev2'])('with %s one mail is moved, and no other is removed', async (capabilities) => {
	expect(await move({ capabilities }, 5)).toMatchObject({ moved: 1 });
	expect(asked('EXPUNGE')).toBe(false);
	expect(asked('UID MOVE 5 ') || asked('UID EXPUNGE 5')).toBe(true);
});
