import type { IDataObject } from 'n8n-workflow';

import { toJson } from '../../nodes/shared/items';
import { Maestro } from '../../nodes/Maestro/Maestro.node';
import { MaestroCreateTask } from '../../nodes/MaestroCreateTask/MaestroCreateTask.node';
import { item, mailNames } from '../unit/signal/mails';
import { openBench, REPOSITORY, type Bench } from './support/bench';
import { runNode, type NodeRun, type RunOptions } from './support/run-node';

let bench: Bench;
beforeEach(async () => {
	bench = await openBench();
	await bench.project();
});
afterEach(async () => await bench.close());

const mail = (name: string): IDataObject => toJson(item(name).simple);
const PARAMETERS = { from: 'email', email: '={{ $json }}', emailRepository: REPOSITORY, receivingServer: 'mx.google.com', allowedSenders: 'ada@example.com\nexample.org', allowedLists: '', options: {} };
const run = async (input: readonly IDataObject[], options: RunOptions = {}): Promise<NodeRun> =>
	await runNode(new MaestroCreateTask(), {
		parameters: PARAMETERS,
		credentials: bench.credentials,
		input,
		...options,
	});
const tasks = (): ReturnType<Bench['api']['rows']> => bench.api.rows('maestro_tasks');

it('a mail becomes a task, with what is known of it, and one more of its conversation is counted', async () => {
	const first = await run([mail('gmail-reply')]);
	expect(first.outputs[0]).toMatchObject([
		{ created: true, task: { title: 'Export as CSV', source: 'email' }, mail: { threadId: 'root-1@mail.example.org', verified: true, from: { address: 'grace@example.org' }, trustReason: expect.stringContaining('DMARC passed') } },
	]);
	expect(tasks()).toMatchObject([{ author: 'grace@example.org', authorTrust: 'member', body: 'It still happens with version 2.4.\n\nThe file ends after 1,000 lines.', fingerprint: 'email:root-1@mail.example.org', repository: REPOSITORY }]);
	const again = { ...mail('gmail-reply'), metadata: { 'message-id': '<gmail-4@mail.example.org>', references: '<root-1@mail.example.org> <gmail-3@mail.example.org>' } };
	expect((await run([again])).outputs).toMatchObject([[], [{ created: false, task: { duplicates: 1 } }]]);
});

describe('a thread in which each mail names only the one before', () => {
	const answer = (id: string, before: string): IDataObject => ({ ...mail('plain'), metadata: { 'message-id': `<${id}@shop.example>`, ...(before === '' ? {} : { 'in-reply-to': `<${before}@shop.example>` }) } });

	it('is one task, also for the operation "Read"', async () => {
		expect((await run([answer('a', ''), answer('b', 'a'), answer('c', 'b'), answer('d', 'c')])).error).toBeUndefined();
		expect((await run([answer('e', 'd'), answer('e', 'd')])).outputs).toMatchObject([[], [{ created: false }, { created: false }]]);
		for (const [id, before] of ['ef', 'fg', 'gh', 'hi'].map((pair) => [pair.charAt(1), pair.charAt(0)] as const)) await run([answer(id, before)]);
		expect(tasks()).toMatchObject([{ fingerprint: 'email:a@shop.example', duplicates: 9 }]);
		expect(bench.api.rows('maestro_aliases')).toHaveLength(1 + 2 + 3 + 4 + 5 + 5 + 5 + 5);
		const read = await runNode(new Maestro(), { parameters: { resource: 'email', operation: 'read' }, credentials: bench.credentials, input: [answer('j', 'i'), answer('k', 'elsewhere')] });
		expect(read.outputs[0]).toMatchObject([{ outcome: 'known', task: { id: 1 } }, { outcome: 'new' }]);
	});

	it('takes along nothing that may go farther', async () => {
		await bench.store.projects.update({ repository: { eq: REPOSITORY } }, { ladder: 'email member: pull_request' }, new AbortController().signal);
		await run([answer('a', ''), answer('b', 'a')]);
		const trusted = { ...mail('gmail-reply'), metadata: { ...answer('c', 'b').metadata as IDataObject, 'authentication-results': (mail('gmail-reply').metadata as IDataObject)['authentication-results'] } };
		expect((await run([trusted])).outputs[0]).toMatchObject([{ created: true, mail: { verified: true } }]);
		expect(tasks()).toMatchObject([{ reach: 'triage' }, { reach: 'pull_request', fingerprint: 'email:b@shop.example' }]);
	});

	it('stays with what came first, whoever learns the ID of one of its mails', async () => {
		await run([answer('a', ''), answer('b', 'a'), answer('evil', ''), answer('b', 'evil')]);
		await run([answer('c', 'b')]);
		expect(tasks()).toMatchObject([{ fingerprint: 'email:a@shop.example', duplicates: 2 }, { fingerprint: 'email:evil@shop.example', duplicates: 1 }]);
	});
});

