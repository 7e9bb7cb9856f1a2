/** Maestro's operation "Archive" against a real IMAP server. */
import { createServer, type Server } from 'node:net';

import type { ICredentialDataDecryptedObject, ICredentialTestFunctions, IDataObject, INodeCredentialTestResult, INodeParameters } from 'n8n-workflow';

import { Maestro } from '../../nodes/Maestro/Maestro.node';
import { JUNK, startMailServer, type MailServer } from '../fixtures/mail-server';
import { openBench, type Bench } from './support/bench';
import { runNode, type NodeRun, type RunOptions } from './support/run-node';

jest.setTimeout(60_000);

let bench: Bench;
let mailbox: MailServer;
beforeAll(async () => {
	bench = await openBench();
	mailbox = await startMailServer();
}, 240_000);
afterAll(async () => {
	const opened: readonly ({ close(): Promise<void> } | undefined)[] = [mailbox, bench];
	for (const each of opened) await each?.close();
});

const server = (fields: ICredentialDataDecryptedObject = {}): ICredentialDataDecryptedObject => ({ host: '127.0.0.1', port: mailbox.credential.port, security: 'none', user: mailbox.credential.user, password: mailbox.credential.password, ...fields });
const archive = async (messageId: string, parameters: INodeParameters = {}, fields: ICredentialDataDecryptedObject = {}, options: RunOptions = {}): Promise<NodeRun> =>
	await runNode(new Maestro(), { parameters: { resource: 'email', operation: 'archive', ...parameters }, credentials: { ...bench.credentials, maestroImapApi: server(fields) }, input: [{ mail: { messageId } }], ...options });
const deliver = async (id: string, words = 'Buy.'): Promise<string> => await mailbox.deliver(`${id === '' ? '' : `Message-ID: <${id}>\n`}From: eve@elsewhere.example\nSubject: Win\n\n${words}\n`);
const told = ({ outputs }: NodeRun): IDataObject | undefined => outputs[0]?.[0];
const holds = async (folder: 'INBOX' | typeof JUNK, words: string): Promise<number> => (await mailbox.mailsIn(folder)).filter((mail) => mail.includes(words)).length;

it('moves one mail to the folder that the server uses for junk, leaves the others, and says so when it is asked again', async () => {
	await deliver('spam-1@elsewhere.example', 'first spam');
	// Its ID holds the other one.
	await deliver('x.spam-1@elsewhere.example', 'no spam');
	const first = await archive('spam-1@elsewhere.example');
	expect([first.error, told(first)]).toEqual([undefined, { archived: { messageId: 'spam-1@elsewhere.example', moved: 1, from: 'INBOX', to: JUNK } }]);
	expect([await holds(JUNK, 'first spam'), await holds('INBOX', 'first spam'), await holds('INBOX', 'no spam')]).toEqual([1, 0, 1]);
	expect(told(await archive('<spam-1@elsewhere.example>'))).toMatchObject({ archived: { moved: 0, to: JUNK, reason: expect.stringContaining('not in INBOX any more') } });
	expect(await holds(JUNK, 'first spam')).toBe(1);
	expect(JSON.stringify(first.outputs)).not.toContain(mailbox.credential.password);
});

it('with its number moves that one alone, whoever sent a mail with the same ID, and one that has none', async () => {
	await deliver('same@elsewhere.example', 'of a customer');
	await deliver('same@elsewhere.example', 'of a stranger');
	await deliver('', 'without a name');
	const next = (await mailbox.mailsIn('INBOX')).length;
	expect(next).toBeGreaterThan(2);
	// Numbers are given in the order of arrival, and never again: the two of the first test are 1 and 2.
	expect(told(await archive('same@elsewhere.example', { mailUid: '4' }))).toMatchObject({ archived: { moved: 1 } });
	expect([await holds('INBOX', 'of a customer'), await holds(JUNK, 'of a stranger')]).toEqual([1, 1]);
	// What is there now under a number may be another mail.
	expect(told(await archive('another@elsewhere.example', { mailUid: '3' }))).toMatchObject({ archived: { moved: 0 } });
	expect(told(await archive(`sha256-${'0'.repeat(40)}`, { mailUid: '5' }))).toMatchObject({ archived: { moved: 1 } });
	expect(told(await archive(`sha256-${'0'.repeat(40)}`, { mailUid: '3' }))).toMatchObject({ archived: { moved: 0 } });
	expect([await holds(JUNK, 'without a name'), await holds('INBOX', 'of a customer')]).toEqual([1, 1]);
});

it('says which folder is missing, and which ones there are', async () => {
	expect((await archive('x@y', { destination: 'Archive/None' })).error).toMatchObject({ message: expect.stringContaining('no folder "Archive/None"'), description: expect.stringContaining(JUNK), context: { code: 'mail_failed' } });
	expect((await archive('x@y', { mailbox: 'None' })).error).toMatchObject({ message: expect.stringContaining('no folder "None"'), description: expect.stringContaining('Mailbox Name') });
	await deliver('there@elsewhere.example', 'stays');
	expect(told(await archive('there@elsewhere.example', { destination: 'INBOX' }))).toMatchObject({ archived: { moved: 0, reason: expect.stringContaining('already') } });
	expect((await archive('')).error).toMatchObject({ message: expect.stringContaining('"Message ID" is empty') });
});

describe('a server that does not let Maestro in', () => {
	let silent: Server;
	beforeAll(async () => {
		silent = createServer();
		await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
	});
	afterAll(() => silent.close());
	const test = async (fields: ICredentialDataDecryptedObject): Promise<INodeCredentialTestResult> =>
		await new Maestro().methods.credentialTest.testImapCredential.call({} as ICredentialTestFunctions, { id: '1', name: 'IMAP', type: 'maestroImapApi', data: server(fields) });

	it.each<[string, ICredentialDataDecryptedObject, RegExp]>([
		['because of its password', { password: 'wrong' }, /Check user and password/],
		['because nothing listens there', { port: 9 }, /Check host and port/],
		['because it has no TLS', { security: 'starttls' }, /Check host/],
	])('is told of %s, also in the dialog of the credential', async (_, fields, advice) => {
		expect((await archive('x@y', {}, fields)).error).toMatchObject({ message: expect.stringContaining('could not be moved'), description: expect.stringMatching(advice), context: { code: 'mail_failed' } });
		expect(await test(fields)).toMatchObject({ status: 'Error', message: expect.stringMatching(advice) });
	});

	it('has its credential tested with success where all is right, and refused without a user', async () => {
		expect(await test({})).toMatchObject({ status: 'OK' });
		expect(await test({ user: '' })).toMatchObject({ status: 'Error', message: expect.stringContaining('User') });
	});

	it('is waited for no longer once the execution is stopped', async () => {
		const address = silent.address();
		const port = typeof address === 'object' && address !== null ? address.port : 0;
		const stopped = new AbortController();
		const running = archive('x@y', {}, { port }, { signal: stopped.signal });
		setTimeout(() => stopped.abort(), 300);
		const begun = Date.now();
		await running;
		expect(Date.now() - begun).toBeLessThan(5_000);
	});
});
