/** The pictures of a mail, from the item of n8n to the agent that looks at them, and away again. */
import { readFileSync, utimesSync } from 'node:fs';
import { basename, join } from 'node:path';

import type { IBinaryKeyData, IDataObject, INodeParameters } from 'n8n-workflow';

import { picturesOf } from '../../core/picture/kept';
import type { Task } from '../../core/task/records';
import { MaestroCreateTask } from '../../nodes/MaestroCreateTask/MaestroCreateTask.node';
import { MaestroReconcile } from '../../nodes/MaestroReconcile/MaestroReconcile.node';
import { MaestroRunPlaybookStep } from '../../nodes/MaestroRunPlaybookStep/MaestroRunPlaybookStep.node';
import { MaestroSpawnAgent } from '../../nodes/MaestroSpawnAgent/MaestroSpawnAgent.node';
import { toJson } from '../../nodes/shared/items';
import { done, outsideFences, use, when, type Conversation, type ToolResult } from '../fixtures/model';
import { PNG, pngNumber } from '../fixtures/pictures';
import { item } from '../unit/signal/mails';
import { openBench, REPOSITORY, type Bench } from './support/bench';
import { runNode, type NodeRun } from './support/run-node';

jest.setTimeout(90_000);

const never = new AbortController().signal;
let bench: Bench;
beforeEach(async () => {
	bench = await openBench();
	await bench.project({ ladder: 'email member: pull_request' });
});
afterEach(async () => await bench.close());

const file = (content: Buffer, mimeType = 'image/png'): IBinaryKeyData[string] => ({ data: content.toString('base64'), mimeType, fileName: '../../../escape.png', bytes: content.length });
/** Of a sender that the project trusts. */
const mail = (id: string, thread = ''): IDataObject => {
	const simple = toJson(item('gmail-reply').simple);
	const metadata = simple.metadata as IDataObject;
	return { ...simple, metadata: { 'authentication-results': metadata['authentication-results'], 'message-id': `<${id}@shop.example>`, ...(thread === '' ? {} : { references: `<${thread}@shop.example>` }) } };
};
const create = async (json: IDataObject, binary: IBinaryKeyData, parameters: INodeParameters = {}): Promise<NodeRun> =>
	await runNode(new MaestroCreateTask(), {
		parameters: { from: 'email', email: '={{ $json }}', emailRepository: REPOSITORY, receivingServer: 'mx.google.com', allowedSenders: 'example.org', options: {}, ...parameters },
		credentials: bench.credentials,
		input: [json],
		binary: [binary],
	});
const kept = async (taskId = 1): Promise<string[]> => (await bench.folders('images', String(taskId))).sort();

