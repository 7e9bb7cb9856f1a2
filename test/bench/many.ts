/** Many at once: copies of one signal, and executions that wait. */
import { execFileSync } from 'node:child_process';
import { openFetchStore } from '../e2e/support/fetch-store';
import { openStage, type Stage } from '../e2e/support/stage';
import { labelOften } from '../e2e/support/flow';
import { waitFor } from '../e2e/support/poll';
import { bash, done, when } from '../fixtures/model';
import { seconds, timed, type Figure, type Measured } from './figure';

const COPIES = 50;
const WAITS = 200;
const A_CALL = 25;
const signal = new AbortController().signal;

export const figure: Figure = {
	name: 'many',
	about: `${COPIES} copies of one signal at once, and a sweep over ${WAITS} waits, in a real n8n`,
	measure: async (say) => {
		const stage = await openStage({ scripts: [when(/.*/s).turns([bash('echo changed >> README.md && git add -A && git commit -q -m Change'), done('Changed.')])] });
		try {
			return [...(await copies(stage, say)), ...(await waits(stage, say))];
		} finally {
			await stage.close();
		}
	},
};

async function copies(stage: Stage, say: (line: string) => void): Promise<Measured[]> {
	const { github, n8n, fullName: repository } = stage;
	const number = github.openIssue({ repository, title: 'Change the README', body: 'Please.', association: 'OWNER' });
	await github.delivered();
	const before = performance.now();
	const sent = new Set(labelOften(stage, number, COPIES));
	await github.delivered();
	const answered = performance.now() - before;
	const answers = github.deliveries.filter(({ id }) => sent.has(id));
	const refused = answers.filter(({ status }) => status > 299);
	if (refused.length > 0) throw new Error(`${refused.length} copies were refused: ${JSON.stringify(refused[0])}`);
	// GitHub waits no longer than ten seconds for an answer; a busy machine may need more, and the copies count all the same.
	say(`${answers.filter(({ status }) => status > 0).length} of ${COPIES} answered within GitHub's ten seconds`);
	await stage.taskWhen('in_review', 180_000);
	const opened = performance.now() - before;
	await waitFor('all copies to be dealt with', async () => {
		const running = await n8n.client.listExecutions({ status: 'running' });
		const [task] = await stage.rows('maestro_tasks');
		return running.length === 0 && Number(task?.duplicates) >= COPIES - 1 ? true : undefined;
	}, { limitMs: 180_000, everyMs: 500, seen: async () => (await stage.rows('maestro_tasks')).map((task) => [task.id, task.status, task.duplicates]) });
	const all = performance.now() - before;
	const tasks = (await stage.rows('maestro_tasks')).length;
	const sessions = (await stage.rows('maestro_sessions')).length;
	const pullRequests = github.requests.filter(({ method, path, status }) => method === 'POST' && /\/pulls$/.test(path) && status === 201).length;
	say(`all answered after ${seconds(answered)}, pull request after ${seconds(opened)}, last copy counted after ${seconds(all)}`);
	return [
		{ what: `${COPIES} copies of one signal: tasks, sessions, pull requests`, target: '1, 1, 1', value: `${tasks}, ${sessions}, ${pullRequests}`, met: tasks === 1 && sessions === 1 && pullRequests === 1 },
		{ what: 'until the pull request was open', target: '', value: seconds(opened) },
		{ what: 'until the last copy was counted', target: '', value: seconds(all) },
	];
}

/** Rows as Maestro Await PR writes them, on pull requests that are quiet. */
async function waits(stage: Stage, say: (line: string) => void): Promise<Measured[]> {
	const { github, n8n, fullName: repository } = stage;
	// Nobody else may sweep while calls are counted.
	await n8n.client.unpublish(stage.workflows.reconcile);
	const { gitPath } = github.repositoryState(repository);
	const tip = await github.pushCommit({ repository, branch: 'many', files: { 'many.txt': 'many\n' }, message: 'Many' });
	execFileSync('git', ['update-ref', '--stdin'], { cwd: gitPath, input: Array.from({ length: WAITS }, (_, index) => `create refs/heads/many-${index} ${tip}\n`).join('') });
	const store = openFetchStore(n8n.url, n8n.apiKey);
	const [pattern] = await store.waits.find({ status: { eq: 'waiting' } }, { limit: 1 }, signal);
	if (pattern === undefined) throw new Error('Nothing is awaited.');
	const { id, createdAt, updatedAt, ...row } = pattern;
	const rows = [];
	for (let index = 1; index < WAITS; index++) {
		const number = await github.openPullRequest({ repository, head: `many-${index}`, title: `Many ${index}` });
		rows.push({ ...row, pullRequestNumber: number, lastVerdict: '' });
	}
	for (let from = 0; from < rows.length; from += 50) await store.waits.insert(rows.slice(from, from + 50), signal);
	const calls = (): number => github.requests.filter(({ path }) => path.startsWith('/graphql')).length;
	const sweep = async (): Promise<{ calls: number; ms: number }> => {
		const before = calls();
		const { ms } = await timed(async () => await stage.reconcile());
		return { calls: calls() - before, ms };
	};
	const first = await sweep();
	const quiet = await sweep();
	const running = (await n8n.client.listExecutions({ status: 'running' })).length;
	say(`first sweep ${seconds(first.ms)} with ${first.calls} calls, the next, with nothing new, ${seconds(quiet.ms)} with ${quiet.calls} calls`);
	const wanted = Math.ceil(WAITS / A_CALL);
	return [
		{ what: `GraphQL calls of a sweep over ${WAITS} waits`, target: `≤ ${wanted}`, value: String(quiet.calls), met: Math.max(first.calls, quiet.calls) <= wanted },
		{ what: 'executions that hold a slot meanwhile', target: '0', value: String(running), met: running === 0 },
		{ what: 'a sweep with nothing new', target: '', value: seconds(quiet.ms) },
	];
}