it('one whose sender is not proven starts nothing by itself, and says why', async () => {
	const { outputs } = await run([mail('spoofed-from'), mail('forged-results'), mail('injected-results')]);
	expect(outputs[0]).toHaveLength(3);
	expect(outputs[0]?.map(({ task, mail: facts }) => [task, facts])).toEqual(Array(3).fill([expect.objectContaining({ status: 'blocked' }), expect.objectContaining({ verified: false, trustReason: expect.stringContaining('evil.example') })]));
	expect(tasks().map(({ author }) => author)).toEqual(Array(3).fill('ada@example.com (not verified)'));
});

it('one that no person wrote makes no task and leaves on Duplicate with the reason', async () => {
	const { outputs } = await run(['bounce', 'auto-reply-vacation', 'mailing-list', 'maestro-own'].map(mail));
	expect(outputs).toMatchObject([[], [{ ignored: expect.stringContaining('multipart/report') }, { ignored: expect.stringContaining('vacation') }, { ignored: expect.stringContaining('mailing list') }, { ignored: 'Maestro sent it itself', task: null }]]);
	expect(tasks()).toEqual([]);
	expect(bench.api.rows('maestro_events')).toContainEqual(expect.objectContaining({ message: expect.stringContaining('multipart/report') }));
});

it('its files are listed, and their content goes nowhere', async () => {
	const content = Buffer.alloc(50_000, 'x').toString('base64');
	const binary = { attachment_0: { data: content, mimeType: 'image/png', fileName: 'Shot.png', bytes: 50_000 } };
	const { outputs } = await run([mail('plain')], { binary: [binary] });
	expect(outputs[0]).toMatchObject([{ mail: { attachments: [{ key: 'attachment_0', name: 'Shot.png', type: 'image/png', size: 50_000, forAgent: true }] } }]);
	expect(JSON.stringify([outputs, tasks()])).not.toContain('eHh4');
	expect(tasks()).toMatchObject([{ body: expect.stringMatching(/- Shot\.png \(image\/png, 50 KB\)$/) }]);
});

it('what is no mail is refused with advice', async () => {
	const { error } = await run([{ raw: 'RnJvbTog' }]);
	expect(error).toMatchObject({ message: expect.stringContaining('is no mail'), description: expect.stringContaining('"Simple"') });
});

it('each mail of the corpus is taken or dropped, in one run', async () => {
	const { outputs, error } = await run(mailNames.map(mail));
	expect(error).toBeUndefined();
	expect((outputs[0]?.length ?? 0) + (outputs[1]?.length ?? 0)).toBe(mailNames.length);
});

describe('of three mails in one run, with the error output', () => {
	const node = { onError: 'continueErrorOutput' as const };
	const three = ['one', 'two', 'three'].map((id) => ({ ...mail('plain'), subject: `Bug ${id}`, metadata: { 'message-id': `<${id}@shop.example>` } }));

	it('the first fails at GitHub, and the others become tasks with issues', async () => {
		bench.github.failNext((method, path) => method === 'POST' && path.endsWith('/issues'), { status: 422, body: { message: 'Validation Failed' }, times: 1 });
		const { outputs, items, error } = await run(three, { node, parameters: { ...PARAMETERS, options: { createIssue: true, dispatch: false } } });
		expect(error).toBeUndefined();
		expect(outputs.map((output) => output.length)).toEqual([2, 0, 1]);
		expect(outputs[0]).toMatchObject([{ task: { title: 'Bug two' } }, { task: { title: 'Bug three' } }]);
		expect(items[2]).toMatchObject([{ json: { error: expect.stringContaining('Validation Failed'), details: { advice: expect.any(String) } }, pairedItem: { item: 0 } }]);
		expect(bench.github.issues(REPOSITORY).map(({ title }) => title)).toEqual(['Bug two', 'Bug three']);
	});

	it('the first names no project, and the others become tasks', async () => {
		const { outputs } = await run(three, { node, parameters: { ...PARAMETERS, emailRepository: `={{ $json.subject === 'Bug one' ? 'octo/none' : '${REPOSITORY}' }}` } });
		expect(outputs).toMatchObject([[{ task: { title: 'Bug two' } }, { task: { title: 'Bug three' } }], [], [{ error: expect.stringContaining('octo/none'), details: { code: 'no_project' } }]]);
	});

	it('none leaves as if it had gone well where the node as a whole fails', async () => {
		const { outputs } = await run(three, { node, credentials: { ...bench.credentials, maestroN8nApi: { baseUrl: '', apiKey: '' } } });
		expect(outputs.map((output) => output.length)).toEqual([0, 0, 3]);
		expect(outputs[2]?.[0]).toMatchObject({ error: 'The credential has no API Key', details: { advice: expect.any(String) } });
	});
});
