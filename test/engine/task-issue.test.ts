/** The GitHub issue of a task: exactly one, also where texts, other n8ns, outages and slow answers get in the way. */
import { createHash } from 'node:crypto';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { claimLock, releaseLock } from '../../core/task/locks';
import { createTask } from '../../core/task/create-task';
import type { Task } from '../../core/task/records';
import type { GithubClient, IssueRequest } from '../../core/github/github';
import { MaestroCreateTask } from '../../nodes/MaestroCreateTask/MaestroCreateTask.node';
import { MaestroReconcile } from '../../nodes/MaestroReconcile/MaestroReconcile.node';
import type { Github, Services } from '../../nodes/shared/services';
import { addIssue } from '../../nodes/shared/task-issue';
import { createMemoryStore } from '../fixtures/memory-store';
import { testTools } from '../fixtures/task-tools';
import { openBench, REPOSITORY, type Bench } from './support/bench';
import { runNode, type NodeRun } from './support/run-node';

jest.setTimeout(120_000);

const signal = new AbortController().signal;
let bench: Bench;
beforeEach(async () => {
	bench = await openBench();
	await bench.project();
});
afterEach(async () => {
	expect(bench.github.violations).toEqual([]);
	await bench.close();
});

const mail = (text: string, id: string, subject = 'Bug'): IDataObject => ({ textPlain: text, textHtml: '', metadata: { 'message-id': id }, attributes: { uid: 1 }, from: 'Ada <ada@example.com>', to: 's@example.com', subject, date: 'Wed, 13 Mar 2024 08:00:00 +0000' });
const fromMail = async (...input: IDataObject[]): Promise<NodeRun> => await runNode(new MaestroCreateTask(), { parameters: { from: 'email', email: '={{ $json }}', emailRepository: REPOSITORY, options: { createIssue: true, dispatch: false } }, credentials: bench.credentials, input });
const fromFields = async (title: string, options: INodeParameters = {}): Promise<NodeRun> =>
	await runNode(new MaestroCreateTask(), { parameters: { from: 'fields', repository: REPOSITORY, title, body: 'Please', fingerprint: title, options: { createIssue: true, issueLabels: 'maestro, shop', ...options } }, credentials: bench.credentials });
const reconcile = async (): Promise<IDataObject> => (await runNode(new MaestroReconcile(), { credentials: bench.credentials, input: [{ timestamp: 'now' }] })).outputs[0]?.[0] ?? {};
const issues = (): ReturnType<Bench['github']['issues']> => bench.github.issues(REPOSITORY);
const rows = async (): Promise<Task[]> => await bench.store.tasks.find({}, { limit: 50 }, signal);
const numbers = async (): Promise<number[]> => (await rows()).map(({ issueNumber }) => issueNumber);
const notes = async (id: number): Promise<string[]> => (await bench.store.events.find({ taskId: { eq: id }, type: { eq: 'note' } }, { limit: 10 }, signal)).map(({ message }) => message);