describe('Create Task', () => {
	it('keeps those of a trusted sender under names of its own, and says what is none, whatever its type says', async () => {
		const { outputs } = await create(mail('a'), { attachment_0: file(PNG), attachment_1: file(Buffer.from('<html>not a picture</html>')), attachment_2: file(PNG, 'application/pdf') });
		expect(outputs[0]).toMatchObject([{ created: true, pictures: { kept: 1, left: ['attachment_1 is no PNG, JPEG, GIF or WebP, whatever its type says'] } }]);
		const [name = ''] = await kept();
		expect([name, await kept()]).toEqual([expect.stringMatching(/^image-1-[0-9a-f]{16}\.png$/), [name]]);
		expect(readFileSync(join(picturesOf(bench.dataDir, 1), name))).toEqual(PNG);
		expect(await bench.folders()).not.toContain('escape.png');
		expect(await bench.timeline()).toContainEqual({ type: 'note', message: expect.stringContaining('attachment_1 is no PNG') });
		expect(JSON.stringify(outputs)).not.toContain(PNG.toString('base64'));
	});

	it('adds nothing for a mail that comes again, and the pictures of a further one up to the bound', async () => {
		const first = { attachment_0: file(pngNumber(0)), attachment_1: file(pngNumber(1)) };
		await create(mail('a'), first);
		expect((await create(mail('a'), first)).outputs[1]).toMatchObject([{ created: false, pictures: { kept: 2, left: [] } }]);
		expect(await kept()).toHaveLength(2);
		const many = Object.fromEntries(Array.from({ length: 9 }, (_, number) => [`attachment_${number}`, file(pngNumber(number + 2))]));
		expect((await create(mail('b', 'a'), many)).outputs[1]).toMatchObject([{ pictures: { kept: 8, left: ['attachment_8 is one too many: the task has as many as one may have'] } }]);
		expect(await kept()).toHaveLength(10);
	});

	it('keeps none of a sender for whom no agent may work, nor adds any to the task of one who is trusted', async () => {
		const unknown = { ...mail('a'), metadata: { 'message-id': '<a@shop.example>' } };
		expect((await create(unknown, { attachment_0: file(PNG) })).outputs[0]).toMatchObject([{ task: { status: 'blocked' } }]);
		await create(mail('b'), {});
		const into = { ...unknown, metadata: { 'message-id': '<c@shop.example>', references: '<b@shop.example>' } };
		expect((await create(into, { attachment_0: file(PNG) })).outputs[1]).toMatchObject([{ task: { id: 2, duplicates: 1 } }]);
		expect(await bench.folders('images')).toEqual([]);
	});

	it('adds none of a signal that may not go as far as the task, and leaves the places to those who may', async () => {
		await bench.project({ repository: 'octo/second', ladder: 'email member: pull_request\nemail anyone: root_cause' });
		const signal = { source: 'email', kind: 'email.new', title: 'Cart', body: '', url: '', author: 'ada', authorTrust: 'member', repository: 'octo/second', fingerprint: 'email:y', severity: 'medium', labels: [], deliveryId: '', receivedAt: new Date().toISOString() };
		const send = async (authorTrust: string, files: IBinaryKeyData): Promise<NodeRun> => await create({ files }, {}, { from: 'signal', signal: JSON.stringify({ ...signal, authorTrust }), options: { pictures: '={{ $json.files }}' } });
		const many = Object.fromEntries(Array.from({ length: 10 }, (_, number) => [`attachment_${number}`, file(pngNumber(number))]));
		expect((await send('member', {})).outputs[0]).toMatchObject([{ created: true, task: { id: 1, reach: 'pull_request' } }]);
		expect((await send('none', many)).outputs[1]).toMatchObject([{ created: false, task: { id: 1 } }]);
		expect(await bench.folders('images')).toEqual([]);
		expect((await send('member', { attachment_0: file(PNG) })).outputs[1]).toMatchObject([{ task: { id: 1 }, pictures: { kept: 1, left: [] } }]);
	});

	it('takes them from the option where the mail was read before', async () => {
		await create(mail('a'), {});
		const signal = { source: 'email', kind: 'email.new', title: 'Cart', body: '', url: '', author: 'ada', authorTrust: 'member', repository: REPOSITORY, fingerprint: 'email:x', severity: 'medium', labels: [], deliveryId: 'x', receivedAt: new Date().toISOString() };
		const { outputs } = await create({ files: { attachment_0: file(PNG), no_file: 'a text' } }, {}, { from: 'signal', signal: JSON.stringify(signal), options: { pictures: '={{ $json.files }}' } });
		expect(outputs[0]).toMatchObject([{ pictures: { kept: 1, left: [] } }]);
		expect(await kept(2)).toHaveLength(1);
	});

	it('makes the task also where a file cannot be had, and says why', async () => {
		const gone = { attachment_0: { ...file(PNG), id: 'filesystem-v2:workflows/w/executions/e/binary_data/gone', data: 'filesystem-v2' } };
		expect((await create(mail('a'), gone)).outputs[0]).toMatchObject([{ created: true, pictures: { kept: 0, left: [expect.stringMatching(/^attachment_0: ./)] } }]);
		expect(await kept()).toEqual([]);
	});
});

