import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMaestroError, MaestroError } from '../../../core/errors';
import { createGithubClientWith } from '../../../core/github/client';
import { type GithubClient, pullRequestKey } from '../../../core/github/github';
import { type Github, startGithub } from '../../fixtures/github';

const TOKEN = 'github_pat_for_the_stand_in';
const REPOSITORY = 'Acme/shop';
const signal = new AbortController().signal;

let root: string;
let github: Github;
let waits: number[];

function client(token = TOKEN, apiUrl = github.apiUrl): GithubClient {
	const effects = {
		now: () => Date.now(),
		random: () => 0,
		sleep: (ms: number) => {
			waits.push(ms);
			return Promise.resolve();
		},
	};
	return createGithubClientWith({ token, apiUrl, fetch: globalThis.fetch }, effects);
}

async function failure(work: Promise<unknown>): Promise<MaestroError> {
	const error: unknown = await work.then(
		() => undefined,
		(reason: unknown) => reason,
	);
	if (!isMaestroError(error)) throw new Error(`expected a MaestroError, got ${String(error)}`);
	return error;
}

beforeEach(async () => {
	root = await mkdtemp(join(tmpdir(), 'maestro-client-'));
	github = await startGithub({ root, token: TOKEN, login: 'maestro-user' });
	waits = [];
	await github.createRepository({ fullName: REPOSITORY, files: { 'cart.js': 'one\n' } });
	await github.pushCommit({ repository: REPOSITORY, branch: 'maestro/1-cart', files: { 'cart.js': 'two\n' } });
});

afterEach(async () => {
	await github.close();
	await rm(root, { recursive: true, force: true });
	expect(github.violations).toEqual([]);
});

const opened = { repository: REPOSITORY, head: 'maestro/1-cart', base: 'main', title: 'Fix the cart', body: 'Fixes #1', draft: false };
const one = { repository: REPOSITORY, number: 1 };

