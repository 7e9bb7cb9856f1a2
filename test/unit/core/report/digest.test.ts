import { composeDigest, type DigestFacts } from '../../../../core/report/digest';
import { digestPage } from '../../../../core/report/digest-page';
import { renderText } from '../../../../core/report/render';
import { newTask } from '../../../../core/task/create-task';
import type { Task } from '../../../../core/task/records';

const DAY = { date: '2026-03-01', from: new Date('2026-03-01T00:00:00Z'), to: new Date('2026-03-02T00:00:00Z') };
const NONE = { count: 0, newest: [] };
let lastId = 0;
const task = (fields: Partial<Task>): Task => ({ ...newTask({ title: 'Mend it', projectId: 1, repository: 'octo/shop', ...fields }), createdAt: '', updatedAt: '', id: ++lastId });
const facts = (fields: Partial<DigestFacts> = {}): DigestFacts => ({ day: DAY, tasks: [], runs: [], work: new Map(), problems: [], ...fields });
const entry = (number: number, createdAt = '2026-02-01T00:00:00Z', isDraft = false) => ({ number, title: `Number ${number}`, createdAt, isDraft });
const open = (issues: ReturnType<typeof entry>[], pullRequests: ReturnType<typeof entry>[] = []): DigestFacts['work'] =>
	new Map([['octo/shop', { kind: 'open', issues: { count: issues.length, newest: issues }, pullRequests: { count: pullRequests.length, newest: pullRequests } }]]);
const text = (given: DigestFacts, most = 10): string => renderText(digestPage(composeDigest(given), { webUrl: 'https://github.com', most }), '').replaceAll('\u200b', '');

beforeEach(() => {
	lastId = 0;
});

describe('a digest', () => {
	it('sorts tasks by what they need', () => {
		const statuses = ['blocked', 'failed', 'in_progress', 'in_review', 'pending', 'completed'] as const;
		const digest = composeDigest(facts({ tasks: statuses.map((status) => task({ status })) }));
		const ids = (list: readonly { id: number }[]): number[] => list.map(({ id }) => id);
		expect([digest.waiting, digest.running, digest.inReview, digest.pending, digest.completed].map(ids)).toEqual([[1, 2], [3], [4], [5], [6]]);
		expect(digest.isQuiet).toBe(false);
	});

	it('adds up what yesterday cost, by repository, the dearest first', () => {
		const runs = [
			{ repository: 'octo/shop', costUsd: 0.1 },
			{ repository: 'octo/site', costUsd: 1.2 },
			{ repository: 'octo/shop', costUsd: 0.2 },
			{ repository: '', costUsd: 0 },
		];
		expect(composeDigest(facts({ runs })).cost).toEqual({
			usd: 1.5,
			runs: 4,
			byRepository: [
				{ repository: 'octo/site', usd: 1.2, runs: 1 },
				{ repository: 'octo/shop', usd: 0.3, runs: 2 },
				{ repository: '', usd: 0, runs: 1 },
			],
		});
		expect(text(facts({ runs }))).toContain('Cost on 2026-03-01: $1.50, 4 runs\n- octo/site: $1.20, 1 run\n- octo/shop: $0.30, 2 runs\n- Without a task: $0.00, 1 run');
	});

	it('says which issues are new, and which pull requests are drafts or those of Maestro', () => {
		const work = open([entry(9, '2026-03-01T00:00:00Z'), entry(8)], [entry(7), entry(6, undefined, true)]);
		const shown = text(facts({ work, tasks: [task({ status: 'in_review', pullRequestNumber: 7, title: 'Mine' }), task({ status: 'in_review', repository: 'octo/other', pullRequestNumber: 6 })] }));
		expect(shown).toContain('octo/shop: 2 open issues\n- #9 Number 9 (https://github.com/octo/shop/issues/9) (new)\n- #8 Number 8 (https://github.com/octo/shop/issues/8)\n');
		expect(shown).toContain('#7 Number 7 (https://github.com/octo/shop/pull/7) (Maestro)\n- #6 Number 6 (https://github.com/octo/shop/pull/6) (draft)\n');
		expect(shown).toContain('In review (2)\n- Task 1 of octo/shop, Mine (https://github.com/octo/shop/pull/7)\n');
	});

	it('leads from a task to its pull request, else to its issue, else nowhere', () => {
		const shown = text(facts({ tasks: [task({ status: 'blocked', issueNumber: 3, pullRequestNumber: 4 }), task({ status: 'blocked', issueNumber: 3 }), task({ status: 'blocked', statusReason: 'It asks which' })] }));
		expect(shown).toContain('(https://github.com/octo/shop/pull/4)\n');
		expect(shown).toContain('(https://github.com/octo/shop/issues/3)\n');
		expect(shown).toContain('Task 3 of octo/shop, Mend it: It asks which\n');
	});

	it('counts all and writes out the first', () => {
		const shown = text(facts({ tasks: Array.from({ length: 5 }, () => task({ status: 'pending' })) }), 2);
		expect(shown).toContain('Waiting their turn (5)');
		expect(shown).toContain('- and 3 more');
	});

	it('says where a reason goes on', () => {
		const long = text(facts({ tasks: [task({ status: 'blocked', statusReason: `${'word '.repeat(60)}end` })] }));
		expect(long).toMatch(/word word…\n/);
		expect(text(facts({ tasks: [task({ status: 'blocked', statusReason: 'word' })] }))).toMatch(/: word\n/);
	});

	it('tells in its subject what needs a person', () => {
		const { title } = digestPage(composeDigest(facts({ tasks: [task({ status: 'blocked' }), task({ status: 'in_progress' })], runs: [{ repository: '', costUsd: 2 }] })), { webUrl: '', most: 1 });
		expect(title).toBe('Maestro: 1 task needs you, 1 running, 0 in review, $2.00 yesterday');
	});

	it('says what GitHub does not show, and what could not be found out', () => {
		const shown = text(facts({ work: new Map([['octo/gone', { kind: 'refused', reason: 'Not found' }]]), problems: ['GitHub is down'] }));
		expect(shown).toContain('Could not be found out\n- GitHub is down\n- GitHub does not show octo/gone: Not found');
	});
});

describe('a day', () => {
	it('without anything is quiet, and old issues alone make no news', () => {
		expect(composeDigest(facts()).isQuiet).toBe(true);
		expect(composeDigest(facts({ work: open([entry(1)]) })).isQuiet).toBe(true);
		expect(text(facts())).toContain('nothing to report');
	});

	it.each<[string, Partial<DigestFacts>]>([
		['a new issue', { work: open([entry(1, '2026-03-01T10:00:00Z')]) }],
		['an open pull request', { work: open([], [entry(1)]) }],
		['a run', { runs: [{ repository: '', costUsd: 0 }] }],
		['a blocked task', { tasks: [task({ status: 'blocked' })] }],
		['a completed task', { tasks: [task({ status: 'completed' })] }],
		['something that could not be found out', { problems: ['no'] }],
		['a repository that GitHub does not show', { work: new Map([['octo/gone', { kind: 'refused', reason: 'no' }]]) }],
	])('with %s is not quiet', (_, fields) => {
		expect(composeDigest(facts(fields)).isQuiet).toBe(false);
	});

	it('of a repository without anything open has no section for it', () => {
		expect(text(facts({ work: new Map([['octo/shop', { kind: 'open', issues: NONE, pullRequests: NONE }]]) }))).not.toContain('octo/shop');
	});
});
