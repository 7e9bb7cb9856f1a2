/** Signals of several sources about one thing become one task. */
import fc from 'fast-check';
import { createTasks, type TaskAnswer, type TaskAsk, type TaskDraft } from '../../../../core/task/create-task';
import { noteAliases, pruneAliases } from '../../../../core/task/aliases';
import { reachesAtLeast, REACHES } from '../../../../core/task/ladder';
import type { Task } from '../../../../core/task/records';
import { NO_RULES, type RuledSignal, type TaskRules } from '../../../../core/task/rules';
import type { Store } from '../../../../core/task/store';
import { createMemoryStore } from '../../../fixtures/memory-store';
import { testTools } from '../../../fixtures/task-tools';

const signal = new AbortController().signal;
const SENTRY = 'sentry:acme:7';
const MAIL = 'email:<m1@x>';
const ISSUE = 'github:o/r#5';

let store: Store;
let tools: ReturnType<typeof testTools>;
beforeEach(() => {
	store = createMemoryStore();
	tools = testTools(store);
});

interface Sent {
	readonly draft?: Partial<TaskDraft>;
	readonly links?: readonly string[];
	readonly ruled?: Partial<RuledSignal>;
	readonly rules?: Partial<TaskRules>;
	readonly retry?: boolean;
}

const ask = (fingerprint: string, { draft, links = [], ruled, rules, retry = false }: Sent = {}): TaskAsk => ({
	draft: { title: fingerprint, body: 'Text', projectId: 1, repository: 'o/r', fingerprint, ...draft },
	options: { retryFinished: retry, signalAt: new Date(Date.now() + 60_000).toISOString() },
	links,
	ruled: { signal: { kind: 'seen', severity: 'medium', count: undefined, own: false, reopened: false, receivedAt: new Date(Date.now() + 60_000).toISOString(), ...ruled }, rules: { ...NO_RULES, ...rules } },
});

async function send(fingerprint: string, sent: Sent = {}): Promise<TaskAnswer> {
	const [answer] = await createTasks(tools, [ask(fingerprint, sent)], signal);
	if (answer === undefined) throw new Error('There is no answer');
	return answer;
}

const tasks = async (): Promise<Task[]> => await store.tasks.find({}, { limit: 500 }, signal);
const move = async (id: number, changes: Partial<Task>): Promise<Task[]> => await store.tasks.update({ id: { eq: id } }, changes, signal);