describe('a text from outside', () => {
	it('that forges the marks of tasks to come gets none of their issues', async () => {
		const made = (await rows()).length;
		const forged = Array.from({ length: 10 }, (_, index) => `<!-- maestro:maestro-task-${made + index + 1} -->`).join('\n');
		await fromMail(mail(`Bug.\n${forged}\n\`\`\`\n${forged}\n\`\`\``, '<a@e>'));
		await fromMail(mail('A real bug', '<b@e>'));
		expect(await numbers()).toEqual([1, 2]);
		expect(issues()[0]?.body.match(/<!-- maestro/g)).toHaveLength(1);
	});

	it('does nothing on the page of the issue, in its title neither', async () => {
		await fromMail(mail('Hello @octocat and @octo/everyone, this fixes #5 and closes octo/other#6', '<a@e>', 'For @octocat: fixes #5'));
		const [{ title, body } = { title: '', body: '' }] = issues();
		for (const text of [title, body]) {
			expect(text).toContain('octocat');
			expect(text).not.toMatch(/@[\w-]|(fixes|closes) (#|octo)/);
		}
	});

	it('that is longer than GitHub takes becomes an issue all the same', async () => {
		const run = await fromMail(mail('log line with some text\n'.repeat(4000), '<a@e>', 'x'.repeat(400)));
		expect(run.error).toBeUndefined();
		expect(await numbers()).toEqual([1]);
	});
});

describe('an issue with the mark of a task of that number', () => {
	const old = (title: string): number => bench.github.openIssue({ repository: REPOSITORY, title, body: 'Old\n\n<!-- maestro:maestro-task-1 -->', author: 'maestro-bot' });

	it('that another n8n with the same account made stays its own', async () => {
		const other = createHash('sha256').update(String(Date.now() - 5000)).digest('hex').slice(0, 12);
		bench.github.openIssue({ repository: REPOSITORY, title: 'Mend it', body: `Old\n\n<!-- maestro:maestro-task-1-${other} -->`, author: 'maestro-bot' });
		old('Of the n8n before');
		await fromFields('Mend it');
		expect(await numbers()).toEqual([3]);
	});

	it('that this Maestro made before its marks said of which n8n they are is found', async () => {
		const number = old('Mend it');
		await fromFields('Mend it');
		expect(await numbers()).toEqual([number]);
	});
});

describe('while GitHub is down', () => {
	const goesDown = (): void => bench.github.failNext('GET /repos/*/issues*', { status: 503, times: 50 });

	it('the task goes on, and Reconcile makes its issue later, once', async () => {
		await bench.subscription();
		goesDown();
		const run = await fromFields('Mend it');
		expect(run.error).toBeUndefined();
		expect(JSON.stringify(run.run.data)).toContain('Maestro Reconcile makes it later');
		expect(bench.api.posted).toMatchObject([{ body: { event: { type: 'task.ready' } } }]);
		expect(await reconcile()).toMatchObject({ newIssues: { made: [], problems: [expect.stringContaining('could not be made')] } });
		bench.github.clearFaults();
		expect(await reconcile()).toMatchObject({ newIssues: { made: [1], problems: [] } });
		expect(await reconcile()).toMatchObject({ newIssues: { made: [], problems: [] } });
		expect(issues().map(({ title, labels }) => ({ title, labels }))).toEqual([{ title: 'Mend it', labels: ['maestro', 'shop'] }]);
		expect(await rows()).toMatchObject([{ issueNumber: 1, issueWish: 'none', url: expect.stringContaining('/issues/1') }]);
	});

	it('a further signal for a task without an issue is remembered too', async () => {
		await fromFields('Mend it', { createIssue: false });
		goesDown();
		await fromFields('Mend it');
		bench.github.clearFaults();
		expect(await reconcile()).toMatchObject({ newIssues: { made: [1] } });
		expect(issues()[0]?.labels).toEqual(['maestro', 'shop']);
	});
});

describe('an issue that is still wanted', () => {
	const wanting = async (fields: Partial<Task> = {}): Promise<Task> => await bench.task({ issueWish: 'wanted', issueLabels: 'maestro', body: 'Ask @octocat', ...fields });

	it('is made with the labels of the wish, in words that do nothing there, and not for a task that is over or has its pull request', async () => {
		await wanting();
		for (const status of ['completed', 'failed', 'cancelled', 'archived'] as const) await wanting({ status });
		await wanting({ status: 'in_review', pullRequestNumber: 7 });
		expect(await reconcile()).toMatchObject({ newIssues: { made: [1] } });
		expect(issues()).toMatchObject([{ labels: ['maestro'], body: expect.not.stringMatching(/@octocat/) }]);
		expect(await numbers()).toEqual([1, 0, 0, 0, 0, 0]);
	});

	it('and that GitHub refuses for good is noted once and given up, and keeps no other one back', async () => {
		await bench.github.createRepository({ fullName: 'octo/closed', files: { a: 'b' } });
		const refused = await wanting({ repository: 'octo/closed' });
		await wanting();
		bench.github.failNext('POST /repos/octo/closed/issues', { status: 410, body: { message: 'Issues are disabled for this repo' }, times: 20 });
		expect(await reconcile()).toMatchObject({ newIssues: { made: [1], problems: [expect.stringContaining('Issues are disabled')] } });
		expect(await reconcile()).toMatchObject({ newIssues: { made: [], problems: [] } });
		expect(await notes(refused.id)).toEqual([expect.stringContaining('could not be made')]);
		expect(await bench.reload(refused)).toMatchObject({ issueWish: 'refused', issueNumber: 0, status: 'pending' });
	});

	it('and that the token may not make stays wanted, keeps no other one back, and is not asked for each minute', async () => {
		await bench.github.createRepository({ fullName: 'octo/archived', files: { a: 'b' } });
		const task = await wanting({ repository: 'octo/archived' });
		await wanting();
		bench.github.failNext('POST /repos/octo/archived/issues', { status: 403, body: { message: 'Repository was archived so is read-only.' }, times: 20 });
		expect(await reconcile()).toMatchObject({ newIssues: { made: [1], problems: [expect.stringContaining('archived')] } });
		expect(await reconcile()).toMatchObject({ newIssues: { made: [], problems: [] } });
		expect(await bench.reload(task)).toMatchObject({ issueWish: 'wanted' });
		expect(await notes(task.id)).toEqual([]);
	});

	it('and that is being made is left to whoever makes it', async () => {
		const { id } = await wanting();
		const lock = await claimLock(testTools(bench.store), `issue:${id}`, 60_000, signal);
		expect(await reconcile()).toMatchObject({ newIssues: { made: [], problems: [] } });
		if (lock !== undefined) await releaseLock(testTools(bench.store), lock, signal);
		expect(await reconcile()).toMatchObject({ newIssues: { made: [1] } });
	});
});

it('a task has one issue when Create Task and Reconcile make it at once', async () => {
	await fromFields('Mend it', { createIssue: false });
	const [{ id } = { id: 0 }] = await bench.store.tasks.update({ id: { eq: 1 } }, { issueWish: 'wanted' }, signal);
	const [created] = await Promise.all([fromFields('Mend it'), reconcile()]);
	expect(created.error).toBeUndefined();
	expect(issues()).toHaveLength(1);
	expect(await bench.reload({ id })).toMatchObject({ issueNumber: 1, issueWish: 'none' });
});

describe('whoever is slow', () => {
	/** A client that looks and makes as the real one does, and can be held between the two. */
	async function slow(held: { look?: boolean; make?: boolean }): Promise<{ made: number; numbers: number[] }> {
		const tools = testTools(createMemoryStore());
		const { task } = await createTask(tools, { title: 'T', projectId: 1, repository: 'o/r', fingerprint: 'x' }, {}, signal);
		const made: number[] = [];
		let open: (() => void) | undefined;
		const hold = async (isWanted = false): Promise<void> => {
			if (isWanted && open === undefined) await new Promise<void>((resolve) => (open = resolve));
		};
		const createIssueOnce = async ({ turn }: IssueRequest): ReturnType<GithubClient['createIssueOnce']> => {
			const known = made[0];
			await hold(held.look);
			if (known !== undefined) return { number: known, url: 'u', created: false };
			await turn?.(signal);
			await hold(held.make);
			made.push(made.length + 1);
			return { number: made.length, url: 'u', created: true };
		};
		const services = { ...tools, redact: (text: string) => text, executionId: 'e', instance: 'i' } as unknown as Services;
		const github = { client: { createIssueOnce } } as unknown as Github;
		const add = async (): Promise<Task> => await addIssue(services, github, task, { body: '', labels: [] }, signal);
		const one = add();
		while (open === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
		tools.advance(held.make === true ? 89_000 : 121_000);
		const two = add();
		await new Promise((resolve) => setTimeout(resolve, 300));
		open();
		return { numbers: (await Promise.all([one, two])).map(({ issueNumber }) => issueNumber), made: made.length };
	}

	it('at looking makes no second issue when its turn has ended meanwhile', async () => {
		expect(await slow({ look: true })).toEqual({ made: 1, numbers: [1, 1] });
	});

	it('at making keeps the others waiting as long as it may take', async () => {
		expect(await slow({ make: true })).toEqual({ made: 1, numbers: [1, 1] });
	});
});
