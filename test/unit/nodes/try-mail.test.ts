/** The dialogs of the mail credentials, against servers that repeat what they were sent. */
import { createServer, type Server } from 'node:net';

import { tryImap, trySmtp } from '../../../nodes/Maestro/try-mail';
import { startScriptedImap, type ScriptedImap } from '../../fixtures/scripted-imap';

const never = new AbortController().signal;
const PASSWORD = 'a-password-of-ada';
const server = (port: number) => ({ host: '127.0.0.1', port, security: 'none', user: 'ada', password: PASSWORD });

let imap: ScriptedImap | undefined;
let smtp: Server | undefined;
afterEach(async () => {
	await imap?.close();
	smtp?.close();
});

test('an IMAP server that repeats the password does not show it', async () => {
	imap = await startScriptedImap({ answer: (command, tag) => (command.startsWith('LOGIN') ? `${tag} NO refused: ${command}\r\n` : undefined) });
	const told = await tryImap(server(imap.port), never);
	expect(told).toMatchObject({ status: 'Error', message: expect.stringContaining('refused: LOGIN') });
	expect(told.message).toContain('[redacted]');
	expect(told.message).not.toContain(PASSWORD);
});

test('an SMTP server that repeats the password does not show it', async () => {
	smtp = createServer((socket) => {
		socket.on('error', () => undefined);
		socket.write('220 ready\r\n');
		socket.on('data', (data) => {
			const [command = '', , given = ''] = data.toString('latin1').trim().split(' ');
			socket.write(command === 'EHLO' ? '250-here\r\n250 AUTH PLAIN\r\n' : command === 'AUTH' ? `535 refused: ${Buffer.from(given, 'base64').toString('latin1').replaceAll('\0', ' ')}\r\n` : '221 bye\r\n');
		});
	});
	await new Promise<void>((resolve) => smtp?.listen(0, '127.0.0.1', resolve));
	const address = smtp.address();
	const told = await trySmtp(server(typeof address === 'object' && address !== null ? address.port : 0), never);
	expect(told).toMatchObject({ status: 'Error', message: expect.stringContaining('refused:') });
	expect(told.message).toContain('[redacted]');
	expect(told.message).not.toContain(PASSWORD);
});