describe('an agent', () => {
	const path = ({ lastPrompt }: Conversation): string => /^- (\/.+\/image-1-.+\.png) \(1 KB\)$/m.exec(lastPrompt)?.[1] ?? '/none';
	const looked = (): ToolResult | undefined => bench.model.requests.flatMap(({ conversation }) => conversation?.toolResults ?? []).find(({ tool }) => tool === 'Read');
	const firstSent = (): string => bench.model.requests.find(({ conversation }) => conversation !== undefined && conversation.lastPrompt.includes('image-1-'))?.conversation?.lastPrompt ?? '';
	beforeEach(async () => {
		bench.model.setScripts([when(() => true).turns((conversation) => (conversation.turn === 0 ? use('Read', { file_path: path(conversation) }) : done('Looked.')))]);
		await create(mail('a'), { attachment_0: file(PNG) });
	});
	const allow = async (reach: Task['reach']): Promise<unknown> => await bench.store.tasks.update({ id: { eq: 1 } }, { reach }, never);
	const spawn = async (options: INodeParameters = {}): Promise<NodeRun> =>
		await runNode(new MaestroSpawnAgent(), { parameters: { taskId: '1', workspace: 'worktree', prompt: 'Do it.', purpose: 'implement', options }, credentials: bench.credentials });

	it.each(['pull_request', 'root_cause'] as const)('of a task that reaches %s looks at them, and is told of them as data', async (reach) => {
		await allow(reach);
		expect((await spawn()).error).toBeUndefined();
		expect(looked()).toMatchObject({ isError: false, images: ['image/png'] });
		expect(firstSent()).toContain(`${picturesOf(bench.dataDir, 1)}/`);
		expect(outsideFences(firstSent())).not.toContain('image-1-');
	});

	it('that has no Read is not told of them', async () => {
		await spawn({ tools: 'Bash' });
		expect([firstSent(), bench.model.requests.length > 0]).toEqual(['', true]);
	});

	it('at a step of a playbook looks at them', async () => {
		const { error } = await runNode(new MaestroRunPlaybookStep(), { parameters: { taskId: '1', from: 'text', name: 'steps', text: '- [ ] Mend the cart\n' }, credentials: bench.credentials });
		expect(error).toBeUndefined();
		expect(looked()).toMatchObject({ isError: false, images: ['image/png'] });
		expect(outsideFences(firstSent())).not.toContain('image-1-');
	});
});

describe('they go away', () => {
	const reconcile = async (): Promise<IDataObject> => (await runNode(new MaestroReconcile(), { credentials: bench.credentials })).outputs[0]?.[0] ?? {};
	const age = (taskId: number, days: number): void => {
		const then = new Date(Date.now() - days * 24 * 3600_000);
		utimesSync(picturesOf(bench.dataDir, taskId), then, then);
	};

	it('with the worktree of their task, and not before', async () => {
		await create(mail('a'), { attachment_0: file(PNG) });
		bench.model.setScripts([when(() => true).turns([done('Done.')])]);
		await runNode(new MaestroSpawnAgent(), { parameters: { taskId: '1', workspace: 'worktree', prompt: 'Do it.', purpose: 'implement' }, credentials: bench.credentials });
		await reconcile();
		expect(await kept()).toHaveLength(1);
		await bench.store.tasks.update({ id: { eq: 1 } }, { status: 'completed' }, never);
		expect(await reconcile()).toMatchObject({ worktrees: { removed: 1 } });
		expect(await bench.folders('images')).toEqual([]);
	});

	it('after a time where there never was a worktree, unless the task is still open', async () => {
		for (const id of ['a', 'b', 'c']) await create(mail(id), { attachment_0: file(PNG) });
		for (const id of [1, 2]) await bench.store.tasks.update({ id: { eq: id } }, { status: 'cancelled' }, never);
		await bench.store.tasks.update({ id: { eq: 3 } }, { status: 'blocked' }, never);
		for (const id of [1, 3]) age(id, 400);
		expect(await reconcile()).toMatchObject({ removed: { folders: 1 } });
		expect((await bench.folders('images')).map((name) => basename(name))).toEqual(['2', '3']);
	});
});