describe('signals that link to each other', () => {
	it.each([
		['a mail that links to an error, then the error', [MAIL, [SENTRY]], [SENTRY, []]],
		['an error, then a mail that links to it', [SENTRY, []], [MAIL, [SENTRY]]],
		['an issue that links to an error, then a mail that links to it too', [ISSUE, [SENTRY]], [MAIL, [SENTRY]]],
		['a mail that links to an issue, then the issue', [MAIL, [ISSUE]], [ISSUE, []]],
	] as const)('are one task: %s', async (_, [first, links], [second, more]) => {
		expect(await send(first, { links })).toMatchObject({ created: true });
		expect(await send(second, { links: more })).toMatchObject({ created: false, task: { fingerprint: first, duplicates: 1 } });
		// From now on it needs no link.
		expect(await send(second)).toMatchObject({ created: false, task: { fingerprint: first, duplicates: 2 } });
		expect(await tasks()).toHaveLength(1);
	});

	it('are one task when they come at once, however many there are, and all others are counted', async () => {
		for (let round = 0; round < 5; round++) {
			store = createMemoryStore({ sqliteRace: round % 2 === 1 });
			tools = testTools(store);
			const mails = Array.from({ length: 6 }, async (_, index) => await send(`email:<${index}@x>`, { links: [SENTRY, ISSUE] }));
			const errors = Array.from({ length: 6 }, async () => await send(SENTRY));
			const issues = Array.from({ length: 6 }, async () => await send(ISSUE, { links: [SENTRY] }));
			const answers = await Promise.all([...mails, ...errors, ...issues]);
			expect(answers.filter(({ created }) => created)).toHaveLength(1);
			expect((await tasks()).map(({ duplicates }) => duplicates)).toEqual([17]);
			expect(await store.locks.find({}, { limit: 100 }, signal)).toEqual([]);
		}
	});

	it('are one task in any order, if each is linked with one thing', async () => {
		const anySignal = fc.constantFrom<readonly [string, readonly string[]]>([SENTRY, []], [MAIL, [SENTRY]], ['email:<m2@x>', [SENTRY, ISSUE]], [ISSUE, [SENTRY]], ['github:o/r#6', [SENTRY]]);
		await fc.assert(
			fc.asyncProperty(fc.array(anySignal, { minLength: 1, maxLength: 12 }), fc.boolean(), async (sent, together) => {
				store = createMemoryStore();
				tools = testTools(store);
				// Whatever comes first, the error is what all are about.
				const all: (readonly [string, readonly string[]])[] = [...sent, [SENTRY, []]];
				if (together) await Promise.all(all.map(async ([fingerprint, links]) => await send(fingerprint, { links })));
				else for (const [fingerprint, links] of all) await send(fingerprint, { links });
				expect((await tasks()).map(({ duplicates }) => duplicates)).toEqual([all.length - 1]);
			}),
			{ numRuns: 40 },
		);
	});

	it('lose nothing where n8n goes away between the name and the task', async () => {
		await noteAliases(tools, MAIL, [SENTRY], signal);
		expect(await send(SENTRY)).toMatchObject({ created: true });
		expect(await send(MAIL, { links: [SENTRY] })).toMatchObject({ created: false });
	});

	it('are two tasks where the one that is linked to is over: a new report is not lost in it', async () => {
		const { task } = await send(SENTRY);
		await move(task?.id ?? 0, { status: 'completed', finishedAt: new Date().toISOString() });
		expect(await send(MAIL, { links: [SENTRY] })).toMatchObject({ created: true });
		// And the error that comes again belongs to the one that goes on.
		expect(await send(SENTRY)).toMatchObject({ created: false, task: { fingerprint: MAIL } });
	});

	it('let nobody take a signal away that may go farther', async () => {
		const held = await send(MAIL, { links: [SENTRY], draft: { status: 'blocked', reach: 'triage' } });
		const low = await send('email:<m2@x>', { links: [SENTRY], draft: { reach: 'root_cause' } });
		const error = await send(SENTRY);
		expect([held, low, error].map(({ created }) => created)).toEqual([true, true, true]);
		// The other way round it is counted.
		expect(await send('email:<m3@x>', { links: [SENTRY], draft: { status: 'blocked', reach: 'triage' } })).toMatchObject({ created: false });
	});

	it('do not start each other again, and change no text', async () => {
		const { task } = await send(SENTRY);
		await move(task?.id ?? 0, { status: 'blocked', startedAt: new Date().toISOString() });
		expect(await send(MAIL, { links: [SENTRY], retry: true })).toMatchObject({ retried: false, task: { status: 'blocked', title: SENTRY } });
		expect(await send(SENTRY, { retry: true })).toMatchObject({ retried: true });
	});

	it('start the task again from the issue that was made for it', async () => {
		const { task } = await send(SENTRY, { draft: { reach: 'branch' } });
		await noteAliases(tools, SENTRY, [ISSUE], signal);
		await move(task?.id ?? 0, { status: 'blocked', issueNumber: 5, startedAt: new Date().toISOString() });
		const again = await send(ISSUE, { retry: true, ruled: { own: true }, draft: { title: 'Answered', reach: 'pull_request' } });
		expect(again).toMatchObject({ retried: true, task: { status: 'pending', title: 'Answered', reach: 'branch' } });
	});
});

describe('what is back', () => {
	const back = { ruled: { kind: 'regressed' } };
	const complete = async (id: number): Promise<Task[]> => await move(id, { status: 'completed', finishedAt: new Date().toISOString(), pullRequestUrl: 'https://github.com/o/r/pull/9' });

	it('gets one new task each time, linked with the one before, however often it is said', async () => {
		const first = await send(SENTRY);
		await complete(first.task?.id ?? 0);
		expect(await send(SENTRY)).toMatchObject({ created: false });
		const answers = await Promise.all(Array.from({ length: 8 }, async () => await send(SENTRY, back)));
		expect(answers.filter(({ created }) => created)).toMatchObject([{ task: { regressionOf: first.task?.id, body: expect.stringContaining('https://github.com/o/r/pull/9') } }]);
		const [, second] = await tasks();
		expect(second?.duplicates).toBe(7);
		const lines = await store.events.find({ taskId: { eq: first.task?.id ?? 0 } }, { limit: 20 }, signal);
		expect(lines.map(({ type }) => type)).toEqual(['task.created', 'task.duplicate', 'task.regressed']);
		await complete(second?.id ?? 0);
		expect(await send(SENTRY, back)).toMatchObject({ created: true, task: { regressionOf: second?.id } });
	});

	it('is counted while a task about it goes on', async () => {
		await send(MAIL, { links: [SENTRY] });
		expect(await send(SENTRY, back)).toMatchObject({ created: false, task: { fingerprint: MAIL, duplicates: 1 } });
	});
});

