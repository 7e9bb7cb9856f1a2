import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { claudePath } from '../fixtures/agent/cli';
import { bash, editTestCommit, unauthorized, when } from '../fixtures/model';
import { askFor, asleep, atOnce, pullRequestsOf, runsOf, sessionsOf, taskIs } from './support/flow';
import { waitFor } from './support/poll';
import { Database, filesBelow, findIn, lookAtProcesses, needle, scanFiles, treeOf, type Needle } from './support/secret-scan';
import { openStage, type Stage } from './support/stage';

/** n8n's own key, which n8n itself keeps in clear: this column and nothing else is left out. */
const OWN_KEYS = 'user_api_keys.apiKey';

/** What a curious agent would print, and leave lying about. */
const PRY = [
	bash('env; tr "\\0" "\\n" < /proc/$PPID/environ; tr "\\0" " " < /proc/$PPID/cmdline; ls -l /proc/self/fd /proc/$PPID/fd; cat <&3; true'),
	bash('git config --list --show-origin; cat "$(git rev-parse --git-common-dir)/config"; git remote -v; ls -laR "$HOME" "$CLAUDE_CONFIG_DIR"; env > seen-by-the-agent.txt; true'),
	bash('sleep 1; node -e "setTimeout(() => {}, 1000)"'),
];