describe('the GitHub client', () => {
	it('tells whose token it is and what the token may do', async () => {
		expect(await client().viewer(signal)).toEqual({ login: 'maestro-user', scopes: ['repo'], expiresAt: null });
		expect(await client().repository(REPOSITORY, signal)).toEqual({ fullName: REPOSITORY, defaultBranch: 'main', canPush: true, isPrivate: false, archived: false });
	});

	it.each([
		['2026-03-01 12:00:00 UTC', '2026-03-01T12:00:00.000Z'],
		['2026-03-01 12:00:00 +0100', '2026-03-01T11:00:00.000Z'],
		['2026-13-41 12:00:00 UTC', null],
		['soon', null],
	])('tells when the token expires, which GitHub writes as %s', async (expires, expiresAt) => {
		github.changeToken({ expires });
		expect(await client().viewer(signal)).toMatchObject({ expiresAt });
	});

	it('lists what is open, the newest first, with how much there is', async () => {
		for (const title of ['One', 'Two', 'Three']) github.openIssue({ repository: REPOSITORY, title });
		const { pullRequest } = await client().openPullRequest(opened, signal);
		const found = await client().openWork([REPOSITORY, 'nobody/nothing'], 2, signal);
		const work = found.get(REPOSITORY);
		if (work?.kind !== 'open') throw new Error(JSON.stringify(work));
		expect(work.issues.count).toBe(github.repositoryState(REPOSITORY).issues.size - 1);
		expect(work.issues.newest.map(({ title }) => title)).toEqual(['Three', 'Two']);
		expect(work.pullRequests).toMatchObject({ count: 1, newest: [{ number: pullRequest.number, title: 'Fix the cart', isDraft: false }] });
		expect(found.get('nobody/nothing')).toEqual({ kind: 'refused', reason: expect.stringContaining('nobody/nothing') });
	});

	it('opens a pull request once, however often it is asked', async () => {
		const first = await client().openPullRequest(opened, signal);
		const second = await client().openPullRequest(opened, signal);
		expect([first.created, second.created]).toEqual([true, false]);
		expect(second.pullRequest).toEqual(first.pullRequest);
		expect(first.pullRequest).toMatchObject({ repository: REPOSITORY, number: 1, state: 'open', merged: false, headBranch: 'maestro/1-cart', baseBranch: 'main', title: 'Fix the cart' });
	});

	it('finds the pull request whose making was not confirmed, because the connection broke', async () => {
		github.failNext('POST /repos/*/pulls', { lost: true });
		const { pullRequest } = await client().openPullRequest(opened, signal);
		expect(pullRequest.number).toBe(1);
		expect(github.pullRequests(REPOSITORY)).toHaveLength(1);
	});

	it('asks again when an answer was cut off in the middle', async () => {
		github.failNext('GET /repos/*', { cut: true, times: 2 });
		expect((await client().repository(REPOSITORY, signal)).defaultBranch).toBe('main');
		expect(waits).toEqual([200, 400]);
	});

	it('gives up on a server that stays away, and says so', async () => {
		github.failNext('GET /repos/*', { status: 502, times: 4 });
		const error = await failure(client().repository(REPOSITORY, signal));
		expect(error.code).toBe('github_unavailable');
		expect(error.message).toContain(`reading ${REPOSITORY}`);
		expect(github.requests.filter((request) => request.status === 502)).toHaveLength(4);
	});

	it('waits for a short rate limit and goes on', async () => {
		github.failNext('*', { status: 403, headers: { 'retry-after': '7' }, body: { message: 'You have exceeded a secondary rate limit' } });
		expect((await client().viewer(signal)).login).toBe('maestro-user');
		expect(waits.map((ms) => Math.round(ms / 1000))).toEqual([7]);
	});

	it('names the time at which a long rate limit ends', async () => {
		const reset = Math.floor(Date.now() / 1000) + 1800;
		github.failNext('*', { status: 403, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(reset) }, body: { message: 'API rate limit exceeded' } });
		const error = await failure(client().viewer(signal));
		expect(error.code).toBe('github_rate_limit');
		expect(error.facts.resetAt).toBe(new Date(reset * 1000).toISOString());
		expect(waits).toEqual([]);
	});

	it('knows a rate limit of GraphQL, which comes with status 200', async () => {
		github.failNext('POST /graphql', { status: 200, headers: { 'retry-after': '120' }, body: { errors: [{ type: 'RATE_LIMITED', message: 'API rate limit exceeded' }] } });
		expect((await failure(client().snapshots([one], signal))).code).toBe('github_rate_limit');
	});

	it('says that a token is wrong without showing it', async () => {
		const error = await failure(client('ghp_wrong_token').repository(REPOSITORY, signal));
		expect(error.code).toBe('github_auth');
		expect(JSON.stringify([error.message, error.advice, error.facts])).not.toContain('ghp_wrong_token');
	});

	it('names the permission that is missing', async () => {
		await github.createRepository({ fullName: 'acme/read-only', files: { a: 'a' }, canPush: false });
		await github.pushCommit({ repository: 'acme/read-only', branch: 'x', files: { a: 'b' } });
		const error = await failure(client().openPullRequest({ ...opened, repository: 'acme/read-only', head: 'x' }, signal));
		expect(error.code).toBe('github_auth');
		expect(error.advice).toContain('pull_requests=write');
	});

	it('says that a repository is not there or not granted', async () => {
		const error = await failure(client().repository('acme/nowhere', signal));
		expect(error.code).toBe('github_not_found');
		expect(error.advice).toContain('fine-grained');
	});

	it('passes on why GitHub refuses', async () => {
		const error = await failure(client().openPullRequest({ ...opened, base: 'nowhere' }, signal));
		expect(error.code).toBe('github_rejected');
		expect(error.message).toContain('base invalid');
	});

	it('stops when it is told to', async () => {
		const stop = new AbortController();
		github.failNext('*', { delayMs: 5_000 });
		const work = failure(client().viewer(stop.signal));
		stop.abort();
		expect((await work).code).toBe('cancelled');
	});

	it('finds the open pull request of a branch before a newer closed one', async () => {
		await client().openPullRequest(opened, signal);
		await github.closePullRequest(one);
		expect(await client().findPullRequest(REPOSITORY, 'maestro/1-cart', signal)).toMatchObject({ number: 1, state: 'closed', merged: false });
		const { pullRequest, created } = await client().openPullRequest(opened, signal);
		expect([pullRequest.number, created]).toEqual([2, true]);
		expect(await client().findPullRequest(REPOSITORY, 'maestro/1-cart', signal)).toMatchObject({ number: 2, state: 'open' });
		expect(await client().findPullRequest(REPOSITORY, 'maestro/none', signal)).toBeUndefined();
	});

	it('changes title and text, and reads them back', async () => {
		await client().openPullRequest(opened, signal);
		await client().updatePullRequest(one, { title: 'Fix the whole cart' }, signal);
		expect(await client().pullRequest(one, signal)).toMatchObject({ title: 'Fix the whole cart', body: 'Fixes #1' });
	});

	it('comments once for each marker, also when the answer was lost', async () => {
		await client().openPullRequest(opened, signal);
		github.failNext('POST /repos/*/comments', { lost: true });
		const first = await client().commentOnce(one, 'round-1', 'Working on it.', signal);
		const again = await client().commentOnce(one, 'round-1', 'Working on it.', signal);
		const other = await client().commentOnce(one, 'round-2', 'And again.', signal);
		expect([first.created, again.created, other.created]).toEqual([true, false, true]);
		expect(github.issue(one).comments.map((comment) => comment.body)).toEqual(['Working on it.\n\n<!-- maestro:round-1 -->', 'And again.\n\n<!-- maestro:round-2 -->']);
	});

	it('is not kept from commenting by a stranger who copies the marker', async () => {
		const number = github.openIssue({ repository: REPOSITORY, title: 'Bug' });
		github.comment({ repository: REPOSITORY, number }, '<!-- maestro:round-1 -->', 'stranger', 'NONE');
		expect((await client().commentOnce({ repository: REPOSITORY, number }, 'round-1', 'Hello', signal)).created).toBe(true);
	});

	it('makes an issue once for each marker and labels it', async () => {
		const request = { repository: REPOSITORY, title: 'From an e-mail', body: 'It broke', labels: ['auto'], marker: 'task-9' };
		const first = await client().createIssueOnce(request, signal);
		const again = await client().createIssueOnce(request, signal);
		expect([first.number, first.created, again.number, again.created]).toEqual([1, true, 1, false]);
		await client().addLabels(one, ['seen'], signal);
		expect(github.issue(one).labels).toEqual(['auto', 'seen']);
	});

	it('takes no issue for its own that only quotes the marker, whoever wrote what stands in it', async () => {
		const request = { repository: REPOSITORY, title: 'A mail', body: 'Log:\n```\n<!-- maestro:task-2 -->\n```\n<!-- maestro:task-1 -->', labels: [], marker: 'task-1' };
		expect(await client().createIssueOnce(request, signal)).toMatchObject({ number: 1, created: true });
		github.openIssue({ repository: REPOSITORY, title: 'Older', body: 'Quoted: <!-- maestro:task-2 -->\n\n<!-- maestro:task-3 -->', author: 'maestro-user' });
		expect(await client().createIssueOnce({ ...request, marker: 'task-2' }, signal)).toMatchObject({ number: 3, created: true });
		expect(await client().createIssueOnce(request, signal)).toMatchObject({ number: 1, created: false });
		expect(github.issue(one).body).toMatch(/^Log:\n```\n<\u200b!-- maestro:task-2 -->\n```\n<\u200b!-- maestro:task-1 -->\n\n<!-- maestro:task-1 -->$/);
	});

	it('finds its comment again by its last line alone', async () => {
		const number = github.openIssue({ repository: REPOSITORY, title: 'Bug' });
		const ref = { repository: REPOSITORY, number };
		await client().commentOnce(ref, 'round-1', 'It said: <!-- maestro:round-2 -->', signal);
		expect((await client().commentOnce(ref, 'round-2', 'Hello', signal)).created).toBe(true);
		expect((await client().commentOnce(ref, 'round-1', 'Other words', signal)).created).toBe(false);
	});

	it('cuts what GitHub refuses', async () => {
		const request = { repository: REPOSITORY, title: '😀'.repeat(400), body: 'x'.repeat(100_000), labels: [], marker: 'task-1' };
		const { number } = await client().createIssueOnce(request, signal);
		await client().commentOnce({ repository: REPOSITORY, number }, 'round-1', 'y'.repeat(100_000), signal);
		expect((await client().createIssueOnce(request, signal)).created).toBe(false);
		expect((await client().commentOnce({ repository: REPOSITORY, number }, 'round-1', '', signal)).created).toBe(false);
	});

	it('takes over an issue with an older marker where title and time say that it is the same', async () => {
		const old = (title: string): number => github.openIssue({ repository: REPOSITORY, title, body: 'Old\n\n<!-- maestro:maestro-task-1 -->', author: 'maestro-user' });
		const other = old('Of another n8n');
		const own = old('Bug');
		const request = { repository: REPOSITORY, title: 'Bug', body: '', labels: [], marker: 'maestro-task-1-abc' };
		const formerly = (since: number): { marker: string; title: string; since: string } => ({ marker: 'maestro-task-1', title: 'Bug', since: new Date(since).toISOString() });
		expect(await client().createIssueOnce({ ...request, formerly: formerly(Date.now() - 1000) }, signal)).toMatchObject({ number: own, created: false });
		const { number, created } = await client().createIssueOnce({ ...request, formerly: formerly(Date.now() + 3600_000) }, signal);
		expect([[other, own].includes(number), created]).toEqual([false, true]);
	});

	it('makes no issue when its turn is over', async () => {
		const over = new MaestroError('lease_lost', 'Over', '');
		const request = { repository: REPOSITORY, title: 'Bug', body: '', labels: [], marker: 'task-1' };
		await expect(client().createIssueOnce({ ...request, turn: async () => await Promise.reject(over) }, signal)).rejects.toBe(over);
		await expect(client().createIssueOnce({ ...request, turn: async () => await Promise.resolve(AbortSignal.abort()) }, signal)).rejects.toMatchObject({ code: 'cancelled' });
		expect(github.issues(REPOSITORY)).toEqual([]);
	});

	it('makes a hook once, as JSON, and brings it up to date', async () => {
		const request = { repository: REPOSITORY, url: 'http://127.0.0.1:9/webhook', events: ['issues'], secret: 'a secret' };
		const first = await client().ensureWebhook(request, signal);
		const again = await client().ensureWebhook({ ...request, events: ['issues', 'push'] }, signal);
		expect([first.created, again.created, again.id]).toEqual([true, false, first.id]);
		expect(github.repositoryState(REPOSITORY).hooks).toMatchObject([{ events: ['issues', 'push'], active: true, config: { content_type: 'json', secret: 'a secret' } }]);
		await client().removeWebhook(REPOSITORY, first.id, signal);
		await client().removeWebhook(REPOSITORY, first.id, signal);
		expect(github.repositoryState(REPOSITORY).hooks).toEqual([]);
	});
});