describe('rules', () => {
	it('stop a storm at the limit, also when all come at once', async () => {
		const answers = await Promise.all(Array.from({ length: 25 }, async (_, index) => await send(`sentry:acme:${index}`, { draft: { source: 'sentry' }, rules: { maxPerHour: 4 } })));
		expect(answers.filter(({ created }) => created)).toHaveLength(4);
		expect(answers.filter(({ ignored }) => ignored !== undefined)).toHaveLength(21);
		// Another source, and what has a task, is not held up.
		expect(await send(ISSUE, { draft: { source: 'github' }, rules: { maxPerHour: 4 } })).toMatchObject({ created: true });
		expect(await send(ISSUE, { draft: { source: 'github' }, rules: { maxPerHour: 1 } })).toMatchObject({ created: false, task: { duplicates: 1 } });
		expect(await send('email:<m9@x>', { draft: { source: 'email' }, rules: { maxPerHourInProject: 5 } })).toMatchObject({ ignored: expect.stringContaining('in this project') });
	});

	it('answer each of several that came together', async () => {
		const answers = await createTasks(tools, [ask(SENTRY, { ruled: { kind: 'issue.resolved' } }), ask(SENTRY), ask(SENTRY)], signal);
		expect(answers.map(({ created, ignored, task }) => [created, ignored !== undefined, task?.duplicates])).toEqual([[false, true, 0], [true, false, 0], [false, false, 1]]);
	});
});

it('names that nobody needs any more go, the oldest first and a few at a time', async () => {
	const day = 24 * 3600_000;
	for (let part = 0; part < 3; part++) await noteAliases(tools, 'email:<old@x>', Array.from({ length: 20 }, (_, index) => `email:<${part}-${index}@x>`), signal);
	expect(await pruneAliases(tools, day, signal)).toBe(0);
	tools.advance(day + 1_000);
	expect([await pruneAliases(tools, day, signal), await pruneAliases(tools, day, signal), await pruneAliases(tools, day, signal)]).toEqual([50, 10, 0]);
});

it('no signal raises how far a task may go, whatever comes in whatever order', async () => {
	const reaches = fc.constantFrom(...REACHES);
	const anySignal = fc.record({ fingerprint: fc.constantFrom(SENTRY, MAIL, ISSUE), links: fc.subarray([SENTRY, ISSUE]), reach: reaches, retry: fc.boolean(), kind: fc.constantFrom('seen', 'regressed', 'issue.resolved'), own: fc.boolean() });
	const anyMove = fc.constantFrom('pending', 'blocked', 'failed', 'cancelled', 'completed', 'archived');
	await fc.assert(
		fc.asyncProperty(fc.array(fc.tuple(anySignal, anyMove), { maxLength: 10 }), async (steps) => {
			store = createMemoryStore();
			tools = testTools(store);
			for (const [{ fingerprint, links, reach, retry, kind, own }, status] of steps) {
				const before = await tasks();
				await send(fingerprint, { links, retry, ruled: { kind, own }, draft: { reach, ...(reach === 'triage' ? { status: 'blocked' } : {}) } });
				for (const row of await tasks()) {
					const earlier = before.find(({ id }) => id === row.id);
					// A new task goes as far as its own signal, an old one no farther than it did.
					expect(reachesAtLeast(earlier?.reach ?? reach, row.reach)).toBe(true);
					if (row.reach === 'triage' && earlier?.status !== 'pending') expect(row.status).not.toBe('pending');
				}
				const last = (await tasks()).at(-1);
				if (last !== undefined) await move(last.id, { status, finishedAt: status === 'completed' ? new Date().toISOString() : null });
			}
		}),
		{ numRuns: 150 },
	);
});