describe('the secrets of an installation', () => {
	let stage: Stage;
	let tmp: string;
	const seen = { samples: 0, processes: new Set<number>(), commands: new Set<string>(), found: new Set<string>() };
	let sampler: NodeJS.Timeout;

	/** Without n8n's own keys, which are read from its database. */
	const tokens = (): Needle[] => [
		needle('Claude token', stage.secrets.claude),
		needle('GitHub token', stage.secrets.github),
		needle('webhook secret', stage.secrets.webhook),
		needle('form password', stage.form.password),
	];

	beforeAll(async () => {
		stage = await openStage({
			scripts: [
				when(/1 unresolved review comment/).turns([...PRY, ...editTestCommit({ files: { 'second.txt': '2\n' }, test: 'npm test', commit: 'Second', summary: 'Second.' })]),
				when(/Pry around/).turns([...PRY, ...editTestCommit({ files: { 'first.txt': '1\n' }, test: 'npm test', commit: 'First', summary: 'First.' })]),
				when(/Be refused/).turns([unauthorized()]),
			],
			adapt: atOnce,
			env: { N8N_LOG_LEVEL: 'debug', N8N_LOG_OUTPUT: 'console' },
		});
		tmp = join(stage.root, 'planted');
		sampler = setInterval(() => {
			const processes = lookAtProcesses();
			const tree = treeOf(processes, stage.n8n.dataDirectory).filter(({ command }) => !command.includes('.bin/n8n'));
			seen.samples++;
			for (const { pid, command, environment } of tree) {
				seen.processes.add(pid);
				seen.commands.add(command.toString('utf8').split('\0')[0] ?? '');
				for (const name of findIn(command, tokens())) seen.found.add(`${name} in the arguments of ${command.toString('utf8').slice(0, 80)}`);
				for (const name of findIn(environment, tokens())) seen.found.add(`${name} in the environment of ${command.toString('utf8').slice(0, 80)}`);
			}
			// Git's own token travels in the environment of that one call; its arguments are for everyone to see.
			for (const { pid, command } of processes) for (const name of findIn(command, tokens())) seen.found.add(`${name} in the arguments of process ${pid}`);
		}, 40);
	}, 180_000);
	afterAll(async () => {
		clearInterval(sampler);
		await stage.close();
	}, 60_000);

	test('the scan finds what it looks for', () => {
		const secret = `hidden-${stage.secrets.github}`;
		const needles = [needle('planted', secret)];
		const plain = { plain: secret, basic: `Authorization: Basic ${Buffer.from(`x-access-token:${secret}`).toString('base64')}`, url: `https://a/?q=${encodeURIComponent(secret)}`, other: Buffer.from(`ab${secret}cd`).toString('base64url') };
		mkdirSync(tmp, { recursive: true });
		for (const [name, content] of Object.entries(plain)) {
			writeFileSync(join(tmp, 'file'), content);
			expect([name, scanFiles(tmp, needles)]).toEqual([name, [`${join(tmp, 'file')}: planted`]]);
		}
		writeFileSync(join(tmp, 'file'), 'nothing');
		expect(scanFiles(tmp, needles)).toEqual([]);
	});

	test('are nowhere to be found while the agent works, nor in what it, n8n and Maestro leave behind', async () => {
		const issue = askFor(stage, 'Pry around');
		const task = await taskIs(stage, issue, 'in_review', 90_000);
		const [number = 0] = pullRequestsOf(stage, issue);
		const at = { repository: stage.fullName, number };
		await asleep(stage, task.id);
		await stage.github.review(at, { author: 'ada', association: 'MEMBER', state: 'commented', comments: [{ path: 'first.txt', line: 1, body: 'One more.' }] });
		await waitFor('the second round', async () => ((await runsOf(stage, task.id)).filter(({ status }) => status === 'completed').length === 2 ? true : undefined), { limitMs: 90_000 });
		await asleep(stage, task.id);

		// Things that fail, each with an error that somebody reads.
		const refused = askFor(stage, 'Be refused');
		await taskIs(stage, refused, 'failed', 60_000);
		const unsigned = await stage.n8n.client.postWebhook('maestro/github', { zen: 'x' }, { headers: { 'x-hub-signature-256': 'sha256=00' } });
		expect(unsigned.status).toBe(401);
		stage.github.failNext('POST /repos/*/pulls', { status: 422, body: { message: 'Validation Failed', documentation_url: 'https://docs.github.com' }, times: 5 });
		const unopened = askFor(stage, 'Pry around once more');
		await stage.n8n.client.waitForExecution(stage.workflows.taskToPr, { accept: ({ status }) => status === 'error', limitMs: 90_000 });
		stage.github.clearFaults();
		expect(pullRequestsOf(stage, unopened)).toEqual([]);

		clearInterval(sampler);
		expect([...seen.found]).toEqual([]);
		expect(seen.samples).toBeGreaterThan(20);
		// The CLI itself and what it started were there to be seen.
		const names = [...seen.commands].join(' ');
		expect(names).toContain(claudePath().split('/').at(-1));
		expect(names).toMatch(/bash|\bsh\b/);
		expect(names).toContain('node');

		const [session] = await sessionsOf(stage, task.id);
		const kept = filesBelow(stage.n8n.dataDirectory);
		expect(kept.some((path) => path.startsWith(String(session?.workspace)) && path.endsWith('seen-by-the-agent.txt'))).toBe(true);
		expect(kept.some((path) => path.includes('/transcripts/'))).toBe(true);
		expect(kept.some((path) => path.startsWith(String(session?.configDir)))).toBe(true);
		expect(kept.some((path) => path.includes('/mirrors/') && path.endsWith('/config'))).toBe(true);

		// Ended in good order, n8n has written everything to its database file.
		await stage.n8n.stop({ keepFolder: true });
		const folder = stage.n8n.userFolder;
		const path = filesBelow(folder).find((file) => file.endsWith('database.sqlite')) ?? '';
		const database = new Database(path);
		try {
			const ownKeys = database.rows('SELECT apiKey FROM user_api_keys').map((row, index) => needle(`n8n API key ${index}`, String(row.apiKey)));
			expect(ownKeys.length).toBeGreaterThan(0);
			const all = [...tokens(), ...ownKeys];
			// The scan would see a secret there: it does see the keys in the column that is left out.
			expect(database.scan(ownKeys).sort()).toEqual(ownKeys.map(({ name }) => `${OWN_KEYS}: ${name}`).sort());
			expect(database.scan(all, [OWN_KEYS])).toEqual([]);
			expect(database.tables().map(({ name }) => name)).toEqual(expect.arrayContaining(['execution_data', 'credentials_entity']));
			expect(database.tables().some(({ name }) => name.startsWith('data_table_user_'))).toBe(true);
			expect(scanFiles(folder, tokens())).toEqual([]);
			// All files but the database, whose one column has them.
			expect(scanFiles(folder, ownKeys).filter((line) => !line.startsWith(path))).toEqual([]);
			expect((await stage.n8n.log()).includes('debug')).toBe(true);
		} finally {
			database.close();
		}
		expect(scanFiles(join(stage.root, 'github'), tokens())).toEqual([]);
		expect(stage.github.violations).toEqual([]);
	}, 300_000);
});