describe('snapshots', () => {
	it('hold what the verdict needs', async () => {
		await client().openPullRequest(opened, signal);
		await github.review(one, { author: 'ada', state: 'changes_requested', body: 'No loops', comments: [{ path: 'cart.js', line: 1, body: 'Here' }] });
		await github.review(one, { author: 'ci[bot]', association: 'NONE', state: 'commented', body: 'Coverage fell' });
		const job = await github.setCheck(one, 'test', 'failure', { log: 'a\nb\nexpected 2' });
		await github.setCheck(one, 'build', null);
		await github.setStatus(one, 'deploy', 'success', 'Preview is up');
		const seen = (await client().snapshots([one], signal)).get(pullRequestKey(one));
		expect(seen).toMatchObject({
			state: 'open',
			merged: false,
			mergeable: 'unknown',
			headBranch: 'maestro/1-cart',
			headSha: github.issue(one).pull?.headSha,
			reviewDecision: null,
			truncated: false,
			reviews: [
				{ author: 'ada', isBot: false, trust: 'owner', state: 'changes_requested', body: 'No loops' },
				{ author: 'ci[bot]', isBot: true, trust: 'none', state: 'commented' },
			],
			threads: [{ path: 'cart.js', line: 1, resolved: false, outdated: false, comments: [{ author: 'ada', body: 'Here' }] }],
			checks: [
				{ name: 'test', state: 'failed', jobId: job },
				{ name: 'build', state: 'pending' },
				{ name: 'deploy', state: 'passed', summary: 'Preview is up' },
			],
		});
		expect((await client().snapshots([one], signal)).get(pullRequestKey(one))?.mergeable).toBe('mergeable');
	});

	it("take for Maestro's own what carries its mark and comes from its account, and nothing else", async () => {
		await client().openPullRequest(opened, signal);
		const marked = 'Done.\n<!-- maestro:x -->';
		for (const [author, body] of [['maestro-user', marked], ['maestro-user', 'A person with the same account'], ['eve', marked]] as const) {
			await github.review(one, { author, state: 'commented', body, comments: [{ path: 'cart.js', line: 1, body }] });
		}
		const seen = (await client().snapshots([one], signal)).get(pullRequestKey(one));
		expect(seen?.reviews.map(({ isOwn }) => isOwn)).toEqual([true, false, false]);
		expect(seen?.threads.flatMap(({ comments }) => comments.map(({ isOwn }) => isOwn))).toEqual([true, false, false]);
	});

	it('follow the branch, notice a conflict, and see the merge', async () => {
		await client().openPullRequest(opened, signal);
		const mergeable = async (): Promise<string | undefined> => (await client().snapshots([one], signal)).get(pullRequestKey(one))?.mergeable;
		await mergeable();
		await github.pushCommit({ repository: REPOSITORY, branch: 'main', files: { 'cart.js': 'three\n' } });
		expect([await mergeable(), await mergeable()]).toEqual(['unknown', 'conflicting']);
		const sha = await github.pushCommit({ repository: REPOSITORY, branch: 'maestro/1-cart', files: { 'other.js': 'x\n' } });
		expect((await client().snapshots([one], signal)).get(pullRequestKey(one))?.headSha).toBe(sha);
		await github.pushCommit({ repository: REPOSITORY, branch: 'main', files: { 'cart.js': 'one\n' } });
		await github.merge(one);
		expect((await client().snapshots([one], signal)).get(pullRequestKey(one))).toMatchObject({ merged: true, state: 'closed' });
	});

	it('take one query for 25 pull requests, and say which are gone', async () => {
		const asked = client();
		await asked.openPullRequest(opened, signal);
		const refs = [one, { repository: 'acme/gone', number: 1 }, ...Array.from({ length: 24 }, (_entry, index) => ({ repository: REPOSITORY, number: 100 + index }))];
		const found = await asked.snapshots([...refs, one], signal);
		expect(asked.calls.graphql).toBe(2);
		expect(found.size).toBe(26);
		expect(found.get('acme/shop#1')?.number).toBe(1);
		expect(found.has('acme/gone#1')).toBe(true);
		expect(found.get('acme/gone#1')).toBeUndefined();
	});

	it('name the missing permission when GitHub leaves out checks that the token may not read', async () => {
		const commit = { oid: 'a'.repeat(40), committedDate: '2026-01-01T00:00:00Z', statusCheckRollup: { contexts: { pageInfo: { hasNextPage: false }, nodes: [null] } } };
		const none = { pageInfo: { hasPreviousPage: false }, nodes: [] };
		const names = { title: 'Cart', body: '', headRefName: 'maestro/1-cart', headRefOid: commit.oid, baseRefName: 'main', url: 'https://github.invalid/acme/shop/pull/1' };
		const pullRequest = { number: 1, state: 'OPEN', merged: false, mergedAt: null, isDraft: false, mergeable: 'MERGEABLE', reviewDecision: null, reviews: none, reviewThreads: none, commits: { nodes: [{ commit }] }, ...names };
		const errors = [{ type: 'FORBIDDEN', message: 'Resource not accessible by personal access token', path: ['p0', 'pullRequest'] }];
		github.failNext('POST /graphql', { status: 200, body: { data: { p0: { pullRequest } }, errors } });
		await expect(client().snapshots([one], signal)).rejects.toMatchObject({ code: 'github_auth', message: expect.stringContaining('may not read the checks of acme/shop#1'), advice: expect.stringContaining('repo') });
	});

	it('are asked for again when the answer was cut off', async () => {
		await client().openPullRequest(opened, signal);
		github.failNext('POST /graphql', { cut: true });
		expect((await client().snapshots([one], signal)).get(pullRequestKey(one))?.number).toBe(1);
	});

	it('bring the end of the logs of failed jobs, and leave out what has none', async () => {
		await client().openPullRequest(opened, signal);
		await github.setCheck(one, 'test', 'failure', { log: `${'x'.repeat(300_000)}\nthe end é` });
		await github.setCheck(one, 'lint', 'failure', { app: 'another-app' });
		await github.setCheck(one, 'fine', 'success', { log: 'fine' });
		const seen = (await client().snapshots([one], signal)).get(pullRequestKey(one));
		const logs = await client().failedJobLogs(REPOSITORY, seen?.checks ?? [], 20, signal);
		expect([...logs.keys()]).toEqual(['test']);
		expect(logs.get('test')).toMatch(/^x+\nthe end é$/);
		expect(Buffer.byteLength(logs.get('test') ?? '')).toBe(20);
	});
});

describe('an API address that is none', () => {
	it('gives an error that names the credential', async () => {
		const page = createServer((_request, response) => response.end('<html>'));
		await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve));
		const address = page.address();
		const port = typeof address === 'object' && address !== null ? address.port : 0;
		const error = await failure(client(TOKEN, `http://127.0.0.1:${port}`).repository(REPOSITORY, signal));
		page.close();
		expect(error.code).toBe('github_broken_response');
		expect(error.advice).toContain('Maestro GitHub credential');
	});
});
